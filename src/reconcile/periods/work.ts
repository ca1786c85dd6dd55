import type { Static } from 'typebox';
import type { Clock } from '../../platform/clock.ts';
import { openCounts, POPULATION, populationOf } from '../clinic-score/population.ts';
import type { Subject } from '../facts.ts';
import { subjectKeyOf } from '../finding-rows.ts';
import { dayBounds, localDay } from '../local-time.ts';
import type { RuleSet } from '../parameters.ts';
import { subjectDue } from '../reconcile.topics.ts';
import type { ReconcileStore } from '../store.ts';
import { openRolls } from './gather-clinic-period.ts';
import { LEAST_PRINCIPALS } from './gather-person-period.ts';
import { countyOf, peerStatsOf } from './peers.ts';
import { clinicRollDue, peersDue } from './period.topics.ts';
import { openRoll, packRoll, type RollVisit, visitsOf } from './roll.ts';
import { type ClinicRollRow, LOOK_BACK_DAYS, leavesOn } from './tables.ts';
import { dayAfter, LAST_DAYS, lastDayOf, monthOf, openTrend, stands, TREND_DAYS, trendOf } from './trend.ts';
import { clinicPeriodAt, peersAt, personPeriodAt, rollAt } from './when.ts';

export interface PeriodDeps {
  readonly clock: Clock;
  readonly timeZone: string;
  readonly ruleSet: RuleSet;
}

/** Something of a clinic's day came or changed: it is rolled up in the night after it, or soon if that is past. */
export function enqueueRoll(store: ReconcileStore, deps: PeriodDeps, clinicCode: string, at: number): void {
  const day = localDay(at, deps.timeZone);
  store.tell(clinicRollDue, [
    {
      payload: { clinicCode, day },
      options: {
        dedupeKey: `${clinicCode}:${day}`,
        availableAt: rollAt(clinicCode, day, deps.timeZone, deps.clock.now()),
      },
    },
  ]);
}

/** A clinic's months that a day belongs to, or may change: looked at in the night after it, or soon if that is past. */
export function enqueueClinicPeriods(store: ReconcileStore, deps: PeriodDeps, clinicCode: string, day: string): void {
  const now = deps.clock.now();
  const at = clinicPeriodAt(clinicCode, day, deps.timeZone, now);
  const month = monthOf(day);
  const months = new Set([month]);
  // A month is told to be over by the first days of the next, and what is looked back upon reaches into the next.
  if (day <= dayAfter(`${month}-01`, LAST_DAYS)) months.add(monthOf(dayAfter(`${month}-01`, -1)));
  const next = monthOf(dayAfter(lastDayOf(month), 1));
  if (localDay(now, deps.timeZone) >= `${next}-02` && day > dayAfter(`${next}-01`, -TREND_DAYS)) months.add(next);
  enqueuePeriods(
    store,
    [...months].map((each): Subject => ({ kind: 'clinic_period', id: `${clinicCode}:${each}` })),
    () => at,
  );
}

function enqueuePeriods(store: ReconcileStore, subjects: readonly Subject[], at: (subject: Subject) => number): void {
  store.tell(
    subjectDue,
    subjects.map((subject) => ({
      payload: { subjectKind: subject.kind, subjectId: subject.id, trigger: 'rolled_up' },
      options: { dedupeKey: subjectKeyOf(subject), availableAt: at(subject) },
    })),
  );
}

/** Rolls a clinic's day up, and tells whom it concerns when it is not as it was. */
export async function rollUp(
  store: ReconcileStore,
  deps: PeriodDeps,
  { clinicCode, day }: Static<typeof clinicRollDue.payload>,
): Promise<void> {
  await store.lock(`roll/${clinicCode}`);
  const bounds = dayBounds(day, deps.timeZone);
  const source = await store.rollSource({ clinicCode, ...bounds });
  const visits = visitsOf(source);
  const rows = await store.rolls({ clinicCode, from: dayAfter(day, -LOOK_BACK_DAYS), to: '9999-12-31' });
  const before = rows.find((row) => row.day === day);
  if (before === undefined && visits.length === 0) return;
  const row: ClinicRollRow = {
    clinic_code: clinicCode,
    day,
    leaves_on: leavesOn(day),
    body: packRoll(visits, bounds.from),
  };
  if (before?.body === row.body) return;
  await store.putRoll(row);
  await keepTrend(store, deps, [...rows.filter((other) => other.day !== day), row], source.regionCode);
  // What comes later is told by the next day's figures.
  const figuresAt = peersAt(day, deps.timeZone);
  if (deps.clock.now() < figuresAt)
    store.tell(peersDue, [{ payload: { day }, options: { dedupeKey: day, availableAt: figuresAt } }]);
  enqueueClinicPeriods(store, deps, clinicCode, day);
  await enqueuePeople(store, deps, { day, bounds, visits, before: before ? openRoll(before.body, bounds.from) : [] });
}

