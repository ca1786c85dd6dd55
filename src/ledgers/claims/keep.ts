import { keysOf, locksOf, setlIdsOf, targetsOf, type WholeCircle, wholeCircle } from './circle.ts';
import type { Claim } from './claim.ts';
import { type ClaimEventRef, claimEventTopic, claimStatementTopic } from './claims.topics.ts';
import { type Circle, type EventFact, type Netted, net, type SettlementFact, type TakenBack } from './netting.ts';
import {
  claimEventRow,
  claimMessageRow,
  claimReversalRow,
  claimStatementRow,
  eventIdOf,
  feeLineRows,
  type MessageRecord,
  seenMessageRow,
  settlementIdOf,
  settlementRow,
} from './record.ts';
import { Refusal } from './refusal.ts';
import type { ClaimEventRow, ClaimReversalRow, FeeLineRow, SettlementRow } from './rows.ts';
import type { ClaimStore, Known } from './store.ts';
import {
  claimEventsTable,
  claimMessagesTable,
  claimReversalsTable,
  claimStatementsTable,
  feeLinesTable,
  seenMessagesTable,
  settlementKeysTable,
  settlementsTable,
} from './tables.ts';

export interface Kept {
  readonly outcome: 'accepted' | 'duplicate';
  /** null: a message that is stored only. */
  readonly event: ClaimEventRef | null;
}

/** What a message itself brings to the ledger. */
interface Own {
  readonly event: ClaimEventRow | null;
  readonly settlement: SettlementRow | null;
  readonly lines: readonly FeeLineRow[];
  readonly reversal: ClaimReversalRow | null;
}

const NOTHING: Netted = { events: [], settlements: [], lines: [], reversals: [] };

/**
 * One understood message, stored, completed by its response, or found again: the same for a living installation and for
 * bulk work. Every refusal is raised before the first write. The caller flushes the store.
 * @throws Refusal `msgid_conflict`, `setl_id_conflict`, `reversal_mismatch`; MoreLocksNeeded: to be called again in a new
 * transaction, with its `locks`
 */
export async function keepMessage(
  store: ClaimStore,
  record: MessageRecord,
  options: { readonly now: number; readonly locks?: readonly string[] },
): Promise<Kept> {
  const { claim } = record;
  const { now } = options;
  const locks = (): string[] => locksOf(keysOf(claim), options.locks);
  await store.lock(locks);
  const known = await store.known({
    msgid: claim.msgid,
    clinicCode: claim.clinicCode,
    targets: targetsOf(claim),
    setlIds: setlIdsOf(claim),
  });
  const before = known.reversals.find((reversal) => reversal.msgid === claim.msgid) ?? null;
  if (known.seen !== null && !completes(record, known.seen)) {
    return { outcome: 'duplicate', event: eventRefOf(claim, settlementOf(claim, before, known)) };
  }
  const drafted = draft(record, now);
  assertFree(drafted.settlement, known);
  // Most messages are never taken back.
  const mayChange = claim.reversal !== null || known.reversals.length > 0;
  const concerned = claim.kind !== null && (known.seen !== null || (mayChange && !claim.body.refused));
  const circle = concerned ? await wholeCircle(store, keysOf(claim), locks()) : null;
  if (circle !== null && !claim.body.refused) assertFits(claim, circle);
  const own = circle === null ? drafted : continued(drafted, claim, circle);
  const netted = circle === null ? NOTHING : net(joined(own, claim, circle));
  const mine = settled(own, netted);
  if (known.seen === null) writeNew(store, record, mine, known);
  else writeCompleted(store, record, mine, { circle, known, seen: known.seen, now });
  writeOthers(store, claim, netted);
  const statement = claimStatementRow(record);
  // Totals are told by the request, which was there before its response.
  if (statement !== null && (known.seen === null || statement.settlements === null)) {
    store.insert(claimStatementsTable, statement);
    const payload = { msgid: claim.msgid, clinicCode: claim.clinicCode };
    await store.tell(claimStatementTopic, [{ payload, options: { dedupeKey: claim.msgid } }]);
  }
  const event = eventRefOf(claim, settlementOf(claim, mine.reversal ?? before, known));
  const changed = netted.events.filter((each) => each.event.msgid !== claim.msgid).map((each) => refOfFact(each.event));
  const refs = event === null ? changed : [event, ...changed];
  if (refs.length > 0) {
    await store.tell(
      claimEventTopic,
      refs.map((payload) => ({ payload, options: { dedupeKey: payload.eventId } })),
    );
  }
  return { outcome: 'accepted', event };
}

