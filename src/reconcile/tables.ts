import type { Verdict } from '../faces/verdict.ts';
import type { Json } from '../platform/canonical-json.ts';
import { defineTable } from '../platform/working-set/table.ts';
import type { DecisionLevel, DecisionReason, DecisionState, ReleaseReason } from './decide.ts';
import type { SubjectKind } from './facts.ts';
import type { Basis, FindingClass, FindingEvidence, Outcome, Phase, Severity } from './findings.ts';
import type { OpenHours } from './local-time.ts';

/** Rows of this room's tables as the database returns them; times in epoch ms, money in fen. Never changed in place. */

export interface FactsRow {
  /** SHA-256 of the canonical JSON. */
  readonly hash: Buffer;
  /** That JSON, compressed: see facts-form.ts. */
  readonly body: Buffer;
  readonly created_at: number;
}

export const factsTable = defineTable<FactsRow>()({
  name: 'facts',
  columns: { hash: 'bytea', body: 'bytea', created_at: 'timestamptz' },
  key: ['hash'],
  page: 'once_written',
  indexes: {},
  firstStands: true,
});

export interface RuleSetRow {
  readonly version: string;
  readonly body: Json;
  readonly created_at: number;
}

export const ruleSetsTable = defineTable<RuleSetRow>()({
  name: 'rule_sets',
  columns: { version: 'text', body: 'jsonb', created_at: 'timestamptz' },
  key: ['version'],
  page: 'never',
  indexes: {},
  firstStands: true,
});

/** One rule's answer as an assessment stores it. */
export interface StoredOutcome {
  /** `id@version` */
  readonly rule: string;
  readonly outcome: string;
  readonly reason: string;
  readonly part?: string;
}

export interface AssessmentRow {
  readonly id: string;
  readonly at: number;
  readonly subject_kind: SubjectKind;
  readonly subject_id: string;
  readonly clinic_code: string;
  readonly trigger: string;
  readonly facts_hash: Buffer;
  readonly rule_set: string;
  readonly model_version: string;
  readonly verdict: Verdict | null;
  readonly outcomes: readonly StoredOutcome[];
}

export const assessmentsTable = defineTable<AssessmentRow>()({
  name: 'assessments',
  columns: {
    id: 'uuid',
    at: 'timestamptz',
    subject_kind: 'text',
    subject_id: 'text',
    clinic_code: 'text',
    trigger: 'text',
    facts_hash: 'bytea',
    rule_set: 'text',
    model_version: 'text',
    verdict: 'jsonb',
    outcomes: 'jsonb',
  },
  key: ['id', 'at'],
  page: 'once_written',
  indexes: {},
});

/** The newest assessment of a subject. */
export interface AssessmentHeadRow {
  readonly subject_kind: SubjectKind;
  readonly subject_id: string;
  readonly clinic_code: string;
  readonly assessment_id: string;
  readonly assessed_at: number;
  readonly window_from: number;
  readonly window_to: number;
  readonly facts_hash: Buffer;
  readonly verdict: Verdict['verdict'] | null;
  readonly verdict_reason: Verdict['reason'] | null;
  readonly llr: number | null;
  readonly coverage: number | null;
  readonly rule_set: string;
  readonly awaits_until: number | null;
}

const DAY_MS = 86_400_000;

/** Its window is longer than a day, or ends so late: not found by looking a day back from a moment. */
export const isLongHead = (row: Pick<AssessmentHeadRow, 'window_from' | 'window_to' | 'awaits_until'>): boolean =>
  Math.max(row.window_to, row.awaits_until ?? row.window_to) - row.window_from > DAY_MS;

export const isClaimHead = (row: Pick<AssessmentHeadRow, 'subject_kind'>): boolean =>
  row.subject_kind === 'settlement' || row.subject_kind === 'visit';

export const assessmentHeadsTable = defineTable<AssessmentHeadRow>()({
  name: 'assessment_heads',
  columns: {
    subject_kind: 'text',
    subject_id: 'text',
    clinic_code: 'text',
    assessment_id: 'uuid',
    assessed_at: 'timestamptz',
    window_from: 'timestamptz',
    window_to: 'timestamptz',
    facts_hash: 'bytea',
    verdict: 'text',
    verdict_reason: 'text',
    llr: 'real',
    coverage: 'real',
    rule_set: 'text',
    awaits_until: 'timestamptz',
  },
  key: ['subject_kind', 'subject_id'],
  page: { clinic: 'clinic_code', at: 'window_from' },
  indexes: {
    /** Of a clinic: what still waits for footage. */
    awaiting: (row) => (row.awaits_until === null ? null : row.clinic_code),
    /** Of a clinic: its outages, which may last for days. */
    outages: (row) => (row.subject_kind === 'camera' ? row.clinic_code : null),
    /** Of a clinic: settlements and visits with windows of more than a day. */
    long: (row) => (isClaimHead(row) && isLongHead(row) ? row.clinic_code : null),
  },
});

export interface WatermarkSeenRow {
  readonly camera_id: string;
  /** True time. */
  readonly until_at: number;
}

export const watermarksSeenTable = defineTable<WatermarkSeenRow>()({
  name: 'watermarks_seen',
  columns: { camera_id: 'text', until_at: 'timestamptz' },
  key: ['camera_id'],
  page: 'never',
  indexes: {},
});

