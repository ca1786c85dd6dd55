import { type Static, Type } from 'typebox';
import type { Tx } from '../../platform/db.ts';
import type { ClaimEventRef } from './claims.topics.ts';

const words = { zh: Type.String(), en: Type.String() };

export const DecisionReasonSchema = Type.Object({
  code: Type.String(),
  /** `id@version`; null where no rule speaks (for example `degraded`). */
  rule: Type.Union([Type.String(), Type.Null()]),
  ...words,
});

/** What a HIS reads beside the national interface's own output (DESIGN.md "How claims reach us"). */
export const DecisionSchema = Type.Object({
  id: Type.Union([Type.String(), Type.Null()]),
  decision: Type.Union([Type.Literal('allow'), Type.Literal('review'), Type.Literal('hold')]),
  reasons: Type.Array(DecisionReasonSchema),
  /** ISO 8601; null: none. */
  deadline: Type.Union([Type.String(), Type.Null()]),
  /** What happens by itself at the deadline. */
  default: Type.Literal('allow'),
  /** What can be done instead of the face check. */
  alternative: Type.Union([Type.Object({ kind: Type.String(), ...words }), Type.Null()]),
});
export type Decision = Static<typeof DecisionSchema>;

/** One line of `output.result[]`, under the names of the national 3101/3102 (DOMAIN.md 1.7). */
export const AuditResultSchema = Type.Object({
  jr_id: Type.String(),
  rule_id: Type.String(),
  rule_name: Type.String(),
  vola_cont: Type.String(),
  /** Yuan with two decimals; null: no amount. */
  vola_amt: Type.Union([Type.String(), Type.Null()]),
  sev_deg: Type.String(),
  vola_evid: Type.String(),
  /** Whom it is about: psn_no, and the visit's number. */
  patn_id: Type.Union([Type.String(), Type.Null()]),
  mdtrt_id: Type.Union([Type.String(), Type.Null()]),
  /** Of the audit that asked (3101, 3102). */
  task_id: Type.Optional(Type.String()),
});
export type AuditResult = Static<typeof AuditResultSchema>;

export interface DecisionAnswer extends Decision {
  /** Empty on `allow`. */
  readonly results: readonly AuditResult[];
}

/**
 * The decision port that the app injects into the claims routes; reconcile implements it. Called after the commit of a
 * registration, a trial settlement or a settlement. `repeat`: the message was stored before and its sender asks
 * again: answer the standing decision, decide nothing anew. null: no decision is due.
 */
export type Decide = (event: ClaimEventRef & { readonly repeat: boolean }) => Promise<DecisionAnswer | null>;

/**
 * The same within the transaction that stores the message: both are on disk with one commit. What it throws ends the
 * transaction; the message is then stored without it.
 */
export type DecideWithin = (tx: Tx, event: Parameters<Decide>[0]) => ReturnType<Decide>;
