import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { ReconcileStore } from '../store.ts';
import { DECIDED_HOUR_MS, decisionsTable } from '../tables.ts';
import { countyOf } from './breaker.ts';
import { holdAttemptsTable, holdBreakersTable } from './tables.ts';

/** Whether holding goes on, in memory. Windows are short: their decisions have not left. */
export function holdingIn(
  workingSet: WorkingSet,
  now: () => number,
): Pick<ReconcileStore, 'holdBreakers' | 'holdCounts' | 'putHoldBreaker' | 'putHoldAttempt'> {
  const breakers = workingSet.table(holdBreakersTable);
  const attempts = workingSet.table(holdAttemptsTable);
  const decisions = workingSet.table(decisionsTable);
  return {
    holdBreakers: async (scopes) => scopes.flatMap((scope) => breakers.get(scope) ?? []),

    async holdCounts({ region, since, except }) {
      let wanted = 0;
      for (const row of attempts.all()) {
        if (row.at >= since && (region === null || row.region === region) && row.decision_id !== except) wanted += 1;
      }
      let decided = 0;
      const last = Math.floor(now() / DECIDED_HOUR_MS);
      for (let hour = Math.floor(since / DECIDED_HOUR_MS); hour <= last; hour++) {
        for (const row of decisions.by('hour', String(hour))) {
          if (row.decided_at >= since && (region === null || countyOf(row.clinic_code) === region)) decided += 1;
        }
      }
      return { wanted, decided };
    },

    putHoldBreaker: (row) => void breakers.put(row),
    putHoldAttempt: (row) => void attempts.put(row),
  };
}