export interface ClinicScheduleRow {
  readonly clinic_code: string;
  /** yyyy-mm-dd, local */
  readonly scheduled_until: string;
  readonly open_hours: readonly OpenHours[];
}

export const clinicScheduleTable = defineTable<ClinicScheduleRow>()({
  name: 'clinic_schedule',
  columns: { clinic_code: 'text', scheduled_until: 'date', open_hours: 'jsonb' },
  key: ['clinic_code'],
  page: 'never',
  indexes: {},
});

export interface FindingRow {
  readonly id: string;
  readonly rule_id: string;
  readonly rule_version: string;
  /** `<subject kind>/<subject id>`, with `#<part>` where one rule finds several. */
  readonly subject_key: string;
  readonly incident_key: string;
  readonly phase: Phase;
  readonly class: FindingClass;
  readonly severity: Severity;
  readonly clinic_code: string;
  readonly psn_no: string | null;
  readonly camera_id: string | null;
  readonly setl_ids: readonly string[];
  readonly basis: readonly Basis[];
  readonly outcome: Outcome;
  readonly reason: string;
  readonly evidence: FindingEvidence;
  readonly assessment_id: string;
  readonly first_at: number;
  readonly updated_at: number;
}

/** `<subject kind>/<subject id>` of a finding's subject key: without its part. */
export const subjectBaseOf = (subjectKey: string): string => {
  const part = subjectKey.indexOf('#');
  return part < 0 ? subjectKey : subjectKey.slice(0, part);
};

export const findingsTable = defineTable<FindingRow>()({
  name: 'findings',
  columns: {
    id: 'uuid',
    rule_id: 'text',
    rule_version: 'text',
    subject_key: 'text',
    incident_key: 'text',
    phase: 'text',
    class: 'text',
    severity: 'text',
    clinic_code: 'text',
    psn_no: 'text',
    camera_id: 'text',
    setl_ids: 'text[]',
    basis: 'text[]',
    outcome: 'text',
    reason: 'text',
    evidence: 'jsonb',
    assessment_id: 'uuid',
    first_at: 'timestamptz',
    updated_at: 'timestamptz',
  },
  // Equals (rule_id, subject_key): the id is derived from them.
  key: ['id'],
  page: { clinic: 'clinic_code', at: 'first_at' },
  indexes: { subject: (row) => subjectBaseOf(row.subject_key), incident: (row) => row.incident_key },
});

export interface DecisionRow {
  readonly id: string;
  /** visit:<clinic>:<mdtrt_id> or message:<msgid> */
  readonly subject_key: string;
  readonly clinic_code: string;
  readonly psn_no: string | null;
  readonly mdtrt_id: string | null;
  readonly setl_id: string | null;
  readonly settlement_id: string | null;
  readonly msgid: string;
  /** yyyy-mm, local */
  readonly clearing_month: string;
  readonly fund_fen: number | null;
  readonly decision: DecisionLevel;
  readonly reasons: readonly DecisionReason[];
  readonly deadline_at: number | null;
  readonly default_action: 'allow';
  readonly alternative: { readonly kind: string; readonly zh: string; readonly en: string } | null;
  readonly state: DecisionState;
  readonly release_reason: ReleaseReason | null;
  readonly assessment_id: string | null;
  readonly decided_at: number;
  readonly updated_at: number;
  readonly ever_held: boolean;
}

/** Decisions are found by the hour in which they were first made. */
export const DECIDED_HOUR_MS = 3_600_000;

export const decisionsTable = defineTable<DecisionRow>()({
  name: 'decisions',
  columns: {
    id: 'uuid',
    subject_key: 'text',
    clinic_code: 'text',
    psn_no: 'text',
    mdtrt_id: 'text',
    setl_id: 'text',
    settlement_id: 'uuid',
    msgid: 'text',
    clearing_month: 'text',
    fund_fen: 'bigint',
    decision: 'text',
    reasons: 'jsonb',
    deadline_at: 'timestamptz',
    default_action: 'text',
    alternative: 'jsonb',
    state: 'text',
    release_reason: 'text',
    assessment_id: 'uuid',
    decided_at: 'timestamptz',
    updated_at: 'timestamptz',
    ever_held: 'boolean',
  },
  // Derived from subject_key, which is unique too.
  key: ['id'],
  page: { clinic: 'clinic_code', at: 'decided_at' },
  indexes: {
    subject: (row) => row.subject_key,
    hour: (row) => String(Math.floor(row.decided_at / DECIDED_HOUR_MS)),
  },
});

export interface DecisionEventRow {
  readonly id: number;
  readonly decision_id: string;
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly before: Json;
  readonly after: Json;
  readonly note: string | null;
}

export const decisionEventsTable = defineTable<DecisionEventRow>()({
  name: 'decision_events',
  columns: {
    id: 'bigint',
    decision_id: 'uuid',
    at: 'timestamptz',
    actor: 'text',
    action: 'text',
    before: 'jsonb',
    after: 'jsonb',
    note: 'text',
  },
  key: ['id'],
  page: 'once_written',
  indexes: {},
});
