import type { ClaimEventRow, ClaimReversalRow, FeeLineRow, SettlementRow } from './rows.ts';

/**
 * What takes what back, computed from everything that is known of one circle of messages (a visit, its settlements, what
 * takes them back, and what takes that back): pure, and the same whatever the order in which the messages came. A reversal
 * that was itself reversed has never been. What the platform refused names itself as what took it back, and stays so.
 */
export interface Circle {
  readonly events: readonly EventFact[];
  readonly settlements: readonly SettlementFact[];
  readonly lines: readonly LineFact[];
  readonly reversals: readonly ClaimReversalRow[];
}

export type EventFact = Pick<
  ClaimEventRow,
  'id' | 'at' | 'msgid' | 'kind' | 'clinic_code' | 'psn_no' | 'mdtrt_id' | 'setl_id' | 'reversed_by'
>;
export type SettlementFact = Pick<
  SettlementRow,
  'id' | 'at' | 'msgid' | 'setl_id' | 'mdtrt_id' | 'clinic_code' | 'psn_no' | 'total_fen' | 'reversed_by'
>;
export type LineFact = Pick<
  FeeLineRow,
  'id' | 'at' | 'msgid' | 'clinic_code' | 'mdtrt_id' | 'chrg_bchno' | 'sent_at' | 'cancelled_by'
>;

/** By what something is taken back, and when that happened. */
export interface TakenBack {
  readonly msgid: string;
  readonly at: number;
}

/** What differs from what is stored. `by` null: it stands again. */
export interface Netted {
  readonly events: readonly { readonly event: EventFact; readonly by: TakenBack | null }[];
  readonly settlements: readonly { readonly settlement: SettlementFact; readonly by: TakenBack | null }[];
  readonly lines: readonly { readonly line: LineFact; readonly by: TakenBack | null }[];
  readonly reversals: readonly {
    readonly reversal: ClaimReversalRow;
    readonly to: Pick<ClaimReversalRow, 'kind' | 'target' | 'applied_to' | 'voided_by'>;
  }[];
}

export function net(circle: Circle): Netted {
  const voidedBy = voidersOf(circle.reversals);
  const told = new Map(circle.events.map((event) => [event.msgid, event]));
  const meant = circle.reversals.map((reversal) => asMeant(reversal, told.get(reversal.msgid), circle.settlements));
  const inForce = new ReversalsInForce(meant.filter(({ msgid }) => (voidedBy.get(msgid) ?? null) === null));
  const settled = netSettlements(circle.settlements, inForce);
  const bySettlement = new Map(circle.settlements.map((settlement) => [settlement.msgid, settlement]));

  const byOfEvent = (event: EventFact): TakenBack | null => {
    const settlement = event.kind === 'settlement' ? bySettlement.get(event.msgid) : undefined;
    if (settlement !== undefined) return settled.by.get(settlement.id) ?? null;
    const registration = event.kind === 'registration' && event.mdtrt_id !== null;
    return first([
      ...inForce.of('technical', event.clinic_code, event.msgid),
      ...(registration ? inForce.of('registration', event.clinic_code, event.mdtrt_id ?? '') : []),
    ]);
  };

  return {
    events: circle.events
      .filter((event) => event.reversed_by !== event.msgid)
      .map((event) => ({ event, by: byOfEvent(event) }))
      .filter(({ event, by }) => event.reversed_by !== (by?.msgid ?? null)),
    settlements: circle.settlements
      .filter((settlement) => settlement.reversed_by !== settlement.msgid)
      .map((settlement) => ({ settlement, by: settled.by.get(settlement.id) ?? null }))
      .filter(({ settlement, by }) => settlement.reversed_by !== (by?.msgid ?? null)),
    lines: circle.lines
      .map((line) => ({ line, by: byOfLine(line, inForce) }))
      .filter(({ line, by }) => line.cancelled_by !== (by?.msgid ?? null)),
    reversals: circle.reversals.flatMap((reversal, i) => {
      const { kind, target } = meant[i] ?? reversal;
      const to = {
        kind,
        target,
        applied_to: settled.refunded.get(reversal.msgid) ?? null,
        voided_by: voidedBy.get(reversal.msgid) ?? null,
      };
      const same =
        kind === reversal.kind &&
        target === reversal.target &&
        to.applied_to === reversal.applied_to &&
        to.voided_by === reversal.voided_by;
      return same ? [] : [{ reversal, to }];
    }),
  };
}

const order = (a: TakenBack, b: TakenBack): number => a.at - b.at || (a.msgid < b.msgid ? -1 : 1);

/** Of several that take one thing back, the first that happened. */
function first(reversals: readonly ClaimReversalRow[]): TakenBack | null {
  let found: ClaimReversalRow | null = null;
  for (const reversal of reversals) if (found === null || order(reversal, found) < 0) found = reversal;
  return found && { msgid: found.msgid, at: found.at };
}

const samePerson = (a: string | null, b: string | null): boolean => a === null || b === null || a === b;

/** A refund row under the id of the settlement that it gives back is that settlement's reversal. */
function asMeant(
  reversal: ClaimReversalRow,
  event: EventFact | undefined,
  settlements: readonly SettlementFact[],
): ClaimReversalRow {
  const setlId = event?.setl_id ?? null;
  if (reversal.kind !== 'refund' || setlId === null) return reversal;
  const own = settlements.find(
    (settlement) =>
      settlement.setl_id === setlId &&
      settlement.msgid !== reversal.msgid &&
      settlement.clinic_code === reversal.clinic_code &&
      samePerson(settlement.psn_no, reversal.psn_no) &&
      (settlement.mdtrt_id === null || settlement.mdtrt_id === reversal.target),
  );
  return own === undefined ? reversal : { ...reversal, kind: 'settlement', target: setlId };
}

