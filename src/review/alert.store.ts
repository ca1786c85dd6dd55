import { type Queryable, type Tx, ts, tsOrNull } from '../platform/db.ts';
import type { FindingRow } from '../reconcile/tables.ts';
import type { AlertClass, AlertFinding, Finding, Phase, QueueState, Severity, SubjectKind } from './alert.ts';
import type { AlertState } from './flow/states.ts';

/** A row of `alerts`. Times in epoch ms, money in fen. */
export interface StoredAlert {
  readonly id: string;
  readonly incidentKey: string;
  readonly phase: Phase;
  readonly phases: readonly Phase[];
  readonly class: AlertClass;
  readonly severity: Severity;
  readonly subjectKind: SubjectKind;
  readonly clinicCode: string;
  readonly regionCode: string;
  readonly psnNo: string | null;
  readonly cameraId: string | null;
  readonly setlIds: readonly string[];
  readonly fundFen: number;
  readonly titleZh: string;
  readonly titleEn: string;
  readonly rules: readonly string[];
  readonly findings: readonly AlertFinding[];
  readonly dismissedRules: readonly string[];
  readonly state: AlertState;
  readonly stateReason: string | null;
  readonly occurredAt: number;
  readonly raisedAt: number;
  readonly updatedAt: number;
  readonly withdrawnAt: number | null;
  readonly version: number;
  readonly queueState: QueueState;
  readonly queuedAt: number;
  readonly shownAt: number | null;
  readonly pRight: number | null;
  readonly expectedFen: number | null;
  readonly reviewMinutes: number | null;
  /** When the state that it is in should be over; null: no limit, or not reckoned yet. */
  readonly dueAt: number | null;
}

export const ALERT_COLUMNS = `a.id, a.incident_key as "incidentKey", a.phase, a.phases, a.class, a.severity,
  a.subject_kind as "subjectKind", a.clinic_code as "clinicCode", a.region_code as "regionCode", a.psn_no as "psnNo",
  a.camera_id as "cameraId", a.setl_ids as "setlIds", a.fund_fen as "fundFen", a.title_zh as "titleZh",
  a.title_en as "titleEn", a.rules, a.findings, a.dismissed_rules as "dismissedRules", a.state,
  a.state_reason as "stateReason", a.occurred_at as "occurredAt", a.raised_at as "raisedAt",
  a.updated_at as "updatedAt", a.withdrawn_at as "withdrawnAt", a.version, a.queue_state as "queueState",
  a.queued_at as "queuedAt", a.shown_at as "shownAt", a.p_right as "pRight", a.expected_fen as "expectedFen",
  a.review_minutes as "reviewMinutes", a.due_at as "dueAt"`;

export const findingOf = (row: FindingRow): Finding => ({
  id: row.id,
  ruleId: row.rule_id,
  ruleVersion: row.rule_version,
  subjectKey: row.subject_key,
  incidentKey: row.incident_key,
  phase: row.phase,
  class: row.class,
  severity: row.severity,
  clinicCode: row.clinic_code,
  psnNo: row.psn_no,
  cameraId: row.camera_id,
  setlIds: row.setl_ids,
  basis: row.basis,
  outcome: row.outcome,
  reason: row.reason,
  evidence: row.evidence as unknown as Readonly<Record<string, unknown>>,
  assessmentId: row.assessment_id,
  firstAt: row.first_at,
  updatedAt: row.updated_at,
});

export async function findingsOf(db: Queryable, incidentKey: string): Promise<Finding[]> {
  const { rows } = await db.query<FindingRow & Record<string, unknown>>(
    'select * from findings where incident_key = $1 order by rule_id, id',
    [incidentKey],
  );
  return rows.map(findingOf);
}

/** State alone, by a person's step. */
export async function setAlertState(
  tx: Tx,
  id: string,
  change: {
    readonly now: number;
    readonly state: AlertState;
    readonly stateReason: string | null;
    readonly withdrawnAt: number | null;
    readonly dismissedRules: readonly string[];
    /** null: never; whom a person takes on or reopens he sees. */
    readonly shownAt: number | null;
    readonly dueAt: number | null;
  },
): Promise<void> {
  await tx.query(
    `update alerts set state = $2, state_reason = $3, withdrawn_at = $4, dismissed_rules = $5, updated_at = $6,
       queue_state = case when $7::timestamptz is null then queue_state else 'shown' end, shown_at = $7,
       due_at = $8, version = version + 1 where id = $1`,
    [
      id,
      change.state,
      change.stateReason,
      tsOrNull(change.withdrawnAt),
      change.dismissedRules,
      ts(change.now),
      tsOrNull(change.shownAt),
      tsOrNull(change.dueAt),
    ],
  );
  await tx.query('delete from alert_queue where alert_id = $1', [id]);
}
