import type { ClaimEventBody, Reversal } from './claim.ts';
import type { IntakeOutcome } from './counts.store.ts';
import type { ClaimEventKind } from './event-kinds.ts';
import type { QuarantineReason } from './refusal.ts';

/**
 * The rows of this room's tables, as the database returns them: its column names, times as epoch ms, money as integer
 * fen, decimals as strings. A row is never changed in place.
 */

/** Whether a message was here before, under its msgid. */
export interface SeenMessageRow {
  readonly msgid: string;
  readonly infno: string;
  readonly clinic_code: string;
  readonly message_id: string;
  /** Finds the message's row in `claim_messages`. */
  readonly received_at: number;
  /** Finds the event's row in `claim_events`; null: the message is stored only. */
  readonly event_at: number | null;
  readonly request_hash: Buffer;
  readonly response_hash: Buffer | null;
}

/** Which settlement a setl_id names: the first that came under it. */
export interface SettlementKeyRow {
  readonly setl_id: string;
  readonly settlement_id: string;
  readonly clinic_code: string;
  /** Finds the settlement's row. */
  readonly at: number;
}

export interface ClaimMessageRow {
  readonly id: string;
  readonly received_at: number;
  readonly msgid: string;
  readonly infno: string;
  readonly clinic_code: string;
  readonly inf_at: number | null;
  readonly inf_offset_min: number | null;
  readonly request_enc: Buffer;
  readonly response_enc: Buffer | null;
  readonly responded_at: number | null;
  readonly retention_class: string;
}

export interface ClaimEventRow {
  readonly id: string;
  readonly kind: ClaimEventKind;
  readonly at: number;
  readonly at_offset_min: number;
  readonly clinic_code: string;
  readonly msgid: string;
  readonly message_received_at: number;
  readonly psn_no: string | null;
  readonly mdtrt_id: string | null;
  readonly setl_id: string | null;
  readonly dev_no: string | null;
  readonly opter: string | null;
  readonly body: ClaimEventBody;
  /** msgid of what took it back; its own where the platform refused it. */
  readonly reversed_by: string | null;
  readonly reversed_at: number | null;
  readonly created_at: number;
}

export interface SettlementRow {
  readonly id: string;
  readonly at: number;
  readonly at_offset_min: number;
  readonly msgid: string;
  readonly setl_id: string | null;
  readonly mdtrt_id: string | null;
  readonly clinic_code: string;
  readonly psn_no: string | null;
  readonly med_type: string | null;
  readonly insutype: string | null;
  readonly cert_type: string | null;
  readonly dev_no: string | null;
  readonly opter: string | null;
  readonly total_fen: number | null;
  readonly fund_fen: number | null;
  readonly account_fen: number | null;
  readonly cash_fen: number | null;
  readonly reversed_at: number | null;
  readonly reversed_by: string | null;
  readonly received_at: number;
}

export interface FeeLineRow {
  readonly id: string;
  readonly at: number;
  readonly clinic_code: string;
  readonly mdtrt_id: string;
  readonly feedetl_sn: string;
  readonly chrg_bchno: string | null;
  readonly msgid: string;
  readonly sent_at: number;
  readonly psn_no: string | null;
  readonly med_list_codg: string | null;
  readonly medins_list_codg: string | null;
  readonly name: string | null;
  readonly cnt: string | null;
  readonly price: string | null;
  readonly amount_fen: number | null;
  readonly in_scope_fen: number | null;
  readonly doctor_code: string | null;
  readonly cancelled_at: number | null;
  readonly cancelled_by: string | null;
}

export interface ClaimReversalRow {
  readonly msgid: string;
  readonly kind: Reversal['kind'];
  /** setl_id (settlement) · mdtrt_id (refund, registration, fees) · msgid of what is taken back (technical) */
  readonly target: string;
  readonly clinic_code: string;
  readonly psn_no: string | null;
  readonly chrg_bchno: string | null;
  readonly amount_fen: number | null;
  readonly at: number;
  readonly created_at: number;
  /** Refund: the settlement that it took back. */
  readonly applied_to: string | null;
  /** msgid of the technical reversal of this reversal; its own where the platform refused it. */
  readonly voided_by: string | null;
}

export interface ClaimQuarantineRow {
  readonly id: string;
  readonly received_at: number;
  readonly msgid: string | null;
  readonly infno: string | null;
  readonly clinic_code: string | null;
  readonly reason: QuarantineReason;
  readonly detail: string;
  readonly body_enc: Buffer;
  readonly body_bytes: number;
  readonly state: 'open' | 'replayed' | 'discarded';
  readonly resolved_at: number | null;
  readonly resolved_by: string | null;
  readonly note: string | null;
  readonly submitted_by: string;
  readonly submitter_region: string | null;
  readonly submitter_clinic: string | null;
  readonly scope_region: string;
  readonly scope_clinic: string;
  readonly retention_class: string;
}

export interface ClaimIntakeCountRow {
  readonly clinic_code: string;
  readonly region_code: string;
  readonly day: string;
  readonly outcome: IntakeOutcome;
  readonly n: number;
}

export interface ClaimStatementRow {
  readonly msgid: string;
  readonly infno: string;
  readonly clinic_code: string;
  readonly from_at: number;
  /** Behind the last moment. */
  readonly to_at: number;
  readonly insutype: string | null;
  /** That stand; null: they were told one by one. */
  readonly settlements: number | null;
  readonly total_fen: number | null;
  readonly fund_fen: number | null;
  readonly setl_ids: readonly string[];
  readonly mdtrt_ids: readonly string[];
  readonly received_at: number;
}
