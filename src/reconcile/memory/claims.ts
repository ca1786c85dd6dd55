import { clinicsTable } from '../../access/tables.ts';
import type { ClaimEventRow } from '../../ledgers/claims/rows.ts';
import { claimEventsTable, settlementsTable } from '../../ledgers/claims/tables.ts';
import { terminalAuthsTable } from '../../ledgers/presence/tables.ts';
import type { MemoryPeople } from '../../people/memory-people.ts';
import { filingsTable } from '../../people/tables.ts';
import type { Clock } from '../../platform/clock.ts';
import { DAY_MS } from '../../platform/working-set/table.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { ReconcileStore } from '../store.ts';
import type { SettlementBrief, TouchedRow } from '../store-rows.ts';
import { byMoment } from '../visit-key.ts';
import type { Behind, ClaimQuery } from './behind.ts';
import type { Left } from './left.ts';

type Claims = Pick<ReconcileStore, 'day' | 'settlementsFrom' | 'claimsOfPeople' | 'claimsOfClinic'>;

/** No claim is believed that lies before the national platform or more than a day ahead (ledgers/claims/event-time.ts). */
const EARLIEST = Date.parse('2014-01-01T00:00:00Z');
const AHEAD_MS = 2 * DAY_MS;

/**
 * Claims by clinic or person and span. A day that is counted comes back; where only a list is wanted of older moments, the
 * database is asked for it, and what is in memory outranks its answer.
 */
export function claimsIn(deps: {
  readonly workingSet: WorkingSet;
  readonly left: Left;
  readonly behind: Behind;
  readonly people: MemoryPeople;
  readonly clock: Clock;
}): Claims {
  const { workingSet, left, behind, people, clock } = deps;
  const clinics = workingSet.table(clinicsTable);
  const filings = workingSet.table(filingsTable);
  const settlements = workingSet.table(settlementsTable);
  const events = workingSet.table(claimEventsTable);
  const auths = workingSet.table(terminalAuthsTable);

  const pages = (from: number, to: number | null): readonly [number, number] => {
    const end = clock.now() + AHEAD_MS;
    return [Math.max(from, EARLIEST), to === null ? end : Math.min(to, end)];
  };

  /** The first of those here and those that have left. */
  const firstOf = async <Row extends TouchedRow>(
    here: Row[],
    query: ClaimQuery,
    mayBeGone: boolean,
    ask: (query: ClaimQuery) => Promise<readonly Row[]>,
    isHere: (row: Row) => boolean,
  ): Promise<Row[]> => {
    if (mayBeGone && query.from < left.horizon) {
      const to = Math.min(query.to ?? left.horizon, left.horizon);
      for (const row of await ask({ ...query, to })) if (!isHere(row)) here.push(row);
    }
    here.sort(byMoment);
    return here.length > query.limit ? here.slice(0, query.limit) : here;
  };

  const isSettlementHere = (row: TouchedRow): boolean => settlements.by('id', row.id).length > 0;
  const isEventHere = (row: TouchedRow): boolean => events.by('id', row.id).length > 0;

  return {
    async day({ clinicCode, from, to, around }) {
      const clinic = clinics.get(clinicCode) ?? null;
      if (clinic === null) return { clinic, settlements: [], filings: [], auths: [] };
      const first = Math.min(from, around.from);
      if (first < left.horizon) await workingSet.ensure(clinicCode, first, Math.max(to, around.to));
      return {
        clinic,
        settlements: settlements.within(clinicCode, from, to - 1),
        filings: filings
          .by('clinic', clinicCode)
          .filter((row) => row.from_at < to && (row.to_at === null || row.to_at > from)),
        auths: auths.within(clinicCode, around.from, around.to),
      };
    },

    async settlementsFrom(query) {
      const [from, to] = pages(query.from, query.to);
      return firstOf<SettlementBrief>(
        settlements.within(query.clinicCode, from, to),
        query,
        true,
        behind.settlements,
        isSettlementHere,
      );
    },

    async claimsOfPeople({ psnNo, withRelated, ...query }) {
      const psnNos = new Set([psnNo]);
      if (withRelated) {
        await people.ready([psnNo]);
        const { person, proxyFor } = people.of(psnNo);
        for (const row of proxyFor) psnNos.add(row.psn_no);
        if (person?.household != null) for (const kin of people.household(person.household)) psnNos.add(kin);
      }
      const within = ({ at }: TouchedRow): boolean => at >= query.from && (query.to === null || at <= query.to);
      const settled: TouchedRow[] = [];
      const visited: TouchedRow[] = [];
      const gone: string[] = [];
      for (const one of psnNos) {
        for (const row of settlements.by('psn_no', one)) if (within(row)) settled.push(row);
        for (const row of events.by('psn_no', one)) if (VISIT_KINDS.has(row.kind) && within(row)) visited.push(row);
        if (left.mayHavePerson(one)) gone.push(one);
      }
      const of = { ...query, psnNos: gone };
      return {
        settlements: await firstOf(settled, of, gone.length > 0, behind.settlements, isSettlementHere),
        events: await firstOf(visited, of, gone.length > 0, (q) => behind.events([...VISIT_KINDS], q), isEventHere),
      };
    },

    async claimsOfClinic(query) {
      const [from, to] = pages(query.from, query.to);
      const trials: TouchedRow[] = [];
      for (const row of events.within(query.clinicCode, from, to)) if (row.kind === TRIAL) trials.push(row);
      return {
        settlements: await firstOf<TouchedRow>(
          settlements.within(query.clinicCode, from, to),
          query,
          true,
          behind.settlements,
          isSettlementHere,
        ),
        events: await firstOf(trials, query, true, (q) => behind.events([TRIAL], q), isEventHere),
      };
    },
  };
}

const TRIAL = 'trial_settlement';
const VISIT_KINDS: ReadonlySet<ClaimEventRow['kind']> = new Set(['registration', TRIAL]);
