import { canonicalJson } from '../platform/canonical-json.ts';
import { type Queryable, type Tx, ts, tsOrNull } from '../platform/db.ts';
import type {
  AlertClass,
  AlertDraft,
  AlertFinding,
  AlertState,
  Finding,
  Outcome,
  Phase,
  Severity,
  SubjectKind,
} from './alert.ts';

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
}

export const ALERT_COLUMNS = `a.id, a.incident_key as "incidentKey", a.phase, a.phases, a.class, a.severity,
  a.subject_kind as "subjectKind", a.clinic_code as "clinicCode", a.region_code as "regionCode", a.psn_no as "psnNo",
  a.camera_id as "cameraId", a.setl_ids as "setlIds", a.fund_fen as "fundFen", a.title_zh as "titleZh",
  a.title_en as "titleEn", a.rules, a.findings, a.dismissed_rules as "dismissedRules", a.state,
  a.state_reason as "stateReason", a.occurred_at as "occurredAt", a.raised_at as "raisedAt",
  a.updated_at as "updatedAt", a.withdrawn_at as "withdrawnAt", a.version`;

/** The alert of an incident, locked until the transaction ends; null when there is none. */
export async function lockAlertOf(tx: Tx, incidentKey: string): Promise<StoredAlert | null> {
  const { rows } = await tx.query<StoredAlert>(
    `select ${ALERT_COLUMNS} from alerts a where a.incident_key = $1 for update`,
    [incidentKey],
  );
  return rows[0] ?? null;
}

interface FindingRow {
  readonly id: string;
  readonly rule_id: string;
  readonly rule_version: string;
  readonly subject_key: string;
  readonly incident_key: string;
  readonly phase: Phase;
  readonly class: AlertClass;
  readonly severity: Severity;
  readonly clinic_code: string;
  readonly psn_no: string | null;
  readonly camera_id: string | null;
  readonly setl_ids: string[];
  readonly basis: string[];
  readonly outcome: Outcome;
  readonly reason: string;
  readonly evidence: Record<string, unknown>;
  readonly assessment_id: string;
  readonly first_at: number;
  readonly updated_at: number;
}

export async function findingsOf(db: Queryable, incidentKey: string): Promise<Finding[]> {
  const { rows } = await db.query<FindingRow>('select * from findings where incident_key = $1 order by rule_id, id', [
    incidentKey,
  ]);
  return rows.map((row) => ({
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
    evidence: row.evidence,
    assessmentId: row.assessment_id,
    firstAt: row.first_at,
    updatedAt: row.updated_at,
  }));
}

/** What a draft becomes in the table: with what only the ledgers know. */
export interface AlertContent {
  readonly draft: AlertDraft;
  readonly regionCode: string;
  readonly fundFen: number;
  readonly occurredAt: number;
}

export async function insertAlert(tx: Tx, id: string, content: AlertContent, now: number): Promise<void> {
  const { draft } = content;
  await tx.query(
    `insert into alerts (id, incident_key, phase, phases, class, severity, subject_kind, clinic_code, region_code,
       psn_no, camera_id, setl_ids, fund_fen, title_zh, title_en, rules, findings, state, occurred_at, raised_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, 'open', $18, $19, $19)`,
    [id, draft.incidentKey, ...contentValues(content), ts(now)],
  );
}

/** Writes new content and, where given, a new state; the version goes up only with what a reader sees. */
export async function updateAlert(
  tx: Tx,
  id: string,
  content: AlertContent,
  options: {
    readonly now: number;
    readonly visible: boolean;
    readonly state: AlertState;
    readonly stateReason: string | null;
  },
): Promise<void> {
  await tx.query(
    `update alerts set phase = $2, phases = $3, class = $4, severity = $5, subject_kind = $6, clinic_code = $7,
       region_code = $8, psn_no = $9, camera_id = $10, setl_ids = $11, fund_fen = $12, title_zh = $13, title_en = $14,
       rules = $15, findings = $16, occurred_at = $17, updated_at = $18, state = $19, state_reason = $20,
       withdrawn_at = null, version = version + $21
     where id = $1`,
    [id, ...contentValues(content), ts(options.now), options.state, options.stateReason, options.visible ? 1 : 0],
  );
}

const contentValues = ({ draft, regionCode, fundFen, occurredAt }: AlertContent): readonly unknown[] => [
  draft.phase,
  draft.phases,
  draft.class,
  draft.severity,
  draft.subjectKind,
  draft.clinicCode,
  regionCode,
  draft.psnNo,
  draft.cameraId,
  draft.setlIds,
  fundFen,
  draft.title.zh,
  draft.title.en,
  draft.rules,
  JSON.stringify(draft.findings),
  ts(occurredAt),
];

/** State alone: withdrawn, dismissed, acknowledged, reopened. */
export async function setAlertState(
  tx: Tx,
  id: string,
  change: {
    readonly now: number;
    readonly state: AlertState;
    readonly stateReason: string | null;
    readonly withdrawnAt: number | null;
    readonly dismissedRules: readonly string[];
  },
): Promise<void> {
  await tx.query(
    `update alerts set state = $2, state_reason = $3, withdrawn_at = $4, dismissed_rules = $5, updated_at = $6,
       version = version + 1 where id = $1`,
    [id, change.state, change.stateReason, tsOrNull(change.withdrawnAt), change.dismissedRules, ts(change.now)],
  );
}

/** Whether a reader would see a difference; numbers of an unchanged answer do not count. */
export function differsVisibly(stored: StoredAlert, content: AlertContent): boolean {
  const { draft } = content;
  const answers = (findings: readonly AlertFinding[]) =>
    findings.map(({ rule, outcome, reason, severity, setlIds }) => ({ rule, outcome, reason, severity, setlIds }));
  const before = {
    phase: stored.phase,
    phases: stored.phases,
    class: stored.class,
    severity: stored.severity,
    psnNo: stored.psnNo,
    cameraId: stored.cameraId,
    setlIds: stored.setlIds,
    fundFen: stored.fundFen,
    title: { zh: stored.titleZh, en: stored.titleEn },
    rules: stored.rules,
    answers: answers(stored.findings),
  };
  const after: typeof before = {
    phase: draft.phase,
    phases: draft.phases,
    class: draft.class,
    severity: draft.severity,
    psnNo: draft.psnNo,
    cameraId: draft.cameraId,
    setlIds: draft.setlIds,
    fundFen: content.fundFen,
    title: { zh: draft.title.zh, en: draft.title.en },
    rules: draft.rules,
    answers: answers(draft.findings),
  };
  return canonicalJson(before) !== canonicalJson(after);
}
