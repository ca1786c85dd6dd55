/**
 * Pure: what the heartbeats of a camera that pushes captures promise.
 *
 * A heartbeat says that the device has power and a network. It does not say that it sees: a lens may be covered, the capture
 * function may be off. So it counts as `ok` only while the device also proves itself by captures now and then, and else as
 * `unknown`, which covers nothing. What it has seen it may still keep: until it has been in contact for a while without a
 * break, and sends nothing old any more, its watermark stands still.
 */
export interface Contact {
  /** Newest heartbeat; null: it has never sent one. All times true time, epoch ms. */
  readonly beatAt: number | null;
  readonly contactSince: number | null;
  /** When the newest capture with a face came. */
  readonly capturedAt: number | null;
  /** When a capture last came that was old already. */
  readonly lateAt: number | null;
  /** When the oldest capture came that nobody has looked at; null: none waits. */
  readonly waitingSince: number | null;
}

export interface ContactLimits {
  readonly breakMs: number;
  /** A capture proves for so long that the device sees. */
  readonly trustMs: number;
  /** In contact for less, or with late captures since, it may have more of them. */
  readonly emptyingMs: number;
  /** A capture takes so long at most from the shutter to us. */
  readonly settleMs: number;
}

export const DEFAULT_CONTACT_LIMITS: ContactLimits = {
  breakMs: 180_000,
  trustMs: 24 * 3_600_000,
  emptyingMs: 10 * 60_000,
  settleMs: 60_000,
};

export interface Promised {
  readonly state: 'ok' | 'offline' | 'unknown';
  /** Since when, true time. */
  readonly from: number;
  readonly reason: 'no_heartbeat' | 'heartbeat_only' | null;
  /** Everything seen before this has been stored, true time; null: nothing new can be promised. */
  readonly until: number | null;
}

/** @returns null while nothing can be said: it has never sent a heartbeat */
export function promiseOf(
  contact: Contact,
  now: number,
  limits: ContactLimits = DEFAULT_CONTACT_LIMITS,
): Promised | null {
  const { beatAt, contactSince, capturedAt, lateAt, waitingSince } = contact;
  if (beatAt === null) return null;
  if (now - beatAt > limits.breakMs) return { state: 'offline', from: beatAt, reason: 'no_heartbeat', until: null };
  const since = contactSince ?? beatAt;
  const emptied = now - since >= limits.emptyingMs && (lateAt === null || now - lateAt >= limits.emptyingMs);
  const until = emptied ? Math.min(beatAt, waitingSince ?? beatAt) - limits.settleMs : null;
  if (capturedAt === null) return { state: 'unknown', from: since, reason: 'heartbeat_only', until };
  if (now - capturedAt > limits.trustMs)
    return { state: 'unknown', from: Math.max(since, capturedAt + limits.trustMs), reason: 'heartbeat_only', until };
  return { state: 'ok', from: since, reason: null, until };
}

export interface ClockSample {
  readonly deviceAt: number;
  readonly receivedAt: number;
}

/** Samples count as one clock when they agree to this. */
const AGREE_MS = 3_000;
const APART_MS = 60_000;
/** Most of what a capture takes from the shutter to us. */
const LATENCY_MS = 2_000;

/**
 * Device less true time by when captures came; null: nobody can tell yet. One that comes late makes the clock look slow,
 * and a store being emptied sends many at once: so two must agree that came a minute apart or more, of which the newest
 * is one.
 * @param samples newest first
 */
export function offsetFromArrivals(
  samples: readonly ClockSample[],
): { readonly offsetMs: number; readonly uncertaintyMs: number } | null {
  const [newest, ...before] = samples;
  if (newest === undefined) return null;
  const offsetOf = ({ deviceAt, receivedAt }: ClockSample): number => deviceAt - receivedAt;
  const witness = before.find(
    (sample) =>
      newest.receivedAt - sample.receivedAt >= APART_MS && Math.abs(offsetOf(sample) - offsetOf(newest)) <= AGREE_MS,
  );
  if (witness === undefined) return null;
  const offset = Math.max(offsetOf(newest), offsetOf(witness));
  return { offsetMs: Math.round(offset + LATENCY_MS / 2), uncertaintyMs: 5_000 };
}

/** Whether a capture was old when it came. @param offsetMs device less true time; null: unknown, then it is not called old */
export const isLate = (sample: ClockSample, offsetMs: number | null): boolean =>
  offsetMs !== null && sample.receivedAt - (sample.deviceAt - offsetMs) > 120_000;
