import { type Tx, ts } from '../../platform/db.ts';
import type { Claim, Reversal } from './claim.ts';
import type { ClaimEventRef } from './claims.topics.ts';
import type { ClaimEventKind } from './event-kinds.ts';
import { eventIdOf, settlementIdOf } from './message.store.ts';
import { Refusal } from './refusal.ts';

/**
 * What takes what back. Every reversal is kept in `claim_reversals`; whether a settlement, an event or a fee line stands
 * is computed from there again whenever either side arrives, so that the order of arrival does not matter, and a
 * reversal that was itself reversed has never been.
 */

interface ReversalRow {
  readonly msgid: string;
  readonly kind: Reversal['kind'];
  readonly target: string;
  readonly clinic_code: string;
  readonly at: number;
  readonly applied_to: string | null;
}

interface SettlementRow {
  readonly id: string;
  readonly at: number;
  readonly msgid: string;
  readonly setl_id: string | null;
  readonly mdtrt_id: string | null;
  readonly clinic_code: string;
  readonly psn_no: string | null;
  readonly total_fen: number | null;
  readonly reversed_by: string | null;
}

/** A chain of reversals of reversals ends here. */
const MOST_STEPS = 8;

/**
 * Nets one newly stored or completed message. `concerned`: some known reversal may speak of it; most messages are never
 * taken back. @returns events of other messages that changed
 */
export async function net(
  tx: Tx,
  claim: Claim,
  options: { readonly now: number; readonly concerned: boolean },
): Promise<ClaimEventRef[]> {
  if (claim.kind === null) return [];
  const changed = new Map<string, ClaimEventRef>();
  if (claim.reversal !== null) {
    if (claim.body.refused) await withdrawReversal(tx, claim);
    else await insertReversal(tx, claim, claim.reversal, options.now);
    await renetTargetOf(tx, claim.msgid, changed, 0);
  }
  if (options.concerned && !claim.body.refused) await renetMessage(tx, claim.msgid, changed, 0);
  changed.delete(eventIdOf(claim.msgid));
  return [...changed.values()];
}

async function insertReversal(tx: Tx, claim: Claim, reversal: Reversal, now: number): Promise<void> {
  let kind: Reversal['kind'] = reversal.kind;
  let target: string;
  if (reversal.kind === 'refund') {
    // A refund row under the id of the settlement that it gives back is that settlement's reversal.
    const own = reversal.setlId === null ? null : await settlementBySetlId(tx, reversal.setlId);
    if (own !== null && own.msgid !== claim.msgid) kind = 'settlement';
    target = own !== null && kind === 'settlement' ? (reversal.setlId ?? '') : reversal.mdtrtId;
    if (own !== null && kind === 'settlement') assertFits(claim, own);
  } else if (reversal.kind === 'settlement') {
    target = reversal.setlId;
    const settlement = await settlementBySetlId(tx, target);
    if (settlement !== null) assertFits(claim, settlement);
  } else if (reversal.kind === 'technical') {
    target = reversal.msgid;
    const { rows } = await tx.query<{ clinic_code: string }>('select clinic_code from seen_message where msgid = $1', [
      target,
    ]);
    if (rows[0] !== undefined && (rows[0].clinic_code !== claim.clinicCode || target === claim.msgid)) {
      throw new Refusal('reversal_mismatch', 'omsgid is not an earlier message of this clinic');
    }
  } else target = reversal.mdtrtId;
  await tx.query(
    `insert into claim_reversals (msgid, kind, target, clinic_code, psn_no, chrg_bchno, amount_fen, at, created_at, voided_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
       (select t.msgid from claim_reversals t where t.kind = 'technical' and t.target = $1 and t.clinic_code = $4
          and t.voided_by is null order by t.at, t.msgid limit 1))
     on conflict (msgid) do update set kind = excluded.kind, target = excluded.target, psn_no = excluded.psn_no, at = excluded.at`,
    [
      claim.msgid,
      kind,
      target,
      claim.clinicCode,
      claim.psnNo,
      reversal.kind === 'fees' ? reversal.chrgBchno : null,
      reversal.kind === 'refund' ? reversal.amountFen : null,
      ts(claim.at),
      ts(now),
    ],
  );
}

/** The platform refused the reversal after all. */
const withdrawReversal = async (tx: Tx, claim: Claim): Promise<void> => {
  await tx.query('update claim_reversals set voided_by = msgid where msgid = $1', [claim.msgid]);
};

function assertFits(claim: Claim, settlement: SettlementRow): void {
  const differs = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;
  if (settlement.clinic_code !== claim.clinicCode) {
    throw new Refusal('reversal_mismatch', 'the settlement is another clinic’s');
  }
  if (differs(settlement.psn_no, claim.psnNo))
    throw new Refusal('reversal_mismatch', 'psn_no differs from the settlement’s');
  if (differs(settlement.mdtrt_id, claim.mdtrtId)) {
    throw new Refusal('reversal_mismatch', 'mdtrt_id differs from the settlement’s');
  }
}

type Changed = Map<string, ClaimEventRef>;

