import { derivedId } from '../../platform/ids.ts';
import type { Claim } from './claim.ts';
import type {
  ClaimEventRow,
  ClaimMessageRow,
  ClaimReversalRow,
  ClaimStatementRow,
  FeeLineRow,
  SeenMessageRow,
  SettlementRow,
} from './rows.ts';

/** What is stored of a message besides its meaning. */
export interface MessageRecord {
  readonly claim: Claim;
  readonly receivedAt: number;
  readonly requestHash: Buffer;
  readonly responseHash: Buffer | null;
  readonly requestEnc: Buffer;
  readonly responseEnc: Buffer | null;
}

/** One id is asked for several times while its message is taken in. */
function lastOf(idOf: (msgid: string) => string): (msgid: string) => string {
  let last = '';
  let id = '';
  return (msgid) => {
    if (msgid !== last) {
      id = idOf(msgid);
      last = msgid;
    }
    return id;
  };
}

export const messageIdOf = lastOf((msgid) => derivedId('claim-message', msgid));
export const eventIdOf = lastOf((msgid) => derivedId('claim-event', msgid));
export const settlementIdOf = lastOf((msgid) => derivedId('settlement', msgid));

export const seenMessageRow = ({ claim, receivedAt, requestHash, responseHash }: MessageRecord): SeenMessageRow => ({
  msgid: claim.msgid,
  infno: claim.infno,
  clinic_code: claim.clinicCode,
  message_id: messageIdOf(claim.msgid),
  received_at: receivedAt,
  event_at: claim.kind === null ? null : claim.at,
  request_hash: requestHash,
  response_hash: responseHash,
});

/** `receivedAt`: of its first arrival; `respondedAt`: null where no response is known yet. */
export const claimMessageRow = (
  record: MessageRecord,
  times: { readonly receivedAt: number; readonly respondedAt: number | null },
): ClaimMessageRow => ({
  id: messageIdOf(record.claim.msgid),
  received_at: times.receivedAt,
  msgid: record.claim.msgid,
  infno: record.claim.infno,
  clinic_code: record.claim.clinicCode,
  inf_at: storableTime(record.claim.infAt),
  inf_offset_min: record.claim.infOffsetMin,
  request_enc: record.requestEnc,
  response_enc: record.responseEnc,
  responded_at: times.respondedAt,
  retention_class: 'claim',
});

// A computer that believes to be in the year 9999 or 0001 is kept as saying nothing.
const storableTime = (ms: number | null): number | null =>
  ms !== null && ms > Date.UTC(1900, 0) && ms < Date.UTC(2300, 0) ? ms : null;

/** A refused transaction did not happen: its event is kept, taken back by itself. */
export const takenBackBySelf = (claim: Claim): Pick<ClaimEventRow, 'reversed_by' | 'reversed_at'> =>
  claim.body.refused ? { reversed_by: claim.msgid, reversed_at: claim.at } : { reversed_by: null, reversed_at: null };

/** null: a message that is stored only. */
export const claimEventRow = (claim: Claim, receivedAt: number): ClaimEventRow | null =>
  claim.kind === null
    ? null
    : {
        id: eventIdOf(claim.msgid),
        kind: claim.kind,
        at: claim.at,
        at_offset_min: claim.atOffsetMin,
        clinic_code: claim.clinicCode,
        msgid: claim.msgid,
        message_received_at: receivedAt,
        psn_no: claim.psnNo,
        mdtrt_id: claim.mdtrtId,
        setl_id: claim.setlId,
        dev_no: claim.devNo,
        opter: claim.opter,
        body: claim.body,
        ...takenBackBySelf(claim),
        created_at: receivedAt,
      };

/** null: no settlement, or one that the platform refused. */
export const settlementRow = (claim: Claim, receivedAt: number): SettlementRow | null =>
  claim.kind !== 'settlement' || claim.body.refused
    ? null
    : {
        id: settlementIdOf(claim.msgid),
        at: claim.at,
        at_offset_min: claim.atOffsetMin,
        msgid: claim.msgid,
        setl_id: claim.setlId,
        mdtrt_id: claim.mdtrtId,
        clinic_code: claim.clinicCode,
        psn_no: claim.psnNo,
        med_type: claim.body.medType,
        insutype: claim.body.insutype,
        cert_type: claim.body.certType,
        dev_no: claim.devNo,
        opter: claim.opter,
        total_fen: claim.body.totalFen,
        fund_fen: claim.body.fundFen,
        account_fen: claim.body.accountFen,
        cash_fen: claim.body.cashFen,
        reversed_at: null,
        reversed_by: null,
        received_at: receivedAt,
      };

export const feeLineRows = (claim: Claim): FeeLineRow[] =>
  claim.kind !== 'fee_lines' || claim.body.refused
    ? []
    : claim.feeLines.map((line, i) => ({
        id: derivedId('fee-line', claim.msgid, String(i)),
        at: line.at,
        clinic_code: claim.clinicCode,
        mdtrt_id: line.mdtrtId,
        feedetl_sn: line.feedetlSn,
        chrg_bchno: line.chrgBchno,
        msgid: claim.msgid,
        sent_at: claim.at,
        psn_no: line.psnNo ?? claim.psnNo,
        med_list_codg: line.medListCodg,
        medins_list_codg: line.medinsListCodg,
        name: line.name,
        cnt: line.cnt,
        price: line.price,
        amount_fen: line.amountFen,
        in_scope_fen: line.inScopeFen,
        doctor_code: line.doctorCode,
        cancelled_at: null,
        cancelled_by: null,
      }));

/** null: it takes nothing back. A refused reversal is kept as one that names itself as what voided it. */
export const claimReversalRow = (claim: Claim, now: number): ClaimReversalRow | null => {
  const { reversal } = claim;
  return reversal === null || claim.kind === null
    ? null
    : {
        msgid: claim.msgid,
        kind: reversal.kind,
        target:
          reversal.kind === 'settlement'
            ? reversal.setlId
            : reversal.kind === 'technical'
              ? reversal.msgid
              : reversal.mdtrtId,
        clinic_code: claim.clinicCode,
        psn_no: claim.psnNo,
        chrg_bchno: reversal.kind === 'fees' ? reversal.chrgBchno : null,
        amount_fen: reversal.kind === 'refund' ? reversal.amountFen : null,
        at: claim.at,
        created_at: now,
        applied_to: null,
        voided_by: claim.body.refused ? claim.msgid : null,
      };
};

/** How much there should be, as a reconciliation or a pull tells; null: the message tells nothing of that. */
export const claimStatementRow = ({ claim, receivedAt }: MessageRecord): ClaimStatementRow | null =>
  claim.statement && {
    msgid: claim.msgid,
    infno: claim.statement.infno,
    clinic_code: claim.clinicCode,
    from_at: claim.statement.from,
    to_at: claim.statement.to,
    insutype: claim.statement.insutype,
    settlements: claim.statement.settlements,
    total_fen: claim.statement.totalFen,
    fund_fen: claim.statement.fundFen,
    setl_ids: claim.statement.setlIds,
    mdtrt_ids: claim.statement.mdtrtIds,
    received_at: receivedAt,
  };
