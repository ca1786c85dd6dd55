import {
  claimEventsTable,
  claimStatementsTable,
  settlementKeysTable,
  settlementsTable,
  visitKey,
} from '../../ledgers/claims/tables.ts';
import type { Queryable } from '../../platform/db.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { Left } from '../memory/left.ts';
import type { ReconcileStore } from '../store.ts';

/** How much there should be, and how much there is, in memory and in what has left it. */
export function completenessIn(deps: {
  readonly workingSet: WorkingSet;
  readonly left: Left;
  readonly db: Queryable;
}): Pick<ReconcileStore, 'statement' | 'ledgerTotals' | 'knownNumbers'> {
  const { workingSet, left, db } = deps;
  const statements = workingSet.table(claimStatementsTable);
  const settlements = workingSet.table(settlementsTable);
  const keys = workingSet.table(settlementKeysTable);
  const events = workingSet.table(claimEventsTable);
  return {
    statement: async (msgid) => statements.get(msgid) ?? null,

    async ledgerTotals({ clinicCode, insutype, from, to }) {
      if (from < left.horizon) await workingSet.ensure(clinicCode, from, to);
      let totals = { settlements: 0, totalFen: 0, fundFen: 0 };
      for (const row of settlements.within(clinicCode, from, to - 1)) {
        if (row.reversed_at !== null || (insutype !== null && row.insutype !== insutype)) continue;
        totals = {
          settlements: totals.settlements + 1,
          totalFen: totals.totalFen + (row.total_fen ?? 0),
          fundFen: totals.fundFen + (row.fund_fen ?? 0),
        };
      }
      return totals;
    },

    async knownNumbers({ clinicCode, setlIds, mdtrtIds }) {
      const known = [
        ...setlIds.filter((id) => keys.get(id) !== undefined),
        ...mdtrtIds.filter((id) => events.by('visit', visitKey(clinicCode, id)).length > 0),
      ];
      if (left.horizon === Number.NEGATIVE_INFINITY || known.length === setlIds.length + mdtrtIds.length) return known;
      // What has left was written before.
      const { rows } = await db.query<{ number: string }>(
        `select setl_id as number from settlement_key where setl_id = any($1)
         union select mdtrt_id from claim_events where mdtrt_id = any($2) and clinic_code = $3`,
        [setlIds, mdtrtIds, clinicCode],
      );
      return [...new Set([...known, ...rows.map(({ number }) => number)])];
    },
  };
}