/** Computes again whether what `reversalMsgid` takes back stands. */
async function renetTargetOf(tx: Tx, reversalMsgid: string, changed: Changed, step: number): Promise<void> {
  if (step > MOST_STEPS) return;
  const { rows } = await tx.query<ReversalRow>(
    'select msgid, kind, target, clinic_code, at, applied_to from claim_reversals where msgid = $1',
    [reversalMsgid],
  );
  const reversal = rows[0];
  if (!reversal) return;
  if (reversal.kind === 'technical') await renetMessage(tx, reversal.target, changed, step + 1);
  else if (reversal.kind === 'settlement') {
    const settlement = await settlementBySetlId(tx, reversal.target);
    if (settlement) await renetSettlement(tx, settlement, changed);
  } else if (reversal.kind === 'refund') await renetRefund(tx, reversal, changed);
  else if (reversal.kind === 'fees') await renetFees(tx, reversal.clinic_code, [reversal.target]);
  else await renetRegistrations(tx, reversal.clinic_code, reversal.target, changed);
}

async function renetMessage(tx: Tx, msgid: string, changed: Changed, step: number): Promise<void> {
  if (step > MOST_STEPS) return;
  const { rows } = await tx.query<{ kind: ClaimEventKind; clinic_code: string; mdtrt_id: string | null; at: number }>(
    `select e.kind, e.clinic_code, e.mdtrt_id, e.at from seen_message s
     join claim_events e on e.id = $2 and e.at = s.event_at where s.msgid = $1`,
    [msgid, eventIdOf(msgid)],
  );
  const event = rows[0];
  if (!event) return;
  if (event.kind === 'settlement') {
    const settlement = await findSettlement(tx, 's.id = $1 and s.at = $2', [settlementIdOf(msgid), ts(event.at)]);
    if (settlement) return renetSettlement(tx, settlement, changed);
  }
  if (event.kind === 'registration' && event.mdtrt_id !== null) {
    return renetRegistrations(tx, event.clinic_code, event.mdtrt_id, changed);
  }
  await renetEvent(tx, msgid, event.at, changed);
  if (event.kind === 'fee_lines') {
    const lines = await tx.query<{ mdtrt_id: string }>('select distinct mdtrt_id from fee_lines where msgid = $1', [
      msgid,
    ]);
    await renetFees(
      tx,
      event.clinic_code,
      lines.rows.map((line) => line.mdtrt_id),
    );
  }
  // A reversal that is taken back, or put in force again, changes what it took back.
  const voided = await tx.query(
    `update claim_reversals r set voided_by = (select t.msgid from claim_reversals t where t.kind = 'technical'
       and t.target = r.msgid and t.clinic_code = r.clinic_code and t.voided_by is null order by t.at, t.msgid limit 1)
     where r.msgid = $1 and r.voided_by is distinct from r.msgid`,
    [msgid],
  );
  if (voided.rowCount > 0) await renetTargetOf(tx, msgid, changed, step + 1);
}

const SETTLEMENT = 's.id, s.at, s.msgid, s.setl_id, s.mdtrt_id, s.clinic_code, s.psn_no, s.total_fen, s.reversed_by';

async function findSettlement(tx: Tx, where: string, values: readonly unknown[]): Promise<SettlementRow | null> {
  const { rows } = await tx.query<SettlementRow>(
    `select ${SETTLEMENT} from settlements s where ${where} for update`,
    values,
  );
  return rows[0] ?? null;
}

const settlementBySetlId = (tx: Tx, setlId: string): Promise<SettlementRow | null> =>
  findSettlement(tx, '(s.id, s.at) = (select k.settlement_id, k.at from settlement_key k where k.setl_id = $1)', [
    setlId,
  ]);

async function renetSettlement(tx: Tx, settlement: SettlementRow, changed: Changed): Promise<void> {
  if (settlement.reversed_by === settlement.msgid) return; // refused by the platform: it never was
  const direct = await tx.query<{ msgid: string; at: number }>(
    `select msgid, at from claim_reversals where voided_by is null and clinic_code = $1
       and ((kind = 'settlement' and target = $2 and (psn_no is null or $3::text is null or psn_no = $3))
         or (kind = 'technical' and target = $4) or (kind = 'refund' and applied_to = $5))
     order by at, msgid limit 1`,
    [settlement.clinic_code, settlement.setl_id, settlement.psn_no, settlement.msgid, settlement.id],
  );
  const reversal = direct.rows[0] ?? (await takeRefund(tx, settlement));
  if ((reversal?.msgid ?? null) === settlement.reversed_by) return;
  await tx.query('update settlements set reversed_by = $3, reversed_at = $4 where id = $1 and at = $2', [
    settlement.id,
    ts(settlement.at),
    reversal?.msgid ?? null,
    reversal ? ts(reversal.at) : null,
  ]);
  await markEvent(tx, settlement.msgid, settlement.at, reversal ?? null, changed);
}

