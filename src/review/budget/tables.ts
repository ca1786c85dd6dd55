import { defineTable } from '../../platform/working-set/table.ts';
import type { AlertClass, Severity } from '../alert.ts';

/** Rows of the alarm budget's tables as the database returns them; times in epoch ms, money in fen. */

export type WaitReason = 'under_precision' | 'settling' | 'over_budget' | 'fairness_bound';

/** One alert that stands and is not shown. */
export interface QueuedAlertRow {
  readonly alert_id: string;
  readonly incident_key: string;
  readonly class: AlertClass;
  readonly severity: Severity;
  readonly clinic_code: string;
  readonly region_code: string;
  readonly psn_no: string | null;
  /** Keys of rule_records. */
  readonly rules: readonly string[];
  readonly p_right: number | null;
  readonly expected_fen: number | null;
  readonly minutes: number | null;
  /** Since when it waits. */
  readonly raised_at: number;
  readonly ready_at: number;
  readonly urgent: boolean;
  readonly reason: WaitReason;
}

export const alertQueueTable = defineTable<QueuedAlertRow>()({
  name: 'alert_queue',
  columns: {
    alert_id: 'uuid',
    incident_key: 'text',
    class: 'text',
    severity: 'text',
    clinic_code: 'text',
    region_code: 'text',
    psn_no: 'text',
    rules: 'text[]',
    p_right: 'real',
    expected_fen: 'bigint',
    minutes: 'real',
    raised_at: 'timestamptz',
    ready_at: 'timestamptz',
    urgent: 'boolean',
    reason: 'text',
  },
  key: ['alert_id'],
  page: 'never',
  indexes: { candidates: (row) => (row.reason === 'under_precision' ? null : row.class) },
});

export interface BudgetDayRow {
  /** yyyy-mm-dd, local */
  readonly day: string;
  readonly class: AlertClass;
  /** A region that has a budget; '': the whole installation. */
  readonly region_code: string;
  readonly shown: number;
}

export const budgetDaysTable = defineTable<BudgetDayRow>()({
  name: 'alert_budget_days',
  columns: { day: 'date', class: 'text', region_code: 'text', shown: 'int' },
  key: ['day', 'class', 'region_code'],
  page: 'never',
  indexes: { day: (row) => `${row.day} ${row.class}` },
});

/** What reviewers found of one rule, or one reason of it, by age as of a moment. */
export interface RuleRecordRow {
  readonly rule_key: string;
  readonly confirmed: number;
  readonly excluded: number;
  readonly claimed: number;
  readonly as_of: number;
}

export const ruleRecordsTable = defineTable<RuleRecordRow>()({
  name: 'rule_records',
  columns: { rule_key: 'text', confirmed: 'real', excluded: 'real', claimed: 'real', as_of: 'timestamptz' },
  key: ['rule_key'],
  page: 'never',
  indexes: {},
});
