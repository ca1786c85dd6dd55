import { FACTS_SCHEMA } from '../facts.ts';
import type { GatherContext } from '../gather-presence.ts';
import { clinicOf } from '../gather-visit.ts';
import { dayBounds, localDay, nextDay } from '../local-time.ts';
import { isStrange, tellCards } from './cards.ts';
import { withDoctors } from './doctors.ts';
import { lookingOf } from './entry.ts';
import type { ClinicScoreFacts, ScoredVisit } from './facts.ts';
import { countSights, type LookLimits, nearOf, openPopulation, POPULATION } from './population.ts';
import type { ScoreEntryRow } from './tables.ts';

/**
 * Facts of a clinic's score: its settlements of the last `lookBackDays` days, as the cameras saw them. Null when so few
 * look strange that no rule could say anything, and nothing was ever said (`known`). Keeps their counts on the way, for
 * what all clinics have in common.
 */
export async function gatherClinicScore(
  context: GatherContext,
  clinicCode: string,
  options: {
    readonly lookBackDays: number;
    readonly leastStrange: number;
    readonly leastOfCard: number;
    readonly known: boolean;
    readonly looks: LookLimits;
  },
): Promise<ClinicScoreFacts | null> {
  const { store, now, timeZone } = context;
  const first = nextDay(localDay(now, timeZone), timeZone, -options.lookBackDays);
  const from = dayBounds(first, timeZone).from;
  const rows = await store.scoreEntries({ clinicCode, from });
  await tellCards(context, rows, { from, least: options.leastOfCard, looks: options.looks });
  const told = toldOf(rows);
  const today = localDay(now, timeZone);
  await store.putSightCounts({
    clinic_code: clinicCode,
    through: today,
    body: JSON.stringify(countSights(told, options.looks)),
  });
  if (told.filter((row) => isStrange(row, options.looks)).length < options.leastStrange && !options.known) return null;
  const brief = await store.clinicBrief(clinicCode);
  const { cameras, visits } = visitsOf(told, timeZone);
  const newest = told.at(-1);
  // Two nights ago all clinics' counts were in; last night's are being made.
  const common = await store.peerStats(POPULATION, nextDay(today, timeZone, -2));
  return {
    kind: 'clinic_score',
    schema: FACTS_SCHEMA,
    clinic: clinicOf(clinicCode, brief, context.faceRecognition),
    through: newest === undefined ? first : localDay(newest.at, timeZone),
    cameras,
    ...(common === null ? {} : { population: openPopulation(common.body) }),
    ...withDoctors(visits, await store.rolls({ clinicCode, from: first, to: today }), timeZone),
  };
}

/** Those that tell something, in order of time. */
export const toldOf = (rows: readonly ScoreEntryRow[]): ScoreEntryRow[] =>
  rows.filter(({ sight }) => sight !== 'void' && sight !== 'blind').toSorted(inOrder);

/** @param told rows of one clinic, in order of time; visits come in the same order */
export function visitsOf(
  told: readonly ScoreEntryRow[],
  timeZone: string,
): { readonly cameras: readonly string[]; readonly visits: readonly ScoredVisit[] } {
  const looks = told.map((row) => lookingOf(row.looking));
  const cameras = [...new Set(looks.flatMap((list) => list.map(({ cameraId }) => cameraId)))].sort();
  const index = new Map(cameras.map((id, i) => [id, i]));
  const near = nearOf(told);
  const visits = told.map(
    (row, i): ScoredVisit => ({
      setlId: row.setl_id,
      day: localDay(row.at, timeZone),
      medType: row.med_type,
      fundFen: row.fund_fen,
      sight: row.sight as ScoredVisit['sight'],
      confirmed: row.confirmed,
      bestLlr: tenth(row.best_llr),
      kinLlr: tenth(row.kin_llr),
      ...(near[i] ? { near: near[i] } : {}),
      looking: (looks[i] ?? [])
        .map(
          ({ cameraId, counter, saw, matched }) =>
            `${index.get(cameraId)}${counter ? 'c' : ''}${saw ? 's' : ''}${matched ? 'm' : ''}`,
        )
        .join(' '),
    }),
  );
  return { cameras, visits };
}

const tenth = (value: number | null): number | null => (value === null ? null : Math.round(value * 10) / 10);

const inOrder = (a: ScoreEntryRow, b: ScoreEntryRow): number =>
  a.at - b.at || (a.settlement_id < b.settlement_id ? -1 : 1);
