import { type ClockClass, classifyClock, clockWords } from './clock-class.ts';

/** Pure: a camera's clock over time. Offsets are device less true time, in ms; moments are true time. */

export interface ClockPoint {
  readonly measuredAt: number;
  readonly offsetMs: number;
  /** How far the offset may be off. */
  readonly uncertaintyMs: number;
}

export interface ClockSeries {
  /**
   * `steady` · `drift`: it runs fast or slow · `step`: it was set, or jumped, lately · `zone`: whole hours off · `reset`: fallen back
   * to the year it was made with · `unknown`: never measured.
   */
  readonly kind: 'steady' | 'drift' | 'step' | 'zone' | 'reset' | 'unknown';
  readonly class: ClockClass;
  readonly offsetMs: number | null;
  readonly uncertaintyMs: number | null;
  readonly driftMsPerDay: number | null;
  /** Whole hours, for `zone`. */
  readonly hours: number | null;
  /** What the device shows, for `reset`: 1970, 2000, … */
  readonly year: number | null;
  /** The last jump: some time between these two measurements, by so much. */
  readonly step: { readonly after: number; readonly before: number; readonly byMs: number } | null;
  readonly zh: string;
  readonly en: string;
}

const DAY_MS = 86_400_000;
/** No quartz is so bad: what changes faster was set. */
const FASTEST_DRIFT_MS_PER_DAY = 120_000;
const LEAST_STEP_MS = 3_000;
const LEAST_DRIFT_MS_PER_DAY = 500;
const LATELY_MS = 7 * DAY_MS;
/** Beyond what was measured a clock may wander so much. */
const WANDER_MS_PER_DAY = 2_000;

const isStep = (a: ClockPoint, b: ClockPoint): boolean => {
  const by = Math.abs(b.offsetMs - a.offsetMs);
  const days = Math.max(0, b.measuredAt - a.measuredAt) / DAY_MS;
  return by > LEAST_STEP_MS + 2 * (a.uncertaintyMs + b.uncertaintyMs) + FASTEST_DRIFT_MS_PER_DAY * days;
};

const inOrder = (points: readonly ClockPoint[]): ClockPoint[] => points.toSorted((a, b) => a.measuredAt - b.measuredAt);

/** The points since the last jump, oldest first. */
function sinceStep(points: readonly ClockPoint[]): ClockPoint[] {
  const sorted = inOrder(points);
  let first = Math.max(0, sorted.length - 1);
  for (; first > 0; first--) {
    const [a, b] = [sorted[first - 1], sorted[first]];
    if (a === undefined || b === undefined || isStep(a, b)) break;
  }
  return sorted.slice(first);
}

/** Least squares; null: too few, or too near each other to tell from the noise of measuring. */
function slopeOf(points: readonly ClockPoint[]): number | null {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < 3) return null;
  const days = points.map(({ measuredAt }) => (measuredAt - first.measuredAt) / DAY_MS);
  const span = days.at(-1) ?? 0;
  const mean = days.reduce((a, b) => a + b, 0) / days.length;
  const offset = points.reduce((sum, { offsetMs }) => sum + offsetMs, 0) / points.length;
  let [upper, lower] = [0, 0];
  points.forEach(({ offsetMs }, i) => {
    const x = (days[i] ?? 0) - mean;
    upper += x * (offsetMs - offset);
    lower += x * x;
  });
  if (lower <= 0) return null;
  const slope = upper / lower;
  const noise = Math.max(...points.map(({ uncertaintyMs }) => uncertaintyMs));
  return Math.abs(slope * span) > 2 * noise ? slope : null;
}

const UNKNOWN: ClockSeries = {
  ...{ kind: 'unknown', class: 'unknown', offsetMs: null, uncertaintyMs: null, driftMsPerDay: null },
  ...{ hours: null, year: null, step: null, zh: '时钟从未测量', en: 'the clock was never measured' },
};

