import { defineTable } from '../platform/working-set/table.ts';
import type { AlertClass, AlertFinding, Phase, QueueState, Severity, SubjectKind } from './alert.ts';
import type { AlertAction } from './alert-events.ts';
import type { AlertState } from './flow/states.ts';

/** Rows of this room's tables as the database returns them; times in epoch ms, money in fen. */

export interface AlertRow {
  readonly id: string;
  readonly incident_key: string;
  readonly phase: Phase;
  readonly phases: Phase[];
  readonly class: AlertClass;
  readonly severity: Severity;
  readonly subject_kind: SubjectKind;
  readonly clinic_code: string;
  readonly region_code: string;
  readonly psn_no: string | null;
  readonly camera_id: string | null;
  readonly setl_ids: string[];
  readonly fund_fen: number;
  readonly title_zh: string;
  readonly title_en: string;
  readonly rules: string[];
  readonly findings: AlertFinding[];
  readonly dismissed_rules: string[];
  readonly state: AlertState;
  readonly state_reason: string | null;
  readonly occurred_at: number;
  readonly raised_at: number;
  readonly updated_at: number;
  readonly withdrawn_at: number | null;
  readonly version: number;
  readonly queue_state: QueueState;
  /** Since when it waits, or had waited when it was shown. */
  readonly queued_at: number;
  readonly shown_at: number | null;
  /** Of class fraud only, as are the next two: see budget/rating.ts. */
  readonly p_right: number | null;
  readonly expected_fen: number | null;
  readonly review_minutes: number | null;
  /** Null while `limits.ts` has not reckoned it. */
  readonly due_at: number | null;
}

export const alertsTable = defineTable<AlertRow>()({
  name: 'alerts',
  columns: {
    id: 'uuid',
    incident_key: 'text',
    phase: 'text',
    phases: 'text[]',
    class: 'text',
    severity: 'text',
    subject_kind: 'text',
    clinic_code: 'text',
    region_code: 'text',
    psn_no: 'text',
    camera_id: 'text',
    setl_ids: 'text[]',
    fund_fen: 'bigint',
    title_zh: 'text',
    title_en: 'text',
    rules: 'text[]',
    findings: 'jsonb',
    dismissed_rules: 'text[]',
    state: 'text',
    state_reason: 'text',
    occurred_at: 'timestamptz',
    raised_at: 'timestamptz',
    updated_at: 'timestamptz',
    withdrawn_at: 'timestamptz',
    version: 'int',
    queue_state: 'text',
    queued_at: 'timestamptz',
    shown_at: 'timestamptz',
    p_right: 'real',
    expected_fen: 'bigint',
    review_minutes: 'real',
    due_at: 'timestamptz',
  },
  key: ['id'],
  page: { clinic: 'clinic_code', at: 'raised_at' },
  indexes: { incident: (row) => row.incident_key },
});

export interface AlertEventRow {
  readonly seq: number;
  readonly alert_id: string;
  readonly at: number;
  readonly actor: string;
  readonly action: AlertAction;
  readonly reason: string | null;
  readonly detail: Readonly<Record<string, unknown>> | null;
  /** It stood on reviewers' screens with this event. */
  readonly shown: boolean;
}

export const alertEventsTable = defineTable<AlertEventRow>()({
  name: 'alert_events',
  columns: {
    seq: 'bigint',
    alert_id: 'uuid',
    at: 'timestamptz',
    actor: 'text',
    action: 'text',
    reason: 'text',
    detail: 'jsonb',
    shown: 'boolean',
  },
  key: ['seq'],
  page: 'once_written',
  indexes: {},
});
