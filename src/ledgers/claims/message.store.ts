import { type Tx, ts, tsOrNull } from '../../platform/db.ts';
import { derivedId } from '../../platform/ids.ts';
import type { Claim } from './claim.ts';
import type { ClaimEventKind } from './event-kinds.ts';
import { Refusal } from './refusal.ts';

/** What is stored of a message besides its meaning. */
export interface MessageRecord {
  readonly claim: Claim;
  readonly receivedAt: number;
  readonly requestHash: Buffer;
  readonly responseHash: Buffer | null;
  readonly requestEnc: Buffer;
  readonly responseEnc: Buffer | null;
}

export const messageIdOf = (msgid: string): string => derivedId('claim-message', msgid);
export const eventIdOf = (msgid: string): string => derivedId('claim-event', msgid);
export const settlementIdOf = (msgid: string): string => derivedId('settlement', msgid);

export interface SeenMessage {
  readonly requestHash: Buffer;
  readonly responseHash: Buffer | null;
  readonly receivedAt: number;
  readonly eventAt: number | null;
}

/**
 * Whoever inserts the row first has the message; a second one at the same instant waits here and finds it. The locks keep
 * a message and what takes it back from passing each other unseen.
 */
export async function claimMsgid(tx: Tx, record: MessageRecord): Promise<'new' | SeenMessage> {
  const { claim } = record;
  const inserted = await tx.query(
    `with locks as materialized (select pg_advisory_xact_lock(hashtextextended(key, 4116)) from unnest($1::text[]) as key)
     insert into seen_message (msgid, infno, clinic_code, message_id, received_at, event_at, request_hash, response_hash)
     select $2, $3, $4, $5, $6, $7, $8, $9 from (select count(*) from locks) as held
     on conflict (msgid) do nothing`,
    [
      locksOf(claim),
      claim.msgid,
      claim.infno,
      claim.clinicCode,
      messageIdOf(claim.msgid),
      ts(record.receivedAt),
      claim.kind === null ? null : ts(claim.at),
      record.requestHash,
      record.responseHash,
    ],
  );
  if (inserted.rowCount === 1) return 'new';
  const { rows } = await tx.query<SeenMessage>(
    `select request_hash as "requestHash", response_hash as "responseHash", received_at as "receivedAt",
       event_at as "eventAt"
     from seen_message where msgid = $1 for update`,
    [claim.msgid],
  );
  const seen = rows[0];
  if (!seen) throw new Error('a message that was seen cannot be found');
  return seen;
}

/** Sorted, so that two messages never wait for each other. */
function locksOf(claim: Claim): string[] {
  const keys = new Set([`message:${claim.msgid}`]);
  for (const line of claim.feeLines) keys.add(`visit:${claim.clinicCode}:${line.mdtrtId}`);
  if (claim.mdtrtId !== null) keys.add(`visit:${claim.clinicCode}:${claim.mdtrtId}`);
  if (claim.setlId !== null) keys.add(`settlement:${claim.setlId}`);
  if (claim.reversal?.kind === 'settlement') keys.add(`settlement:${claim.reversal.setlId}`);
  if (claim.reversal?.kind === 'technical') keys.add(`message:${claim.reversal.msgid}`);
  return [...keys].sort();
}

/** A refused transaction did not happen: its event is kept, taken back by itself. */
const reversedBySelf = (claim: Claim): boolean => claim.body.refused;

/**
 * Stores message and event in one statement.
 * @returns whether some reversal that is known already may concern it
 */
