import { clinicsTable } from '../../access/tables.ts';
import type { Queryable } from '../../platform/db.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { BudgetStore } from './pg-store.ts';
import {
  alertQueueTable,
  type BudgetDayRow,
  budgetDaysTable,
  type QueuedAlertRow,
  type RuleRecordRow,
  ruleRecordsTable,
} from './tables.ts';

/** The alarm budget in memory. Its tables are narrow and stay there. */
export async function budgetInMemory(workingSet: WorkingSet, db: Queryable): Promise<Omit<BudgetStore, 'isHeld'>> {
  const clinics = workingSet.table(clinicsTable);
  const queue = workingSet.table(alertQueueTable);
  const days = workingSet.table(budgetDaysTable);
  const records = workingSet.table(ruleRecordsTable);
  queue.restore((await db.query<QueuedAlertRow & Record<string, unknown>>('select * from alert_queue')).rows);
  days.restore((await db.query<BudgetDayRow & Record<string, unknown>>('select * from alert_budget_days')).rows);
  records.restore((await db.query<RuleRecordRow & Record<string, unknown>>('select * from rule_records')).rows);
  return {
    lockBudget: async () => undefined,
    candidates: async (alertClass) => queue.by('candidates', alertClass),
    putQueued: async (row) => queue.put(row),
    async dropQueued(alertId) {
      const row = queue.get(alertId);
      if (row !== undefined) queue.delete(row);
    },
    budgetDay: async (day, alertClass) => days.by('day', `${day} ${alertClass}`),
    putBudgetDay: async (row) => days.put(row),
    ruleRecords: async (keys) => keys.toSorted().flatMap((key) => records.get(key) ?? []),
    clinicCount: async () => clinics.size,
  };
}
