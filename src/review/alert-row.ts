import { canonicalJson } from '../platform/canonical-json.ts';
import type { AlertDraft, AlertFinding } from './alert.ts';
import type { QueueFields } from './budget/gate.ts';
import type { AlertState } from './flow/states.ts';
import type { AlertRow } from './tables.ts';

/** What a draft becomes in the table: with what only the ledgers know. */
export interface AlertContent {
  readonly draft: AlertDraft;
  readonly regionCode: string;
  readonly fundFen: number;
  readonly occurredAt: number;
}

const contentOf = ({ draft, regionCode, fundFen, occurredAt }: AlertContent) => ({
  incident_key: draft.incidentKey,
  phase: draft.phase,
  phases: [...draft.phases],
  class: draft.class,
  severity: draft.severity,
  subject_kind: draft.subjectKind,
  clinic_code: draft.clinicCode,
  region_code: regionCode,
  psn_no: draft.psnNo,
  camera_id: draft.cameraId,
  setl_ids: [...draft.setlIds],
  fund_fen: fundFen,
  title_zh: draft.title.zh,
  title_en: draft.title.en,
  rules: [...draft.rules],
  findings: [...draft.findings],
  occurred_at: occurredAt,
});

export const raisedAlert = (id: string, content: AlertContent, queue: QueueFields, now: number): AlertRow => ({
  id,
  ...contentOf(content),
  dismissed_rules: [],
  state: 'new',
  state_reason: null,
  raised_at: now,
  updated_at: now,
  withdrawn_at: null,
  version: 1,
  due_at: null,
  ...queue,
});

/** New content and, where given, a new state; the version goes up only with what a reader sees. */
export const renewedAlert = (
  stored: AlertRow,
  content: AlertContent,
  change: {
    readonly now: number;
    readonly visible: boolean;
    readonly state: AlertState;
    readonly stateReason: string | null;
    readonly queue: QueueFields;
  },
): AlertRow => ({
  ...stored,
  ...contentOf(content),
  incident_key: stored.incident_key,
  state: change.state,
  state_reason: change.stateReason,
  updated_at: change.now,
  withdrawn_at: null,
  due_at: change.state === stored.state ? stored.due_at : null,
  version: stored.version + (change.visible ? 1 : 0),
  ...change.queue,
});

/** Whether a reader would see a difference; numbers of an unchanged answer do not count. */
export function differsVisibly(stored: AlertRow, content: AlertContent): boolean {
  const seen = (
    row: Omit<ReturnType<typeof contentOf>, 'incident_key' | 'findings'>,
    findings: readonly AlertFinding[],
  ) =>
    canonicalJson({
      phase: row.phase,
      phases: row.phases,
      class: row.class,
      severity: row.severity,
      psnNo: row.psn_no,
      cameraId: row.camera_id,
      setlIds: row.setl_ids,
      fundFen: row.fund_fen,
      title: [row.title_zh, row.title_en],
      rules: row.rules,
      answers: findings.map(({ rule, outcome, reason, severity, setlIds }) => ({
        rule,
        outcome,
        reason,
        severity,
        setlIds,
      })),
    });
  return seen(stored, stored.findings) !== seen(contentOf(content), content.draft.findings);
}