export async function insertMessage(tx: Tx, record: MessageRecord): Promise<boolean> {
  const { claim } = record;
  const message = [
    messageIdOf(claim.msgid),
    ts(record.receivedAt),
    claim.msgid,
    claim.infno,
    claim.clinicCode,
    tsOrNull(storableTime(claim.infAt)),
    claim.infOffsetMin,
    record.requestEnc,
    record.responseEnc,
    record.responseEnc === null ? null : ts(record.receivedAt),
  ];
  const insertMessageSql = `insert into claim_messages
    (id, received_at, msgid, infno, clinic_code, inf_at, inf_offset_min, request_enc, response_enc, responded_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`;
  if (claim.kind === null) {
    await tx.query(insertMessageSql, message);
    return false;
  }
  const concerning = await tx.query(
    `with message as (${insertMessageSql}), event as (
       insert into claim_events (id, kind, at, at_offset_min, clinic_code, msgid, message_received_at, psn_no, mdtrt_id,
         setl_id, dev_no, opter, body, reversed_by, reversed_at, created_at)
       values ($11, $12, $13, $14, $5, $3, $2, $15, $16, $17, $18, $19, $20, $21, $22, $2))
     select 1 from claim_reversals where target = any($23) and clinic_code = $5 limit 1`,
    [
      ...message,
      eventIdOf(claim.msgid),
      claim.kind,
      ts(claim.at),
      claim.atOffsetMin,
      claim.psnNo,
      claim.mdtrtId,
      claim.setlId,
      claim.devNo,
      claim.opter,
      JSON.stringify(claim.body),
      reversedBySelf(claim) ? claim.msgid : null,
      reversedBySelf(claim) ? ts(claim.at) : null,
      targetsOf(claim),
    ],
  );
  return concerning.rowCount > 0;
}

/** Under what a reversal may speak of this message. */
const targetsOf = (claim: Claim): string[] => [
  ...new Set(
    [claim.msgid, claim.setlId, claim.mdtrtId, ...claim.feeLines.map((line) => line.mdtrtId)].filter(
      (key) => key !== null,
    ),
  ),
];

/** The response came later: the same message now says more, and perhaps another time. */
export async function completeMessage(
  tx: Tx,
  record: MessageRecord,
  seen: SeenMessage,
  respondedAt: number,
): Promise<void> {
  const { claim } = record;
  await tx.query('update seen_message set response_hash = $2, event_at = $3 where msgid = $1', [
    claim.msgid,
    record.responseHash,
    claim.kind === null ? null : ts(claim.at),
  ]);
  await tx.query('update claim_messages set response_enc = $3, responded_at = $4 where id = $1 and received_at = $2', [
    messageIdOf(claim.msgid),
    ts(seen.receivedAt),
    record.responseEnc,
    ts(respondedAt),
  ]);
  if (claim.kind === null || seen.eventAt === null) return;
  await tx.query(
    `update claim_events set kind = $3, at = $4, at_offset_min = $5, psn_no = $6, mdtrt_id = $7, setl_id = $8, body = $9,
       reversed_by = coalesce(reversed_by, $10), reversed_at = coalesce(reversed_at, $11)
     where id = $1 and at = $2`,
    [
      eventIdOf(claim.msgid),
      ts(seen.eventAt),
      claim.kind,
      ts(claim.at),
      claim.atOffsetMin,
      claim.psnNo,
      claim.mdtrtId,
      claim.setlId,
      JSON.stringify(claim.body),
      reversedBySelf(claim) ? claim.msgid : null,
      reversedBySelf(claim) ? ts(claim.at) : null,
    ],
  );
}

// A computer that believes to be in the year 9999 or 0001 is kept as saying nothing.
const storableTime = (ms: number | null): number | null =>
  ms !== null && ms > Date.UTC(1900, 0) && ms < Date.UTC(2300, 0) ? ms : null;