async function keepTrend(
  store: ReconcileStore,
  deps: PeriodDeps,
  rows: readonly ClinicRollRow[],
  regionCode: string | null,
): Promise<void> {
  const clinicCode = rows[0]?.clinic_code ?? '';
  const known = await store.trendOf(clinicCode);
  const newest =
    rows
      .map(({ day }) => day)
      .sort()
      .at(-1) ?? '';
  // A late change of a day that nobody looks back upon any more changes no trend.
  if (known !== null && newest < known.through) return;
  const from = dayAfter(newest, -LOOK_BACK_DAYS);
  const days = openRolls(
    rows.filter(({ day }) => day >= from),
    deps.timeZone,
  );
  const trend = trendOf(days, newest, known === null ? null : openTrend(known.body));
  await store.putTrend({
    clinic_code: clinicCode,
    county: countyOf(regionCode),
    through: newest,
    body: JSON.stringify(trend),
  });
}

/** People of whom a rule may speak: who settle often, who come for many, and of whom it was said before. */
async function enqueuePeople(
  store: ReconcileStore,
  deps: PeriodDeps,
  rolled: {
    readonly day: string;
    readonly bounds: { readonly from: number; readonly to: number };
    readonly visits: readonly RollVisit[];
    readonly before: readonly RollVisit[];
  },
): Promise<void> {
  const { day, bounds, visits, before } = rolled;
  const month = monthOf(day);
  const psnNos = [...new Set(visits.filter(stands).flatMap(({ psnNo }) => psnNo ?? []))];
  const agents = await agentsAmong(store, [...new Set(visits.flatMap(({ proxy }) => proxy ?? []))]);
  const busy =
    psnNos.length === 0
      ? []
      : await store.busyPeople({
          psnNos,
          day,
          ofDay: bounds,
          ofMonth: {
            from: dayBounds(`${month}-01`, deps.timeZone).from,
            to: dayBounds(lastDayOf(month), deps.timeZone).to,
          },
          leastADay: leastOf(deps.ruleSet, 'maxADay', 3),
          leastInSpan: leastOf(deps.ruleSet, 'maxAMonth', 15),
        });
  // Of a day that was rolled up before something may have to be taken back.
  const changed = before.length === 0 ? [] : await spokenOf(store, changedPeople(before, visits), month);
  const people = [...new Set([...busy, ...agents, ...changed])];
  enqueuePeriods(
    store,
    people.map((psnNo): Subject => ({ kind: 'person_period', id: `${psnNo}:${month}` })),
    ({ id }) => personPeriodAt(id, day, deps.timeZone, deps.clock.now()),
  );
}

/** Those of these proxies whom so many people named that a rule may speak of them. */
async function agentsAmong(store: ReconcileStore, proxies: readonly string[]): Promise<string[]> {
  const agents: string[] = [];
  for (const proxy of proxies) {
    const principals = new Set((await store.principalsOf(proxy)).map(({ psn_no: psnNo }) => psnNo));
    if (principals.size >= LEAST_PRINCIPALS) agents.push(proxy);
  }
  return agents;
}

/** B10 speaks of more than so many. */
function leastOf(ruleSet: RuleSet, name: string, fallback: number): number {
  const value = ruleSet.rules.find(({ rule }) => rule.id === 'B10')?.parameters[name];
  return (typeof value === 'number' ? value : fallback) + 1;
}

const changedPeople = (before: readonly RollVisit[], after: readonly RollVisit[]): string[] => {
  const now = new Set(after.map((visit) => JSON.stringify(visit)));
  const gone = before.filter((visit) => !now.has(JSON.stringify(visit)));
  return [...new Set(gone.flatMap(({ psnNo, proxy }) => [psnNo, proxy].filter((name) => name !== null)))];
};

async function spokenOf(store: ReconcileStore, psnNos: readonly string[], month: string): Promise<string[]> {
  if (psnNos.length === 0) return [];
  const known = await store.assessed(
    'person_period',
    psnNos.map((psnNo) => `${psnNo}:${month}`),
  );
  return known.map(({ subject_id: id }) => id.slice(0, id.lastIndexOf(':')));
}

/** Computes how the counties stood on a day, and what all clinics have in common, from what every clinic says of itself now. */
export async function computePeers(store: ReconcileStore, { day }: Static<typeof peersDue.payload>): Promise<void> {
  await store.lock('peers');
  const since = dayAfter(day, -TREND_DAYS);
  const counts = (await store.sightCounts(since)).toSorted((a, b) => (a.clinic_code < b.clinic_code ? -1 : 1));
  await store.putPeerStats([
    ...peerStatsOf(await store.trends(), day, since),
    { scope: POPULATION, day, body: JSON.stringify(populationOf(counts.map(({ body }) => openCounts(body)))) },
  ]);
}
