import type { Note } from './claim.ts';
import type { ClaimEventKind } from './event-kinds.ts';
import type { Envelope } from './message.ts';
import type { Node } from './nodes.ts';
import { Refusal } from './refusal.ts';
import type { Moment } from './value.ts';

const DAY_MS = 86_400_000;
/** The national platform and its codes are younger than this. */
const EARLIEST = Date.parse('2015-01-01T00:00:00Z');
/** A clock may be a time zone ahead; nothing happens later than a day from now. */
const AHEAD_MS = DAY_MS;
/** Up to here the clinic's own time stands; beyond it the platform's is nearer to the truth. */
const CLOCK_TOLERANCE_MS = 120_000;

export interface EventTime {
  readonly at: number;
  readonly offsetMin: number;
  readonly infAt: number | null;
  readonly infOffsetMin: number | null;
  /** Clinic's clock minus platform's. */
  readonly clockErrorMs: number | null;
}

/**
 * When it happened: a settlement by the platform's `setl_time`; anything else by the clinic's `inf_time`, or by the
 * platform's `refmsg_time` where the clinic's clock is off. A clinic's lying clock spoils no message whose moment is
 * known otherwise: from the platform, or, for a hook that asks as it happens, from its arrival. Both are noted.
 * What is stored only needs no better moment than its arrival.
 * @throws Refusal `impossible_time` when no believable moment is known
 */
export function resolveTime(from: {
  readonly envelope: Envelope;
  readonly answer: Node | null;
  readonly told: Node | undefined;
  readonly kind: ClaimEventKind | null;
  readonly context: { readonly receivedAt: number; readonly mode: 'mirror' | 'hook' };
  readonly notes: Note[];
}): EventTime {
  const { receivedAt, mode } = from.context;
  const believable = (moment: Moment | undefined): Moment | undefined =>
    moment && moment.ms >= EARLIEST && moment.ms <= receivedAt + AHEAD_MS ? moment : undefined;
  const inf = from.envelope.node.moments.get('inf_time');
  const clinic = believable(inf);
  const platform = believable(from.answer?.moments.get('refmsg_time'));
  const settled = from.kind === 'settlement' ? believable(from.told?.moments.get('setl_time')) : undefined;
  const off = clinic && platform ? clinic.ms - platform.ms : null;
  if (!clinic || (off !== null && Math.abs(off) > CLOCK_TOLERANCE_MS))
    from.notes.push({ code: 'clock_off', field: 'inf_time' });
  if (settled?.dayOnly) from.notes.push({ code: 'no_time_of_day', field: 'setl_time' });
  const chosen =
    (settled?.dayOnly ? undefined : settled) ??
    (off !== null && Math.abs(off) > CLOCK_TOLERANCE_MS ? platform : (clinic ?? platform)) ??
    settled ??
    (mode === 'hook' || from.kind === null ? { ms: receivedAt, offsetMin: 0 } : undefined);
  if (!chosen) throw new Refusal('impossible_time', 'inf_time is missing or cannot be, and the response tells no time');
  return {
    at: chosen.ms,
    offsetMin: chosen.offsetMin,
    infAt: inf?.ms ?? null,
    infOffsetMin: inf?.offsetMin ?? null,
    clockErrorMs: off,
  };
}
