import { type Static, Type } from 'typebox';

/** When packets say that a stream is too poor to vouch for who was there. */
export const StreamLimitsSchema = Type.Object(
  {
    windowMs: Type.Integer({
      minimum: 30_000,
      maximum: 3_600_000,
      default: 300_000,
      unit: 'ms',
      description: 'Gaps and bit rate are judged over so long',
    }),
    gapMs: Type.Integer({
      minimum: 500,
      maximum: 60_000,
      default: 3_000,
      unit: 'ms',
      description: 'Pictures further apart than this, and than is usual for the stream, are a gap',
    }),
    gapsShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.1,
      unit: 'share',
      description: 'So much of the time lost in gaps: the stream has gaps',
    }),
    gapsOverShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.03,
      unit: 'share',
      description: 'Less than this: it has none any more',
    }),
    leastGaps: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 3,
      unit: 'gaps',
      description: 'Fewer gaps than this are outages of their own',
    }),
    groupBits: Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 10, unit: 'bits per pixel' }), {
      default: { h264: 0.03, hevc: 0.018 },
      description: 'A group of pictures with fewer bits for each pixel has a mushy keyframe; by codec',
    }),
    lowAfterMs: Type.Integer({
      minimum: 10_000,
      maximum: 3_600_000,
      default: 300_000,
      unit: 'ms',
      description: 'It must last so long',
    }),
    enoughAgain: Type.Number({
      minimum: 1,
      maximum: 10,
      default: 1.3,
      unit: 'times',
      description: 'Enough again from so many times the limit on',
    }),
  },
  { additionalProperties: false },
);
export type StreamLimits = Static<typeof StreamLimitsSchema>;

/** Bytes of the compressed stream over a stretch of time. */
export interface StreamAmount {
  readonly from: number;
  readonly to: number;
  readonly bytes: number;
  readonly codec: string;
  /** Pixels of a picture, as sent. */
  readonly pixels: number;
  /** Length of a group of pictures; null: not known, and nothing follows. */
  readonly gopMs: number | null;
}

export interface StreamTrouble {
  readonly state: 'gaps' | 'low_bit_rate';
  readonly from: number;
  readonly reason: string;
}

/** Pure: follows when pictures come and how many bytes, with hysteresis. Times are device time. */
export interface StreamJudge {
  picture(at: number): void;
  amount(amount: StreamAmount): void;
  readonly trouble: StreamTrouble | null;
}

/** Usual intervals are known from so many pictures. */
const RECENT = 60;
const SLOWEST_PICTURES = 0.9;
const BEYOND_USUAL = 1.8;

export function createStreamJudge(limits: StreamLimits): StreamJudge {
  let intervals: number[] = [];
  let gaps: { from: number; to: number }[] = [];
  let last: number | null = null;
  let gapsSince: number | null = null;
  let low: { from: number; kbps: number } | null = null;
  let isLow = false;

  const usual = (): number =>
    intervals.toSorted((a, b) => a - b)[Math.floor((intervals.length - 1) * SLOWEST_PICTURES)] ?? 0;

  return {
    picture(at) {
      if (last !== null && at <= last) return;
      if (last !== null) {
        const interval = at - last;
        const expected = usual();
        if (interval > Math.max(limits.gapMs, BEYOND_USUAL * expected)) gaps.push({ from: last + expected, to: at });
        intervals = [...intervals, interval].slice(-RECENT);
      }
      last = at;
      const since = at - limits.windowMs;
      gaps = gaps.filter(({ to }) => to > since);
      // What lasted longer than half of the window is an outage, which is told as such.
      const short = gaps.filter(({ from, to }) => to - from < limits.windowMs / 2);
      const lost = short.reduce((sum, { from, to }) => sum + to - Math.max(from, since), 0);
      const share = lost / limits.windowMs;
      if (gapsSince === null && short.length >= limits.leastGaps && share >= limits.gapsShare)
        gapsSince = short[0]?.from ?? at;
      else if (gapsSince !== null && share < limits.gapsOverShare) gapsSince = null;
    },
    amount({ from, to, bytes, codec, pixels, gopMs }) {
      const least = limits.groupBits[codec];
      if (least === undefined || gopMs === null || to <= from || pixels <= 0) return;
      const bits = (bytes * 8 * gopMs) / (to - from) / pixels;
      const kbps = (bytes * 8) / (to - from);
      if (bits >= least * (isLow ? limits.enoughAgain : 1)) {
        low = null;
        isLow = false;
        return;
      }
      low = { from: low?.from ?? from, kbps };
      if (to - low.from >= limits.lowAfterMs) isLow = true;
    },
    get trouble(): StreamTrouble | null {
      if (isLow && low !== null) {
        const kbps = Math.round(low.kbps);
        return {
          state: 'low_bit_rate',
          from: low.from,
          reason: `码率过低（${kbps} kb/s），画面模糊 / ${kbps} kb/s is too little: the picture is mush`,
        };
      }
      if (gapsSince === null) return null;
      return { state: 'gaps', from: gapsSince, reason: '码流断续 / the stream comes in pieces' };
    },
  };
}
