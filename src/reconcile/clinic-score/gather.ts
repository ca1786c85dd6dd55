import { FACTS_SCHEMA } from '../facts.ts';
import type { GatherContext } from '../gather-presence.ts';
import { clinicOf } from '../gather-visit.ts';
import { dayBounds, localDay, nextDay } from '../local-time.ts';
import { lookingOf } from './entry.ts';
import type { ClinicScoreFacts, ScoredVisit } from './facts.ts';
import type { ScoreEntryRow } from './tables.ts';

/** So unlike the insured person that a rule may find it doubtful. */
const DOUBTFUL_LLR = 3;

/**
 * Facts of a clinic's score: its settlements of the last `lookBackDays` days, as the cameras saw them. Null when so few
 * look strange that no rule could say anything, and nothing was ever said (`known`).
 */
export async function gatherClinicScore(
  context: GatherContext,
  clinicCode: string,
  options: { readonly lookBackDays: number; readonly leastStrange: number; readonly known: boolean },
): Promise<ClinicScoreFacts | null> {
  const { store, now, timeZone } = context;
  const first = nextDay(localDay(now, timeZone), timeZone, -options.lookBackDays);
  const rows = await store.scoreEntries({ clinicCode, from: dayBounds(first, timeZone).from });
  const told = rows.filter(({ sight }) => sight !== 'void' && sight !== 'blind').toSorted(inOrder);
  const isStrange = ({ sight, confirmed, best_llr: best }: ScoreEntryRow): boolean =>
    !confirmed &&
    (sight === 'absent' || sight === 'elsewhere' || (sight === 'counter' && best !== null && best < DOUBTFUL_LLR));
  if (told.filter(isStrange).length < options.leastStrange && !options.known) return null;
  const brief = await store.clinicBrief(clinicCode);
  const looks = told.map((row) => lookingOf(row.looking));
  const cameras = [...new Set(looks.flatMap((list) => list.map(({ cameraId }) => cameraId)))].sort();
  const index = new Map(cameras.map((id, i) => [id, i]));
  const newest = told.at(-1);
  return {
    kind: 'clinic_score',
    schema: FACTS_SCHEMA,
    clinic: clinicOf(clinicCode, brief, context.faceRecognition),
    through: newest === undefined ? first : localDay(newest.at, timeZone),
    cameras,
    visits: told.map(
      (row, i): ScoredVisit => ({
        setlId: row.setl_id,
        day: localDay(row.at, timeZone),
        medType: row.med_type,
        fundFen: row.fund_fen,
        sight: row.sight as ScoredVisit['sight'],
        confirmed: row.confirmed,
        bestLlr: row.best_llr === null ? null : Math.round(row.best_llr * 10) / 10,
        looking: (looks[i] ?? [])
          .map(
            ({ cameraId, counter, saw, matched }) =>
              `${index.get(cameraId)}${counter ? 'c' : ''}${saw ? 's' : ''}${matched ? 'm' : ''}`,
          )
          .join(' '),
      }),
    ),
  };
}

const inOrder = (a: ScoreEntryRow, b: ScoreEntryRow): number =>
  a.at - b.at || (a.settlement_id < b.settlement_id ? -1 : 1);
