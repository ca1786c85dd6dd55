import { clinicsTable } from '../../access/tables.ts';
import { claimEventsTable, feeLinesTable, settlementsTable, visitKey } from '../../ledgers/claims/tables.ts';
import type { MemoryPeople } from '../../people/memory-people.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { Left } from '../memory/left.ts';
import { LONGEST_WINDOW_MS } from '../store-rows.ts';
import { assessmentHeadsTable } from '../tables.ts';
import { createPersonCounts } from './person-counts.ts';
import { openRoll } from './roll.ts';
import { type PeriodStore, ROLL_REACH_MS, type RollSource } from './store.ts';
import {
  type ClinicRollRow,
  clinicRollsTable,
  clinicTrendsTable,
  leavesOn,
  type PeerStatsRow,
  peerStatsTable,
} from './tables.ts';
import { stands } from './trend.ts';

/** What looks back over weeks and months, on tables in memory. Rolls stay for two months; the days themselves need not. */
export function periodsIn(deps: {
  readonly workingSet: WorkingSet;
  readonly left: Left;
  readonly people: MemoryPeople;
}): PeriodStore {
  const { workingSet, left, people } = deps;
  const clinics = workingSet.table(clinicsTable);
  const settlements = workingSet.table(settlementsTable);
  const events = workingSet.table(claimEventsTable);
  const feeLines = workingSet.table(feeLinesTable);
  const heads = workingSet.table(assessmentHeadsTable);
  const rolls = workingSet.table(clinicRollsTable);
  const trends = workingSet.table(clinicTrendsTable);
  const peers = workingSet.table(peerStatsTable);
  const counts = createPersonCounts();

  /** Brings back rolls that have left. */
  const bringRolls = async (clinicCode: string, from: string): Promise<void> => {
    const first = Date.parse(leavesOn(from));
    if (first < left.horizon) await workingSet.ensure(clinicCode, first, left.horizon);
  };

  return {
    async clinicBrief(clinicCode) {
      return clinics.get(clinicCode) ?? null;
    },

    async rollSource({ clinicCode, from, to }) {
      const [first, last] = [from - ROLL_REACH_MS, to + ROLL_REACH_MS];
      // Heads lie where their windows begin.
      if (from - LONGEST_WINDOW_MS < left.horizon) await workingSet.ensure(clinicCode, from - LONGEST_WINDOW_MS, last);
      const of = settlements.within(clinicCode, from, to - 1);
      const diagnoses: RollSource['diagnoses'][number][] = [];
      const lines: RollSource['lines'][number][] = [];
      const inReach = ({ at }: { readonly at: number }): boolean => at >= first && at < last;
      for (const mdtrtId of new Set(of.flatMap((row) => row.mdtrt_id ?? []))) {
        const visit = visitKey(clinicCode, mdtrtId);
        for (const row of events.by('visit', visit)) {
          if (row.kind !== 'diagnosis' || row.body.refused || !inReach(row)) continue;
          diagnoses.push({ id: row.id, at: row.at, mdtrt_id: mdtrtId, diseinfo: row.body.request?.diseinfo ?? [] });
        }
        for (const row of feeLines.by('visit', visit)) if (row.cancelled_at === null && inReach(row)) lines.push(row);
      }
      const proxied = of.filter((row) => heads.get('settlement', row.id)?.verdict_reason === 'proxy_registered');
      const principals = [...new Set(proxied.flatMap((row) => row.psn_no ?? []))];
      await people.ready(principals);
      return {
        regionCode: clinics.get(clinicCode)?.region_code ?? null,
        settlements: of,
        diagnoses,
        lines,
        proxied: proxied.map(({ id }) => id),
        proxies: principals.flatMap((psnNo) => people.of(psnNo).proxies),
      };
    },

    async rolls({ clinicCode, from, to }) {
      await bringRolls(clinicCode, from);
      return rolls.by('clinic', clinicCode).filter(({ day }) => day >= from && day <= to);
    },

    async putRoll(row) {
      await bringRolls(row.clinic_code, row.day);
      const before = rolls.get(row.clinic_code, row.day);
      rolls.put(row);
      const known = new Set(before === undefined ? [] : psnVisits(before));
      for (const visit of psnVisits(row))
        if (!known.has(visit)) counts.add(visit.slice(0, visit.indexOf(' ')), row.day);
    },

    async trendOf(clinicCode) {
      return trends.get(clinicCode) ?? null;
    },

    async putTrend(row) {
      trends.put(row);
    },

    async trends() {
      return trends.all();
    },

    async peerStats(scope, until) {
      let newest: PeerStatsRow | null = null;
      for (const row of peers.by('scope', scope)) {
        if (row.day <= until && (newest === null || row.day > newest.day)) newest = row;
      }
      return newest;
    },

    async putPeerStats(rows) {
      for (const row of rows) peers.put(row);
    },

    async busyPeople({ psnNos, day, leastADay, leastInSpan }) {
      return psnNos.filter((psnNo) => counts.mayReach(psnNo, day, leastADay, leastInSpan));
    },

    async principalsOf(proxyPsnNo) {
      await people.ready([proxyPsnNo]);
      return people.of(proxyPsnNo).proxyFor;
    },

    async householdsOf(psnNos) {
      await people.ready(psnNos);
      return psnNos.flatMap((psnNo) => {
        const household = people.of(psnNo).person?.household ?? null;
        return household === null ? [] : [{ psn_no: psnNo, household }];
      });
    },
  };
}

/** `psn_no moment` of the settlements that stand. */
const psnVisits = (row: ClinicRollRow): string[] =>
  openRoll(row.body, 0).flatMap((visit) =>
    visit.psnNo !== null && stands(visit) ? [`${visit.psnNo} ${visit.at}`] : [],
  );