/** @throws Refusal `setl_id_conflict` when another message settled under this id */
export async function upsertSettlement(tx: Tx, record: MessageRecord, previousAt: number | null): Promise<void> {
  const { claim, receivedAt } = record;
  const id = settlementIdOf(claim.msgid);
  const values = [
    id,
    ts(claim.at),
    claim.atOffsetMin,
    claim.msgid,
    claim.setlId,
    claim.mdtrtId,
    claim.clinicCode,
    claim.psnNo,
    claim.body.medType,
    claim.body.insutype,
    claim.body.certType,
    claim.devNo,
    claim.opter,
    claim.body.totalFen,
    claim.body.fundFen,
    claim.body.accountFen,
    claim.body.cashFen,
  ];
  const existing =
    previousAt !== null &&
    (await tx.query('select 1 from settlements where id = $1 and at = $2', [id, ts(previousAt)])).rowCount > 0;
  const write = existing
    ? `update settlements set at = $2, at_offset_min = $3, msgid = $4, setl_id = $5, mdtrt_id = $6, clinic_code = $7,
         psn_no = $8, med_type = $9, insutype = $10, cert_type = $11, dev_no = $12, opter = $13, total_fen = $14,
         fund_fen = $15, account_fen = $16, cash_fen = $17
       where id = $1 and at = $18`
    : `insert into settlements (id, at, at_offset_min, msgid, setl_id, mdtrt_id, clinic_code, psn_no, med_type, insutype,
         cert_type, dev_no, opter, total_fen, fund_fen, account_fen, cash_fen, received_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`;
  values.push(ts(existing && previousAt !== null ? previousAt : receivedAt));
  if (claim.setlId === null) {
    await tx.query(write, values);
    return;
  }
  const key = await tx.query<{ settlement_id: string }>(
    `with written as (${write})
     insert into settlement_key (setl_id, settlement_id, clinic_code, at) values ($5, $1, $7, $2)
     on conflict (setl_id) do update set at = case when settlement_key.settlement_id = excluded.settlement_id
       then excluded.at else settlement_key.at end
     returning settlement_id`,
    values,
  );
  if (key.rows[0]?.settlement_id !== id) {
    throw new Refusal('setl_id_conflict', 'another message settled under this setl_id');
  }
}

/** A settlement that stood while its answer was awaited, and that the platform then refused, never was. */
export async function withdrawRefused(tx: Tx, claim: Claim, previousAt: number): Promise<void> {
  await tx.query(
    'update settlements set reversed_at = $3, reversed_by = $4 where id = $1 and at = $2 and reversed_at is null',
    [settlementIdOf(claim.msgid), ts(previousAt), ts(claim.at), claim.msgid],
  );
}

/** Writes a message's fee lines, replacing those that it brought before its response was known. */
export async function replaceFeeLines(tx: Tx, claim: Claim, replaces: boolean): Promise<void> {
  if (replaces) await tx.query('delete from fee_lines where msgid = $1', [claim.msgid]);
  if (claim.feeLines.length === 0 || claim.body.refused) return;
  const rows = claim.feeLines.map((line, i) => ({
    id: derivedId('fee-line', claim.msgid, String(i)),
    at: ts(line.at),
    mdtrt_id: line.mdtrtId,
    feedetl_sn: line.feedetlSn,
    chrg_bchno: line.chrgBchno,
    psn_no: line.psnNo ?? claim.psnNo,
    med_list_codg: line.medListCodg,
    medins_list_codg: line.medinsListCodg,
    name: line.name,
    cnt: line.cnt,
    price: line.price,
    amount_fen: line.amountFen,
    in_scope_fen: line.inScopeFen,
    doctor_code: line.doctorCode,
  }));
  await tx.query(
    `insert into fee_lines (id, at, clinic_code, mdtrt_id, feedetl_sn, chrg_bchno, msgid, sent_at, psn_no, med_list_codg,
       medins_list_codg, name, cnt, price, amount_fen, in_scope_fen, doctor_code)
     select id, at, $2, mdtrt_id, feedetl_sn, chrg_bchno, $3, $4, psn_no, med_list_codg, medins_list_codg, name, cnt,
       price, amount_fen, in_scope_fen, doctor_code
     from jsonb_to_recordset($1) as line (id uuid, at timestamptz, mdtrt_id text, feedetl_sn text, chrg_bchno text,
       psn_no text, med_list_codg text, medins_list_codg text, name text, cnt numeric, price numeric, amount_fen bigint,
       in_scope_fen bigint, doctor_code text)`,
    [JSON.stringify(rows), claim.clinicCode, claim.msgid, ts(claim.at)],
  );
}

export const kindsWithDecision: ReadonlySet<ClaimEventKind> = new Set([
  'registration',
  'trial_settlement',
  'settlement',
]);