/** By which message each reversal is taken back itself: msgid → msgid, or null where it is in force. */
function voidersOf(reversals: readonly ClaimReversalRow[]): ReadonlyMap<string, string | null> {
  const byMsgid = new Map(reversals.map((reversal) => [reversal.msgid, reversal]));
  const technical = new Map<string, ClaimReversalRow[]>();
  for (const reversal of reversals) {
    const target = reversal.kind === 'technical' ? byMsgid.get(reversal.target) : undefined;
    if (target === undefined || target.clinic_code !== reversal.clinic_code) continue;
    technical.set(target.msgid, [...(technical.get(target.msgid) ?? []), reversal]);
  }
  for (const voiders of technical.values()) voiders.sort(order);
  const latest = latestOfCycles(reversals, byMsgid);
  const known = new Map<string, string | null>();
  const voiderOf = (reversal: ClaimReversalRow): string | null => {
    const before = known.get(reversal.msgid);
    if (before !== undefined) return before;
    const voider =
      reversal.voided_by === reversal.msgid // refused by the platform
        ? reversal.msgid
        : ((technical.get(reversal.msgid) ?? []).find(
            (each) => latest.get(each.msgid) !== reversal.msgid && voiderOf(each) === null,
          )?.msgid ?? null);
    known.set(reversal.msgid, voider);
    return voider;
  };
  for (const reversal of reversals) voiderOf(reversal);
  return known;
}

/** Technical reversals that take each other back in a ring: for each of a ring its latest one, which none of them voids. */
function latestOfCycles(
  reversals: readonly ClaimReversalRow[],
  byMsgid: ReadonlyMap<string, ClaimReversalRow>,
): ReadonlyMap<string, string> {
  const latest = new Map<string, string>();
  const done = new Set<string>();
  for (const start of reversals) {
    const path: ClaimReversalRow[] = [];
    let at: ClaimReversalRow | undefined = start;
    while (at?.kind === 'technical' && !done.has(at.msgid)) {
      done.add(at.msgid);
      path.push(at);
      at = byMsgid.get(at.target);
    }
    const ringFrom = at === undefined ? -1 : path.indexOf(at);
    if (ringFrom < 0) continue;
    const ring = path.slice(ringFrom);
    const last = [...ring].sort(order).at(-1);
    if (last) for (const each of ring) latest.set(each.msgid, last.msgid);
  }
  return latest;
}

/** Reversals that are in force, by what they speak of. */
class ReversalsInForce {
  readonly #byTarget = new Map<string, ClaimReversalRow[]>();

  constructor(reversals: readonly ClaimReversalRow[]) {
    for (const reversal of [...reversals].sort(order)) {
      const key = `${reversal.kind}|${reversal.clinic_code}|${reversal.target}`;
      const list = this.#byTarget.get(key);
      if (list) list.push(reversal);
      else this.#byTarget.set(key, [reversal]);
    }
  }

  /** In order. */
  of(kind: ClaimReversalRow['kind'], clinicCode: string, target: string): readonly ClaimReversalRow[] {
    return this.#byTarget.get(`${kind}|${clinicCode}|${target}`) ?? [];
  }
}

/** Which settlements are taken back, and which refund found which settlement: each gives back one, and each is given back once. */
function netSettlements(
  settlements: readonly SettlementFact[],
  inForce: ReversalsInForce,
): { readonly by: ReadonlyMap<string, TakenBack>; readonly refunded: ReadonlyMap<string, string> } {
  const by = new Map<string, TakenBack>();
  const refunded = new Map<string, string>();
  const inOrder = [...settlements].sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
  for (const settlement of inOrder) {
    if (settlement.reversed_by === settlement.msgid) continue; // refused by the platform: it never was
    const { clinic_code: clinic, setl_id: setlId, mdtrt_id: mdtrtId } = settlement;
    const named = setlId === null ? [] : inForce.of('settlement', clinic, setlId);
    const direct = first([
      ...named.filter((reversal) => samePerson(reversal.psn_no, settlement.psn_no)),
      ...inForce.of('technical', clinic, settlement.msgid),
    ]);
    const refund =
      direct !== null || mdtrtId === null || settlement.total_fen === null
        ? undefined
        : inForce
            .of('refund', clinic, mdtrtId)
            .find(
              (each) =>
                !refunded.has(each.msgid) &&
                each.amount_fen === settlement.total_fen &&
                each.msgid !== settlement.msgid &&
                samePerson(each.psn_no, settlement.psn_no),
            );
    if (refund) refunded.set(refund.msgid, settlement.id);
    const taken = direct ?? (refund ? { msgid: refund.msgid, at: refund.at } : null);
    if (taken) by.set(settlement.id, taken);
  }
  return { by, refunded };
}

/** A cancellation takes back the lines of its batch that were sent before it. */
const byOfLine = (line: LineFact, inForce: ReversalsInForce): TakenBack | null =>
  first([
    ...inForce
      .of('fees', line.clinic_code, line.mdtrt_id)
      .filter(
        (reversal) =>
          (reversal.chrg_bchno === null || reversal.chrg_bchno === line.chrg_bchno) && reversal.at >= line.sent_at,
      ),
    ...inForce.of('technical', line.clinic_code, line.msgid),
  ]);
