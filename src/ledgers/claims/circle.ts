import type { Claim } from './claim.ts';
import type { ClaimReversalRow } from './rows.ts';
import type { CircleKeys, CircleRows, ClaimStore } from './store.ts';

export type { CircleKeys } from './store.ts';

/** Names that a message speaks of: by them it hangs together with others. */
export function keysOf(claim: Claim): CircleKeys {
  const msgids = new Set([claim.msgid]);
  const mdtrtIds = new Set(claim.feeLines.map((line) => line.mdtrtId));
  if (claim.mdtrtId !== null) mdtrtIds.add(claim.mdtrtId);
  if (claim.reversal?.kind === 'technical') msgids.add(claim.reversal.msgid);
  return { clinicCode: claim.clinicCode, msgids: [...msgids], setlIds: setlIdsOf(claim), mdtrtIds: [...mdtrtIds] };
}

export function setlIdsOf(claim: Claim): string[] {
  const setlIds = claim.setlId === null ? [] : [claim.setlId];
  const reversed = claim.reversal?.kind === 'settlement' ? claim.reversal.setlId : null;
  if (reversed !== null && reversed !== claim.setlId) setlIds.push(reversed);
  return setlIds;
}

/** Under what a reversal may speak of this message. */
export function targetsOf(claim: Claim): string[] {
  const targets = [claim.msgid];
  const add = (target: string | null): void => {
    if (target !== null && !targets.includes(target)) targets.push(target);
  };
  add(claim.setlId);
  add(claim.mdtrtId);
  let previous: string | null = null;
  for (const { mdtrtId } of claim.feeLines) {
    if (mdtrtId !== previous) add(mdtrtId);
    previous = mdtrtId;
  }
  return targets;
}

/** Locks keep a message and what takes it back from passing each other unseen. In order, so that nobody waits in a ring. */
export const locksOf = (keys: CircleKeys, more: readonly string[] = []): string[] =>
  [
    ...new Set([
      ...keys.msgids.map((msgid) => `message:${msgid}`),
      ...keys.setlIds.map((setlId) => `settlement:${setlId}`),
      ...keys.mdtrtIds.map((mdtrtId) => `visit:${keys.clinicCode}:${mdtrtId}`),
      ...more,
    ]),
  ].sort();

/** More must be locked than was, and somebody has some of it: the transaction begins again and locks all at once. */
export class MoreLocksNeeded extends Error {
  override readonly name = 'MoreLocksNeeded';

  constructor(readonly locks: readonly string[]) {
    super('more locks are needed');
  }
}

/** A chain of reversals of reversals is followed so far. */
const MOST_STEPS = 8;

/** Everything that hangs together with one message, and the names by which it does. */
export interface WholeCircle extends CircleRows {
  readonly keys: CircleKeys;
}

/**
 * Reads all that hangs together with a message, of which `held` are locked, and locks what else it finds by name. Whoever
 * changes something of a circle holds its visits, its settlements and the messages that technical reversals name, so
 * that two never change it at once.
 * @throws MoreLocksNeeded
 */
export async function wholeCircle(store: ClaimStore, keys: CircleKeys, held: readonly string[]): Promise<WholeCircle> {
  const locked = new Set(held);
  let from = keys;
  for (;;) {
    const circle = await follow(store, from);
    const technical = circle.reversals.filter((reversal) => reversal.kind === 'technical');
    const more = locksOf({ ...circle.keys, msgids: technical.map((reversal) => reversal.target) }).filter(
      (lock) => !locked.has(lock),
    );
    if (more.length === 0) return circle;
    for (const lock of more) locked.add(lock);
    if (!(await store.tryLock(more))) throw new MoreLocksNeeded([...locked]);
    // Asked again: until now somebody else may have been at it.
    from = circle.keys;
  }
}

async function follow(store: ClaimStore, from: CircleKeys): Promise<WholeCircle> {
  const { clinicCode } = from;
  const asked = { msgids: new Set<string>(), setlIds: new Set<string>(), mdtrtIds: new Set<string>() };
  const seen = new Map<string, CircleRows['seen'][number]>();
  const events = new Map<string, CircleRows['events'][number]>();
  const settlements = new Map<string, CircleRows['settlements'][number]>();
  const lines = new Map<string, CircleRows['lines'][number]>();
  const reversals = new Map<string, ClaimReversalRow>();
  let next: CircleKeys = from;
  for (let step = 0; step < MOST_STEPS; step++) {
    for (const msgid of next.msgids) asked.msgids.add(msgid);
    for (const setlId of next.setlIds) asked.setlIds.add(setlId);
    for (const mdtrtId of next.mdtrtIds) asked.mdtrtIds.add(mdtrtId);
    const rows = await store.circle(next);
    for (const row of rows.seen) seen.set(row.msgid, row);
    for (const row of rows.events) events.set(row.msgid, row);
    for (const row of rows.settlements) settlements.set(row.id, row);
    for (const row of rows.lines) lines.set(row.id, row);
    for (const row of rows.reversals) reversals.set(row.msgid, row);
    next = beyond(rows, clinicCode, asked);
    if (next.msgids.length + next.setlIds.length + next.mdtrtIds.length === 0) break;
  }
  return {
    keys: {
      clinicCode,
      msgids: [...asked.msgids],
      setlIds: [...asked.setlIds],
      mdtrtIds: [...asked.mdtrtIds],
    },
    seen: [...seen.values()],
    events: [...events.values()],
    settlements: [...settlements.values()],
    lines: [...lines.values()],
    reversals: [...reversals.values()],
  };
}

/** Names in rows of this clinic that have not been asked for. */
function beyond(
  rows: CircleRows,
  clinicCode: string,
  asked: {
    readonly msgids: ReadonlySet<string>;
    readonly setlIds: ReadonlySet<string>;
    readonly mdtrtIds: ReadonlySet<string>;
  },
): CircleKeys {
  const msgids = new Set<string>();
  const setlIds = new Set<string>();
  const mdtrtIds = new Set<string>();
  const own = <Row extends { readonly clinic_code: string }>(all: readonly Row[]): Row[] =>
    all.filter((row) => row.clinic_code === clinicCode);
  for (const event of own(rows.events)) {
    msgids.add(event.msgid);
    if (event.kind === 'registration' && event.mdtrt_id !== null) mdtrtIds.add(event.mdtrt_id);
  }
  for (const settlement of own(rows.settlements)) {
    msgids.add(settlement.msgid);
    if (settlement.setl_id !== null) setlIds.add(settlement.setl_id);
    if (settlement.mdtrt_id !== null) mdtrtIds.add(settlement.mdtrt_id);
  }
  for (const line of own(rows.lines)) {
    msgids.add(line.msgid);
    mdtrtIds.add(line.mdtrt_id);
  }
  for (const reversal of rows.reversals) {
    msgids.add(reversal.msgid);
    const names = reversal.kind === 'technical' ? msgids : reversal.kind === 'settlement' ? setlIds : mdtrtIds;
    names.add(reversal.target);
  }
  const fresh = (names: ReadonlySet<string>, known: ReadonlySet<string>): string[] =>
    [...names].filter((name) => !known.has(name));
  return {
    clinicCode,
    msgids: fresh(msgids, asked.msgids),
    setlIds: fresh(setlIds, asked.setlIds),
    mdtrtIds: fresh(mdtrtIds, asked.mdtrtIds),
  };
}