/** @returns whether the record brings the response that was awaited. @throws Refusal `msgid_conflict` */
function completes(record: MessageRecord, seen: NonNullable<Known['seen']>): boolean {
  if (!record.requestHash.equals(seen.request_hash)) throw new Refusal('msgid_conflict', 'the request differs');
  if (record.responseHash === null) return false;
  if (seen.response_hash === null) return true;
  if (!record.responseHash.equals(seen.response_hash)) throw new Refusal('msgid_conflict', 'the response differs');
  return false;
}

const draft = ({ claim, receivedAt }: MessageRecord, now: number): Own => ({
  event: claimEventRow(claim, receivedAt),
  settlement: settlementRow(claim, receivedAt),
  lines: feeLineRows(claim),
  reversal: claim.body.refused ? null : claimReversalRow(claim, now),
});

/** @throws Refusal `setl_id_conflict` when another message settled under this id */
function assertFree(settlement: SettlementRow | null, { settlementKeys }: Known): void {
  if (settlement === null || settlement.setl_id === null) return;
  const key = settlementKeys.find((each) => each.setl_id === settlement.setl_id);
  if (key !== undefined && key.settlement_id !== settlement.id) {
    throw new Refusal('setl_id_conflict', 'another message settled under this setl_id');
  }
}

/** Nobody takes back what is another clinic's, another person's or another visit's. @throws Refusal `reversal_mismatch` */
function assertFits(claim: Claim, circle: WholeCircle): void {
  const { reversal } = claim;
  if (reversal === null) return;
  if (reversal.kind === 'technical') {
    const target = circle.seen.find((seen) => seen.msgid === reversal.msgid);
    if (reversal.msgid === claim.msgid || (target !== undefined && target.clinic_code !== claim.clinicCode)) {
      throw new Refusal('reversal_mismatch', 'omsgid is not an earlier message of this clinic');
    }
  }
  const setlId = reversal.kind === 'settlement' || reversal.kind === 'refund' ? reversal.setlId : null;
  if (setlId === null) return;
  const settlement = circle.settlements.find((each) => each.setl_id === setlId);
  if (settlement === undefined || (reversal.kind === 'refund' && settlement.msgid === claim.msgid)) return;
  const differs = (a: string | null, b: string | null): boolean => a !== null && b !== null && a !== b;
  if (settlement.clinic_code !== claim.clinicCode)
    throw new Refusal('reversal_mismatch', 'the settlement is another clinic’s');
  if (differs(settlement.psn_no, claim.psnNo))
    throw new Refusal('reversal_mismatch', 'psn_no differs from the settlement’s');
  if (differs(settlement.mdtrt_id, claim.mdtrtId))
    throw new Refusal('reversal_mismatch', 'mdtrt_id differs from the settlement’s');
}

/** A reversal that is known already keeps its beginning; one that the platform refused after all is void by itself. */
function continued(own: Own, claim: Claim, circle: WholeCircle): Own {
  const before = circle.reversals.find((each) => each.msgid === claim.msgid);
  if (before === undefined) return own;
  if (own.reversal !== null) return { ...own, reversal: { ...own.reversal, created_at: before.created_at } };
  return claim.reversal === null ? own : { ...own, reversal: { ...before, voided_by: claim.msgid } };
}