/** What is the matter with a clock, by what it was measured to be. @param points in any order */
export function judgeClock(points: readonly ClockPoint[]): ClockSeries {
  const sorted = inOrder(points);
  const newest = sorted.at(-1);
  if (newest === undefined) return UNKNOWN;
  const { measuredAt, offsetMs, uncertaintyMs } = newest;
  const judgement = classifyClock(measuredAt + offsetMs, measuredAt, uncertaintyMs);
  const segment = sinceStep(sorted);
  const before = sorted[sorted.length - segment.length - 1];
  const [first] = segment;
  const step =
    before === undefined || first === undefined
      ? null
      : { after: before.measuredAt, before: first.measuredAt, byMs: first.offsetMs - before.offsetMs };
  const slope = slopeOf(segment);
  const drift = slope === null ? null : Math.round(slope);
  const said = clockWords(offsetMs, judgement);
  const base = {
    ...{ class: judgement.class, hours: judgement.hours, offsetMs, uncertaintyMs, driftMsPerDay: drift, step },
    year: null,
  };
  if (judgement.class === 'reset') {
    const year = new Date(measuredAt + offsetMs).getUTCFullYear();
    return {
      ...{ ...base, kind: 'reset', year },
      zh: `时钟显示 ${year} 年：断电后未校时`,
      en: `the clock shows the year ${year}: it lost its time with its power`,
    };
  }
  if (judgement.class === 'zone') return { ...base, kind: 'zone', ...said };
  if (step !== null && measuredAt - step.before <= LATELY_MS) {
    const by = (Math.abs(step.byMs) / 1000).toFixed(0);
    return {
      ...{ ...base, kind: 'step' },
      zh: `${said.zh}；近日跳变 ${by} 秒`,
      en: `${said.en}; it jumped by ${by} s lately`,
    };
  }
  if (drift !== null && Math.abs(drift) >= LEAST_DRIFT_MS_PER_DAY) {
    const [way, rate] = [drift > 0, (Math.abs(drift) / 1000).toFixed(1)];
    return {
      ...{ ...base, kind: 'drift' },
      zh: `${said.zh}；每天${way ? '快' : '慢'} ${rate} 秒`,
      en: `${said.en}; it ${way ? 'gains' : 'loses'} ${rate} s a day`,
    };
  }
  return { ...base, kind: 'steady', ...said };
}

/**
 * The offset at a moment, between measurements in proportion; null: never measured. Where it jumped between two measurements
 * nobody knows when: the nearer one is taken, and the whole jump is uncertain.
 */
export function offsetOf(
  points: readonly ClockPoint[],
  at: number,
): { readonly offsetMs: number; readonly uncertaintyMs: number } | null {
  const sorted = inOrder(points);
  const after = sorted.find(({ measuredAt }) => measuredAt >= at);
  const before = sorted.findLast(({ measuredAt }) => measuredAt <= at);
  if (before === undefined || after === undefined) {
    const nearest = before ?? after;
    if (nearest === undefined) return null;
    const days = Math.abs(at - nearest.measuredAt) / DAY_MS;
    const slope = before === undefined ? 0 : (slopeOf(sinceStep(sorted)) ?? 0);
    return {
      offsetMs: Math.round(nearest.offsetMs + (slope * (at - nearest.measuredAt)) / DAY_MS),
      uncertaintyMs: Math.round(nearest.uncertaintyMs + WANDER_MS_PER_DAY * days),
    };
  }
  const span = after.measuredAt - before.measuredAt;
  const share = span <= 0 ? 0 : (at - before.measuredAt) / span;
  const uncertaintyMs = Math.max(before.uncertaintyMs, after.uncertaintyMs);
  if (isStep(before, after)) {
    const nearer = share < 0.5 ? before : after;
    return {
      offsetMs: nearer.offsetMs,
      uncertaintyMs: uncertaintyMs + (share === 0 || share === 1 ? 0 : Math.abs(after.offsetMs - before.offsetMs)),
    };
  }
  return { offsetMs: Math.round(before.offsetMs + share * (after.offsetMs - before.offsetMs)), uncertaintyMs };
}
