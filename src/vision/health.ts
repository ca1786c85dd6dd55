import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { createStreamJudge, type StreamAmount, type StreamLimits, StreamLimitsSchema } from './stream-judge.ts';
import type { View } from './view/view.ts';
import { createViewJudge, type KnownView } from './view/view-judge.ts';
import { type ViewLimits, ViewLimitsSchema } from './view/view-limits.ts';

/** What a camera's pictures and packets say about the camera, the gravest of what is the matter. `unknown` is what nobody watched. */
export type CameraState =
  | 'ok'
  | 'offline'
  | 'dark'
  | 'frozen'
  | 'covered'
  | 'moved'
  | 'defocused'
  | 'low_bit_rate'
  | 'gaps';
export const WATCHED_STATES: readonly CameraState[] = [
  'ok',
  'offline',
  'dark',
  'frozen',
  'covered',
  'moved',
  'defocused',
  'low_bit_rate',
  'gaps',
];

export interface StateInterval {
  readonly state: CameraState;
  readonly from: number;
  /** Null: until the next one. */
  readonly to: number | null;
  readonly reason: string;
}

const Luma = (fallback: number, description: string) =>
  Type.Number({ minimum: 0, maximum: 255, default: fallback, unit: 'luma', description });
const Ms = (fallback: number, description: string) =>
  Type.Integer({ minimum: 0, maximum: 3_600_000, default: fallback, unit: 'ms', description });

export const PictureLimitsSchema = Type.Object(
  {
    darkShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.95,
      unit: 'share',
      description: 'Dark: this share of the picture …',
    }),
    darkBelow: Luma(50, '… is darker than this (video luma, 16 is black), …'),
    lightAbove: Luma(60, '… and it is light again above this'),
    // Sensor noise survives any encoder's keyframes with more.
    frozenBelow: Luma(0.3, 'Frozen: the mean change against a picture seconds older stays under this'),
    darkAfterMs: Ms(10_000, 'Darkness must last so long'),
    frozenAfterMs: Ms(60_000, 'And stillness so long: an encoder may send a quiet room without noise for a while'),
    offlineAfterMs: Ms(5_000, 'Without a picture for so long: offline'),
    okAfterMs: Ms(2_000, 'A state is left after so long without its sign'),
  },
  { additionalProperties: false },
);

export interface HealthLimits extends Static<typeof PictureLimitsSchema> {
  /** Null: what the camera sees is not held against what it should see. */
  readonly view: ViewLimits | null;
  /** Null: neither gaps nor bit rate are judged. */
  readonly stream: StreamLimits | null;
}

export const DEFAULT_HEALTH_LIMITS: HealthLimits = {
  ...Value.Create(PictureLimitsSchema),
  view: Value.Create(ViewLimitsSchema),
  stream: Value.Create(StreamLimitsSchema),
};

export interface HealthMonitor {
  /**
   * @param grid block means of the luma @param samples single luma values, always the same places
   * @param view asked for now and then: the picture as a view
   */
  frame(at: number, grid: Float32Array, samples: Uint8Array, view?: () => View): StateInterval[];
  /** Bytes of the stream that came. */
  amount(amount: StreamAmount): void;
  /** There has been no picture since `since`. */
  silent(at: number, since: number, reason: string): StateInterval[];
  readonly state: CameraState | null;
  /** The moment from which the state is in doubt: nothing may be promised beyond it. Null: no doubt. */
  readonly doubtFrom: number | null;
}

const isTelling = (reason: string): boolean => reason !== '' && reason !== 'no picture';

const COMPARE_WITH_OLDER_MS = 8_000;
const KEEP_SAMPLES_EVERY_MS = 2_000;
/** Shorter stillness is no sign of anything. */
const STILL_DOUBT_MS = 5_000;

const REASONS: Readonly<Record<CameraState, string>> = {
  ok: '画面正常 / the picture is in order',
  offline: '没有画面 / no picture',
  dark: '画面全黑 / the picture is dark',
  frozen: '画面静止，连噪声也没有 / the picture does not change, not even by noise',
  covered: '镜头被遮挡 / the lens is covered',
  moved: '画面移位 / the view has moved',
  defocused: '画面失焦 / out of focus',
  low_bit_rate: '码率过低 / the bit rate is too low',
  gaps: '码流断续 / the stream comes in pieces',
};
/** What a judge says from its own look at things, with its own patience. */
interface Judged {
  readonly state: CameraState;
  readonly from: number;
  readonly reason: string;
}

/**
 * Follows the state with hysteresis. Each answer lists the intervals that changed: the one that ended (with `to`) and the
 * one that began (`to` null). A state begins where its first sign was, not where it was believed.
 */
export function createHealthMonitor(
  options: {
    readonly limits?: HealthLimits;
    readonly initial?: { readonly state: CameraState; readonly from: number };
    /** What the camera should show, as far as it is known. */
    readonly views?: readonly KnownView[];
    readonly onView?: (known: KnownView) => void;
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
  const views = limits.view
    ? createViewJudge({
        limits: limits.view,
        ...(options.views ? { known: options.views } : {}),
        ...(options.onView ? { onLearned: options.onView } : {}),
      })
    : null;
  const stream = limits.stream ? createStreamJudge(limits.stream) : null;

  const change = (state: CameraState, from: number, reason: string): StateInterval[] => {
    const begins = { state, from: current ? Math.max(from, current.from + 1) : from, reason };
    const ended: StateInterval[] = current ? [{ ...current, to: begins.from }] : [];
    current = begins;
    candidate = null;
    return [...ended, { ...begins, to: null }];
  };
  const afterMs = (state: CameraState): number => {
    if (state === 'ok') return limits.okAfterMs;
    if (state === 'dark') return limits.darkAfterMs;
    return state === 'offline' ? limits.offlineAfterMs : limits.frozenAfterMs;
  };
  /** A judge has been patient already. After darkness or an outage its word holds from the first picture on. */
  const believe = ({ state, from, reason }: Judged, at: number): StateInterval[] => {
    if (current?.state === state) {
      candidate = null;
      return [];
    }
    const seen = current === null || current.state === 'ok';
    return change(state, seen && current !== null ? from : Math.max(from, at), reason);
  };

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
    frame(at, grid, samples, view) {
      stream?.picture(at);
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
      if (sign.state === 'frozen' && current?.state !== 'frozen') return change('frozen', sign.from, REASONS.frozen);
      if (sign.state === 'ok') {
        if (view && views?.due(at)) views.look(at, view());
        const trouble: Judged | null = views?.trouble ?? stream?.trouble ?? null;
        if (trouble !== null) return believe(trouble, at);
      }
      return observe(at, sign.state, sign.from, REASONS[sign.state]);
    },
    amount: (amount) => stream?.amount(amount),
    silent(at, since, reason) {
      stillSince = null;
      if (current?.state === 'offline' && current.reason === REASONS.offline && isTelling(reason)) {
        // Why came later than that: ffmpeg's last words.
        current = { ...current, reason };
        return [{ ...current, to: null }];
      }
      if (candidate?.state === 'offline') candidate.from = Math.min(candidate.from, since);
      return observe(at, 'offline', since, isTelling(reason) ? reason : REASONS.offline);
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
      const doubts = [candidate?.from, still ? stillSince : null, views?.doubtFrom].filter(
        (value): value is number => value != null,
      );
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