/** A refund of this visit and sum that has not found its settlement yet. */
async function takeRefund(tx: Tx, settlement: SettlementRow): Promise<{ msgid: string; at: number } | undefined> {
  if (settlement.mdtrt_id === null || settlement.total_fen === null) return undefined;
  const { rows } = await tx.query<{ msgid: string; at: number }>(
    `update claim_reversals set applied_to = $1 where msgid = (
       select msgid from claim_reversals where kind = 'refund' and target = $2 and clinic_code = $3 and amount_fen = $4
         and applied_to is null and voided_by is null and msgid <> $5 and (psn_no is null or $6::text is null or psn_no = $6)
       order by at, msgid limit 1 for update)
     returning msgid, at`,
    [
      settlement.id,
      settlement.mdtrt_id,
      settlement.clinic_code,
      settlement.total_fen,
      settlement.msgid,
      settlement.psn_no,
    ],
  );
  return rows[0];
}

async function renetRefund(tx: Tx, refund: ReversalRow, changed: Changed): Promise<void> {
  const where =
    refund.applied_to === null
      ? `s.mdtrt_id = $1 and s.clinic_code = $2 and s.reversed_by is null`
      : `s.mdtrt_id = $1 and s.clinic_code = $2 and s.id = $3`;
  const values = [refund.target, refund.clinic_code, ...(refund.applied_to === null ? [] : [refund.applied_to])];
  const { rows } = await tx.query<SettlementRow>(
    `select ${SETTLEMENT} from settlements s where ${where} order by s.at, s.id for update`,
    values,
  );
  for (const settlement of rows) await renetSettlement(tx, settlement, changed);
}

/** Registrations of one visit: withdrawn by 2202 or by a technical reversal. */
async function renetRegistrations(tx: Tx, clinicCode: string, mdtrtId: string, changed: Changed): Promise<void> {
  const { rows } = await tx.query<{ msgid: string; at: number }>(
    `select msgid, at from claim_events where mdtrt_id = $1 and clinic_code = $2 and kind = 'registration'`,
    [mdtrtId, clinicCode],
  );
  for (const row of rows) await renetEvent(tx, row.msgid, row.at, changed, mdtrtId);
}

async function renetEvent(tx: Tx, msgid: string, at: number, changed: Changed, mdtrtId?: string): Promise<void> {
  const { rows } = await tx.query<{ msgid: string; at: number }>(
    `select r.msgid, r.at from claim_reversals r, seen_message s
     where s.msgid = $1 and r.clinic_code = s.clinic_code and r.voided_by is null
       and ((r.kind = 'technical' and r.target = $1) or (r.kind = 'registration' and r.target = $2))
     order by r.at, r.msgid limit 1`,
    [msgid, mdtrtId ?? null],
  );
  await markEvent(tx, msgid, at, rows[0] ?? null, changed);
}

async function markEvent(
  tx: Tx,
  msgid: string,
  at: number,
  reversal: { readonly msgid: string; readonly at: number } | null,
  changed: Changed,
): Promise<void> {
  const { rows } = await tx.query<ClaimEventRef>(
    `update claim_events set reversed_by = $3, reversed_at = $4
     where id = $1 and at = $2 and reversed_by is distinct from $3 and reversed_by is distinct from msgid
     returning id as "eventId", kind, at, clinic_code as "clinicCode", msgid, psn_no as "psnNo", mdtrt_id as "mdtrtId",
       setl_id as "setlId"`,
    [eventIdOf(msgid), ts(at), reversal?.msgid ?? null, reversal ? ts(reversal.at) : null],
  );
  for (const row of rows) {
    changed.set(row.eventId, { ...row, settlementId: row.kind === 'settlement' ? settlementIdOf(msgid) : null });
  }
}

/** A cancellation takes back the lines of its batch that were sent before it. */
async function renetFees(tx: Tx, clinicCode: string, mdtrtIds: readonly string[]): Promise<void> {
  await tx.query(
    `update fee_lines f set cancelled_by = want.msgid, cancelled_at = want.at
     from fee_lines l left join lateral (
       select r.msgid, r.at from claim_reversals r where r.voided_by is null and r.clinic_code = l.clinic_code
         and ((r.kind = 'fees' and r.target = l.mdtrt_id and (r.chrg_bchno is null or r.chrg_bchno = l.chrg_bchno)
             and r.at >= l.sent_at)
           or (r.kind = 'technical' and r.target = l.msgid))
       order by r.at, r.msgid limit 1) want on true
     where l.clinic_code = $1 and l.mdtrt_id = any($2) and f.id = l.id and f.at = l.at
       and f.cancelled_by is distinct from want.msgid`,
    [clinicCode, mdtrtIds],
  );
}

/** The settlement that a reversal speaks of, where it is known. */
export async function settlementOfReversal(tx: Tx, claim: Claim): Promise<string | null> {
  if (claim.kind === 'settlement') return claim.body.refused ? null : settlementIdOf(claim.msgid);
  if (claim.reversal === null) return null;
  const { rows } = await tx.query<{ id: string }>(
    `select coalesce(r.applied_to, k.settlement_id) as id from claim_reversals r
     left join settlement_key k on r.kind = 'settlement' and k.setl_id = r.target where r.msgid = $1`,
    [claim.msgid],
  );
  return rows[0]?.id ?? null;
}
