import { clinicsTable } from '../../access/tables.ts';
import type { Queryable } from '../../platform/db.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import { brokenBounds, groupsOf } from '../fairness/groups.ts';
import type { BudgetStore } from './pg-store.ts';
import {
  alertQueueTable,
  type BudgetDayRow,
  budgetDaysTable,
  type QueuedAlertRow,
  type RuleRecordRow,
  ruleRecordsTable,
  type SampleDayRow,
  sampleChecksTable,
  sampleDaysTable,
} from './tables.ts';

/** The alarm budget in memory. Its tables are narrow and stay there. */
export async function budgetInMemory(workingSet: WorkingSet, db: Queryable): Promise<Omit<BudgetStore, 'isHeld'>> {
  const clinics = workingSet.table(clinicsTable);
  const queue = workingSet.table(alertQueueTable);
  const days = workingSet.table(budgetDaysTable);
  const records = workingSet.table(ruleRecordsTable);
  const checks = workingSet.table(sampleChecksTable);
  const sampleDays = workingSet.table(sampleDaysTable);
  const bounds = await brokenBounds(db);
  sampleDays.restore((await db.query<SampleDayRow & Record<string, unknown>>('select * from sample_days')).rows);
  queue.restore((await db.query<QueuedAlertRow & Record<string, unknown>>('select * from alert_queue')).rows);
  days.restore((await db.query<BudgetDayRow & Record<string, unknown>>('select * from alert_budget_days')).rows);
  records.restore((await db.query<RuleRecordRow & Record<string, unknown>>('select * from rule_records')).rows);
  return {
    lockBudget: async () => undefined,
    candidates: async (alertClass) => queue.by('candidates', alertClass),
    putQueued: async (row) => queue.put(row),
    queued: async (alertId) => queue.get(alertId) ?? null,
    undrawn: async () => queue.by('undrawn', 'fraud'),
    async markDrawn(alerts) {
      for (const row of alerts) queue.put({ ...row, drawn: true });
    },
    putSampleCheck: async (row) => checks.put(row),
    async addSampleDay(row) {
      const before = sampleDays.get(row.day, row.rule_key);
      sampleDays.put({
        ...row,
        waited: row.waited + (before?.waited ?? 0),
        sampled: row.sampled + (before?.sampled ?? 0),
      });
    },
    // Bulk work has no reviewers: what is out of bounds was so before it began.
    brokenBounds: async () => bounds,
    async groupsOf(psnNo, at) {
      await workingSet.written();
      return groupsOf(db, psnNo, at);
    },
    async dropQueued(alertId) {
      const row = queue.get(alertId);
      if (row !== undefined) queue.delete(row);
    },
    async setWaitReason(alertIds, reason) {
      for (const alertId of alertIds) {
        const row = queue.get(alertId);
        if (row !== undefined && row.reason !== 'under_precision') queue.put({ ...row, reason });
      }
    },
    budgetDay: async (day, alertClass) => days.by('day', `${day} ${alertClass}`),
    putBudgetDay: async (row) => days.put(row),
    ruleRecords: async (keys) => keys.toSorted().flatMap((key) => records.get(key) ?? []),
    clinicCount: async () => clinics.size,
  };
}
