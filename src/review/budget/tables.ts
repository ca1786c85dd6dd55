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
  /** It has been among those that a day's sample was drawn from. */
  readonly drawn: boolean;
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
    drawn: 'boolean',
  },
  key: ['alert_id'],
  page: 'never',
  indexes: {
    candidates: (row) => (row.reason === 'under_precision' ? null : row.class),
    undrawn: (row) => (row.class === 'fraud' && !row.drawn ? 'fraud' : null),
  },
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

/** 抽查: one alert that was not shown, put before reviewers as a check that accuses nobody. */
export interface SampleCheckRow {
  readonly id: string;
  readonly alert_id: string;
  /** yyyy-mm-dd, local */
  readonly day: string;
  readonly rule_key: string;
  readonly clinic_code: string;
  readonly region_code: string;
  readonly state: 'open' | 'done';
  readonly outcome: 'fine' | 'wrong' | 'cannot_tell' | null;
  readonly actor: string | null;
  readonly note: string | null;
  readonly created_at: number;
  readonly done_at: number | null;
}

export const sampleChecksTable = defineTable<SampleCheckRow>()({
  name: 'sample_checks',
  columns: {
    id: 'uuid',
    alert_id: 'uuid',
    day: 'date',
    rule_key: 'text',
    clinic_code: 'text',
    region_code: 'text',
    state: 'text',
    outcome: 'text',
    actor: 'text',
    note: 'text',
    created_at: 'timestamptz',
    done_at: 'timestamptz',
  },
  key: ['id'],
  page: 'once_written',
  indexes: {},
});

/** How many of a rule were not shown on a day, and how many of them the sample took. */
export interface SampleDayRow {
  readonly day: string;
  readonly rule_key: string;
  readonly waited: number;
  readonly sampled: number;
}

export const sampleDaysTable = defineTable<SampleDayRow>()({
  name: 'sample_days',
  columns: { day: 'date', rule_key: 'text', waited: 'int', sampled: 'int' },
  key: ['day', 'rule_key'],
  page: 'never',
  indexes: {},
});

export type Dimension = 'age' | 'sex' | 'portrait_age' | 'clinic';

/** A group whose alerts wait. */
export interface Bound {
  readonly dimension: Dimension;
  readonly grp: string;
}
