/** What a camera's pictures say about the camera. `unknown` is what nobody watched. */
export type CameraState = 'ok' | 'offline' | 'dark' | 'frozen';

export interface StateInterval {
  readonly state: CameraState;
  readonly from: number;
  /** Null: until the next one. */
  readonly to: number | null;
  readonly reason: string;
}

export interface HealthLimits {
  /** Dark: this share of the picture … */
  readonly darkShare: number;
  /** … is darker than this (video luma, 16 is black), */
  readonly darkBelow: number;
  /** and it is light again above this. */
  readonly lightAbove: number;
  /** Frozen: the mean change against a picture seconds older stays under this. Sensor noise survives any encoder's keyframes with more. */
  readonly frozenBelow: number;
  readonly darkAfterMs: number;
  /** Long, because an encoder may send a quiet room without noise for a while. */
  readonly frozenAfterMs: number;
  readonly offlineAfterMs: number;
  /** A state is left after this long without its sign. */
  readonly okAfterMs: number;
}

export const DEFAULT_HEALTH_LIMITS: HealthLimits = {
  darkShare: 0.95,
  darkBelow: 50,
  lightAbove: 60,
  frozenBelow: 0.3,
  darkAfterMs: 10_000,
  frozenAfterMs: 60_000,
  offlineAfterMs: 5_000,
  okAfterMs: 2_000,
};

export interface HealthMonitor {
  /** @param grid block means of the luma @param samples single luma values, always the same places */
  frame(at: number, grid: Float32Array, samples: Uint8Array): StateInterval[];
  /** There has been no picture since `since`. */
  silent(at: number, since: number, reason: string): StateInterval[];
  readonly state: CameraState | null;
  /** The moment from which the state is in doubt: nothing may be promised beyond it. Null: no doubt. */
  readonly doubtFrom: number | null;
}

const COMPARE_WITH_OLDER_MS = 8_000;
const KEEP_SAMPLES_EVERY_MS = 2_000;
/** Shorter stillness is no sign of anything. */
const STILL_DOUBT_MS = 5_000;

const REASONS: Readonly<Record<CameraState, string>> = {
  ok: 'picture',
  offline: 'no picture',
  dark: 'the picture is dark',
  frozen: 'the picture does not change, not even by noise',
};

/**
 * Follows the state with hysteresis. Each answer lists the intervals that changed: the one that ended (with `to`) and the
 * one that began (`to` null). A state begins where its first sign was, not where it was believed.
 */
export function createHealthMonitor(
  options: {
    readonly limits?: HealthLimits;
    readonly initial?: { readonly state: CameraState; readonly from: number };
  } = {},
): HealthMonitor {
  const limits = options.limits ?? DEFAULT_HEALTH_LIMITS;
  let current: { state: CameraState; from: number; reason: string } | null = options.initial
    ? { ...options.initial, reason: REASONS[options.initial.state] }
    : null;
  let candidate: { state: CameraState; from: number } | null = null;
  let older: { at: number; samples: Uint8Array }[] = [];
  let stillSince: number | null = null;
  let lastFrameAt: number | null = null;

  const change = (state: CameraState, from: number, reason: string): StateInterval[] => {
    const begins = { state, from: current ? Math.max(from, current.from + 1) : from, reason };
    const ended: StateInterval[] = current ? [{ ...current, to: begins.from }] : [];
    current = begins;
    candidate = null;
    return [...ended, { ...begins, to: null }];
  };
  const afterMs = (state: CameraState): number =>
    ({ ok: limits.okAfterMs, dark: limits.darkAfterMs, frozen: limits.frozenAfterMs, offline: limits.offlineAfterMs })[
      state
    ];

  const observe = (at: number, sign: CameraState, from: number, reason: string): StateInterval[] => {
    if (current?.state === sign) {
      candidate = null;
      return [];
    }
    if (candidate?.state !== sign) candidate = { state: sign, from };
    // The very first pictures need no waiting: there is no state that they would contradict.
    const enough = current === null && sign === 'ok' ? 0 : afterMs(sign);
    return at - candidate.from >= enough ? change(sign, candidate.from, reason) : [];
  };

  return {
    frame(at, grid, samples) {
      if (lastFrameAt !== null && at - lastFrameAt > limits.offlineAfterMs) older = [];
      if (lastFrameAt !== null && at < lastFrameAt) older = older.filter((entry) => entry.at < at);
      lastFrameAt = at;
      const sign = ((): { state: CameraState; from: number } => {
        const threshold = current?.state === 'dark' ? limits.lightAbove : limits.darkBelow;
        let dark = 0;
        for (const value of grid) if (value < threshold) dark++;
        if (dark >= limits.darkShare * grid.length) return { state: 'dark', from: at };
        const reference = older.findLast((entry) => at - entry.at >= COMPARE_WITH_OLDER_MS);
        const still = reference !== undefined && meanChange(reference.samples, samples) < limits.frozenBelow;
        if (!still) {
          if (reference !== undefined) stillSince = null;
        } else stillSince ??= reference.at;
        if (stillSince !== null && at - stillSince >= limits.frozenAfterMs)
          return { state: 'frozen', from: stillSince };
        return { state: 'ok', from: at };
      })();
      const newest = older.at(-1);
      if (!newest || at - newest.at >= KEEP_SAMPLES_EVERY_MS) {
        older.push({ at, samples });
        older = older.filter((entry) => at - entry.at <= 2 * COMPARE_WITH_OLDER_MS);
      }
      return sign.state === 'frozen' && current?.state !== 'frozen'
        ? change('frozen', sign.from, REASONS.frozen)
        : observe(at, sign.state, sign.from, REASONS[sign.state]);
    },
    silent(at, since, reason) {
      stillSince = null;
      if (candidate?.state === 'offline') candidate.from = Math.min(candidate.from, since);
      return observe(at, 'offline', since, reason === '' ? REASONS.offline : reason);
    },
    get state() {
      return current?.state ?? null;
    },
    get doubtFrom() {
      const still =
        stillSince !== null &&
        lastFrameAt !== null &&
        current?.state !== 'frozen' &&
        lastFrameAt - stillSince > COMPARE_WITH_OLDER_MS + STILL_DOUBT_MS;
      const doubts = [candidate?.from, still ? stillSince : null].filter((value): value is number => value != null);
      return doubts.length > 0 ? Math.min(...doubts) : null;
    },
  };
}

function meanChange(a: Uint8Array, b: Uint8Array): number {
  if (a.length !== b.length || a.length === 0) return Number.POSITIVE_INFINITY;
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs((a[i] as number) - (b[i] as number));
  return sum / a.length;
}