/** The circle as it is with this message, of its clinic's rows only. */
function joined(own: Own, claim: Claim, circle: WholeCircle): Circle {
  const others = <Row extends { readonly msgid: string; readonly clinic_code: string }>(rows: readonly Row[]): Row[] =>
    rows.filter((row) => row.msgid !== claim.msgid && row.clinic_code === claim.clinicCode);
  const withdrawn = own.settlement === null ? withdrawnBy(claim, circle) : undefined;
  return {
    events: [...others(circle.events), ...(own.event ? [own.event] : [])],
    settlements: [
      ...others(circle.settlements),
      ...(own.settlement ? [own.settlement] : []),
      ...(withdrawn ? [{ ...withdrawn, reversed_by: claim.msgid }] : []),
    ],
    lines: [...others(circle.lines), ...own.lines],
    reversals: [...others(circle.reversals), ...(own.reversal ? [own.reversal] : [])],
  };
}

/** A settlement that stood while its answer was awaited, and that the platform then refused or told to be a refund, never was. */
const withdrawnBy = (claim: Claim, circle: WholeCircle): SettlementFact | undefined =>
  circle.settlements.find((settlement) => settlement.msgid === claim.msgid);

/** What the message brings, with what it is taken back by. */
function settled(own: Own, netted: Netted): Own {
  const event = own.event && netted.events.find((each) => each.event.msgid === own.event?.msgid);
  const settlement = own.settlement && netted.settlements.find((each) => each.settlement.id === own.settlement?.id);
  const reversal = own.reversal && netted.reversals.find((each) => each.reversal.msgid === own.reversal?.msgid);
  const lines = new Map(netted.lines.map((each) => [each.line.id, each.by]));
  return {
    event: own.event && (event ? { ...own.event, ...reversedBy(event.by) } : own.event),
    settlement: own.settlement && (settlement ? { ...own.settlement, ...reversedBy(settlement.by) } : own.settlement),
    lines: lines.size === 0 ? own.lines : own.lines.map((line) => ({ ...line, ...cancelledBy(lines.get(line.id)) })),
    reversal: own.reversal && (reversal ? { ...own.reversal, ...reversal.to } : own.reversal),
  };
}

const reversedBy = (by: TakenBack | null) => ({ reversed_by: by?.msgid ?? null, reversed_at: by?.at ?? null });
const cancelledBy = (by: TakenBack | null | undefined) => ({
  cancelled_by: by?.msgid ?? null,
  cancelled_at: by?.at ?? null,
});

function writeNew(store: ClaimStore, record: MessageRecord, own: Own, known: Known): void {
  const { receivedAt, responseEnc } = record;
  store.insert(seenMessagesTable, seenMessageRow(record));
  store.insert(
    claimMessagesTable,
    claimMessageRow(record, { receivedAt, respondedAt: responseEnc === null ? null : receivedAt }),
  );
  if (own.event) store.insert(claimEventsTable, own.event);
  if (own.settlement) {
    store.insert(settlementsTable, own.settlement);
    writeKey(store, own.settlement, known);
  }
  for (const line of own.lines) store.insert(feeLinesTable, line);
  if (own.reversal) store.insert(claimReversalsTable, own.reversal);
}

function writeKey(store: ClaimStore, settlement: SettlementRow, known: Known): void {
  const { id, setl_id: setlId, clinic_code, at } = settlement;
  if (setlId === null) return;
  const key = known.settlementKeys.find((each) => each.setl_id === setlId);
  if (key === undefined) store.insert(settlementKeysTable, { setl_id: setlId, settlement_id: id, clinic_code, at });
  else if (key.at !== at) store.change(settlementKeysTable, { setl_id: setlId }, { at });
}

