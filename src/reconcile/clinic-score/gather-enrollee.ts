import { FACTS_SCHEMA } from '../facts.ts';
import { proxyHoldsAt } from '../gather-people.ts';
import type { GatherContext } from '../gather-presence.ts';
import { clinicOf } from '../gather-visit.ts';
import { dayBounds, localDay, nextDay } from '../local-time.ts';
import { scoreIncident, weekOf } from '../rules/clinic-score.ts';
import { isStrange } from './cards.ts';
import type { EnrolleePlace, EnrolleeScoreFacts } from './enrollee-facts.ts';
import { toldOf, visitsOf } from './gather.ts';
import { type LookLimits, openPopulation, POPULATION } from './population.ts';
import type { ScoreEntryRow } from './tables.ts';

/** Nobody settles more in some weeks. */
const MOST_CLAIMS = 1000;

/**
 * Facts of a card's score: its owner's settlements of the last `lookBackDays` days at all clinics, as the cameras saw them, with
 * what tells how good those cameras are. Null when so few look strange that no rule could say anything, and nothing was ever said.
 */
export async function gatherEnrolleeScore(
  context: GatherContext,
  psnNo: string,
  options: {
    readonly lookBackDays: number;
    readonly least: number;
    readonly known: boolean;
    readonly looks: LookLimits;
  },
): Promise<EnrolleeScoreFacts | null> {
  const { store, now, timeZone } = context;
  const today = localDay(now, timeZone);
  const first = nextDay(today, timeZone, -options.lookBackDays);
  const { from } = dayBounds(first, timeZone);
  const claims = await store.claimsOfPeople({ psnNo, withRelated: false, from, to: null, limit: MOST_CLAIMS });
  const codes = [...new Set(claims.settlements.map((row) => row.clinic_code))].sort();
  const clinics = await inTurn(codes, async (code) => {
    const told = toldOf(await store.scoreEntries({ clinicCode: code, from }));
    const own = told.filter((row) => row.psn_no === psnNo);
    return { code, told, own, strange: own.filter((row) => isStrange(row, options.looks)).length };
  });
  const strange = clinics.reduce((sum, clinic) => sum + clinic.strange, 0);
  const at = clinics.toSorted((a, b) => b.strange - a.strange || (a.code < b.code ? -1 : 1))[0]?.code;
  if (at === undefined || (strange < options.least && !options.known)) return null;
  const { proxies } = await store.people({ clinicCode: at, psnNos: [psnNo], others: null });
  const common = await store.peerStats(POPULATION, nextDay(today, timeZone, -2));
  const population = common === null ? {} : { population: openPopulation(common.body) };
  const isSent = (row: ScoreEntryRow): boolean =>
    proxies.some((proxy) => proxy.psn_no === psnNo && proxyHoldsAt(proxy, row.at));
  const places = await inTurn(
    clinics.filter(({ own }) => own.length > 0),
    async ({ code, told, own }): Promise<EnrolleePlace> => {
      const answered = await namedByScores(context, code, own);
      const { cameras, visits } = visitsOf(told, timeZone);
      return {
        clinic: code,
        faceRecognition: clinicOf(code, await store.clinicBrief(code), context.faceRecognition).faceRecognition,
        cameras,
        ...population,
        own: told.flatMap((row, i) => (row.psn_no === psnNo ? [i] : [])),
        visits: visits.map((visit, i) => {
          const row = told[i];
          if (row?.psn_no !== psnNo) return { ...visit, setlId: null, fundFen: 0 };
          const isExplained =
            visit.sight !== 'present' && (isSent(row) || (row.setl_id !== null && answered.has(row.setl_id)));
          return isExplained ? { ...visit, sight: 'explained' } : visit;
        }),
      };
    },
  );
  const newest = Math.max(...clinics.flatMap(({ own }) => own.map((row) => row.at)), from);
  return {
    kind: 'enrollee_score',
    schema: FACTS_SCHEMA,
    clinic: clinicOf(at, await store.clinicBrief(at), context.faceRecognition),
    psnNo,
    through: localDay(newest, timeZone),
    places,
  };
}

/** What the clinic's own score names stands before a reviewer already, as a question to the clinic. */
async function namedByScores(
  { store, timeZone }: GatherContext,
  clinicCode: string,
  own: readonly ScoreEntryRow[],
): Promise<ReadonlySet<string>> {
  const incidents = [...new Set(own.map(({ at }) => weekOf(localDay(at, timeZone))))].flatMap((week) =>
    ['S1', 'S2'].map((rule) => scoreIncident(clinicCode, week, rule)),
  );
  const found = await inTurn(incidents, (incident) => store.findingsOfIncident(incident));
  return new Set(found.flat().flatMap((row) => (row.outcome === 'hit' ? row.setl_ids : [])));
}

/** One after the other: a store is asked one thing at a time. */
async function inTurn<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  for (const item of items) answers.push(await ask(item));
  return answers;
}
