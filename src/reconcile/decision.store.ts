import type { Queryable } from '../platform/db.ts';
import type { DecisionEventRow } from './tables.ts';

/** Columns of a `StoredDecision`. */
export const DECISION_COLUMNS = `id, subject_key as "subjectKey", clinic_code as "clinicCode", psn_no as "psnNo", mdtrt_id as "mdtrtId",
  setl_id as "setlId", settlement_id as "settlementId", msgid, clearing_month as "clearingMonth", fund_fen as "fundFen",
  decision, reasons, deadline_at as "deadlineAt", alternative, state, release_reason as "releaseReason",
  assessment_id as "assessmentId", decided_at as "decidedAt", updated_at as "updatedAt", ever_held as "everHeld"`;

export type DecisionEvent = Omit<DecisionEventRow, 'id' | 'decision_id'>;

/** A decision's history, in order. */
export async function decisionEvents(db: Queryable, decisionId: string): Promise<DecisionEvent[]> {
  const { rows } = await db.query<DecisionEvent>(
    'select at, actor, action, before, after, note from decision_events where decision_id = $1 order by id',
    [decisionId],
  );
  return rows;
}