/** The response came later: the same message now says more, and perhaps another time. */
function writeCompleted(
  store: ClaimStore,
  record: MessageRecord,
  own: Own,
  from: {
    readonly circle: WholeCircle | null;
    readonly known: Known;
    readonly seen: NonNullable<Known['seen']>;
    readonly now: number;
  },
): void {
  const { claim } = record;
  const { seen, circle, known } = from;
  const { msgid } = claim;
  store.change(seenMessagesTable, { msgid }, { response_hash: record.responseHash, event_at: own.event?.at ?? null });
  store.rewrite(claimMessagesTable, claimMessageRow(record, { receivedAt: seen.received_at, respondedAt: from.now }), [
    'response_enc',
    'responded_at',
  ]);
  const event = circle?.events.find((each) => each.msgid === msgid);
  if (own.event && event) {
    const { id: _id, message_received_at: _first, created_at: _created, ...told } = own.event;
    store.change(claimEventsTable, { id: event.id, at: event.at }, told);
  } else if (own.event) store.insert(claimEventsTable, own.event);
  const settlement = circle?.settlements.find((each) => each.msgid === msgid);
  if (own.settlement) {
    const { id, received_at: _first, ...told } = own.settlement;
    if (settlement) store.change(settlementsTable, { id, at: settlement.at }, told);
    else store.insert(settlementsTable, own.settlement);
    writeKey(store, own.settlement, known);
  } else if (settlement) {
    const { id, at } = settlement;
    store.change(settlementsTable, { id, at }, { reversed_by: msgid, reversed_at: claim.at });
  }
  for (const { id, at } of circle?.lines.filter((line) => line.msgid === msgid) ?? []) {
    store.remove(feeLinesTable, { id, at });
  }
  for (const line of own.lines) store.insert(feeLinesTable, line);
  const reversal = known.reversals.some((each) => each.msgid === msgid);
  if (own.reversal && reversal) store.change(claimReversalsTable, { msgid }, own.reversal);
  else if (own.reversal) store.insert(claimReversalsTable, own.reversal);
  else if (reversal) store.remove(claimReversalsTable, { msgid });
}

/** What this message changes of others. */
function writeOthers(store: ClaimStore, claim: Claim, netted: Netted): void {
  const { msgid } = claim;
  for (const { settlement, by } of netted.settlements) {
    if (settlement.msgid !== msgid)
      store.change(settlementsTable, { id: settlement.id, at: settlement.at }, reversedBy(by));
  }
  for (const { event, by } of netted.events) {
    if (event.msgid !== msgid) store.change(claimEventsTable, { id: event.id, at: event.at }, reversedBy(by));
  }
  for (const { line, by } of netted.lines) {
    if (line.msgid !== msgid) store.change(feeLinesTable, { id: line.id, at: line.at }, cancelledBy(by));
  }
  for (const { reversal, to } of netted.reversals) {
    if (reversal.msgid !== msgid) store.change(claimReversalsTable, { msgid: reversal.msgid }, to);
  }
}

/** The settlement that a message speaks of, where it is known. */
function settlementOf(claim: Claim, reversal: ClaimReversalRow | null, known: Known): string | null {
  if (claim.kind === 'settlement') return claim.body.refused ? null : settlementIdOf(claim.msgid);
  if (claim.reversal === null || reversal === null) return null;
  if (reversal.applied_to !== null) return reversal.applied_to;
  if (reversal.kind !== 'settlement') return null;
  return known.settlementKeys.find((key) => key.setl_id === reversal.target)?.settlement_id ?? null;
}

const eventRefOf = (claim: Claim, settlementId: string | null): ClaimEventRef | null =>
  claim.kind === null
    ? null
    : {
        eventId: eventIdOf(claim.msgid),
        kind: claim.kind,
        at: claim.at,
        clinicCode: claim.clinicCode,
        msgid: claim.msgid,
        psnNo: claim.psnNo,
        mdtrtId: claim.mdtrtId,
        setlId: claim.setlId,
        settlementId,
      };

const refOfFact = (event: EventFact): ClaimEventRef => ({
  eventId: event.id,
  kind: event.kind,
  at: event.at,
  clinicCode: event.clinic_code,
  msgid: event.msgid,
  psnNo: event.psn_no,
  mdtrtId: event.mdtrt_id,
  setlId: event.setl_id,
  settlementId: event.kind === 'settlement' ? settlementIdOf(event.msgid) : null,
});
