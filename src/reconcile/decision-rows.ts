import type { Json } from '../platform/canonical-json.ts';
import { derivedId } from '../platform/ids.ts';
import type { DecisionLevel, DecisionReason, DecisionState, ReleaseReason } from './decide.ts';
import type { DecisionRow } from './tables.ts';

/** A row of `decisions`. */
export interface StoredDecision {
  readonly id: string;
  readonly subjectKey: string;
  readonly clinicCode: string;
  readonly psnNo: string | null;
  readonly mdtrtId: string | null;
  readonly setlId: string | null;
  readonly settlementId: string | null;
  readonly msgid: string;
  readonly clearingMonth: string;
  readonly fundFen: number | null;
  readonly decision: DecisionLevel;
  readonly reasons: readonly DecisionReason[];
  readonly deadlineAt: number | null;
  readonly alternative: DecisionRow['alternative'];
  readonly state: DecisionState;
  readonly releaseReason: ReleaseReason | null;
  readonly assessmentId: string | null;
  readonly decidedAt: number;
  readonly updatedAt: number;
  readonly everHeld: boolean;
}

export const decisionIdOf = (visitKey: string): string => derivedId('decision', visitKey);

export const decisionFrom = (row: DecisionRow): StoredDecision => ({
  id: row.id,
  subjectKey: row.subject_key,
  clinicCode: row.clinic_code,
  psnNo: row.psn_no,
  mdtrtId: row.mdtrt_id,
  setlId: row.setl_id,
  settlementId: row.settlement_id,
  msgid: row.msgid,
  clearingMonth: row.clearing_month,
  fundFen: row.fund_fen,
  decision: row.decision,
  reasons: row.reasons,
  deadlineAt: row.deadline_at,
  alternative: row.alternative,
  state: row.state,
  releaseReason: row.release_reason,
  assessmentId: row.assessment_id,
  decidedAt: row.decided_at,
  updatedAt: row.updated_at,
  everHeld: row.ever_held,
});

export const decisionRow = (decision: StoredDecision): DecisionRow => ({
  id: decision.id,
  subject_key: decision.subjectKey,
  clinic_code: decision.clinicCode,
  psn_no: decision.psnNo,
  mdtrt_id: decision.mdtrtId,
  setl_id: decision.setlId,
  settlement_id: decision.settlementId,
  msgid: decision.msgid,
  clearing_month: decision.clearingMonth,
  fund_fen: decision.fundFen,
  decision: decision.decision,
  reasons: decision.reasons,
  deadline_at: decision.deadlineAt,
  default_action: 'allow',
  alternative: decision.alternative,
  state: decision.state,
  release_reason: decision.releaseReason,
  assessment_id: decision.assessmentId,
  decided_at: decision.decidedAt,
  updated_at: decision.updatedAt,
  ever_held: decision.everHeld,
});

/** What history tells of a decision's state. */
export const snapshotOf = (decision: StoredDecision | null): Json =>
  decision && {
    decision: decision.decision,
    state: decision.state,
    deadline: decision.deadlineAt === null ? null : new Date(decision.deadlineAt).toISOString(),
    reasons: decision.reasons.map(({ rule, code }) => `${rule ?? ''}:${code}`),
    releaseReason: decision.releaseReason,
  };
