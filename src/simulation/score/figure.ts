import { type Interval, wilson } from './intervals.ts';

/** One figure with what stands behind it. */
export interface Figure {
  /** null: nothing can be said; `why` tells why. */
  readonly value: number | null;
  readonly numerator: number | null;
  readonly denominator: number | null;
  /** 95 % */
  readonly interval: Interval | null;
  readonly method?: 'wilson' | 'bootstrap';
  readonly why?: string;
  /** More about it, by name. */
  readonly more?: Readonly<Record<string, unknown>>;
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;
const roundedInterval = (interval: Interval | null, scale = 1): Interval | null =>
  interval === null ? null : [rounded(interval[0] * scale), rounded(interval[1] * scale)];

export const nothing = (why: string, more?: Figure['more']): Figure => ({
  ...{ value: null, numerator: null, denominator: null, interval: null, why },
  ...(more ? { more } : {}),
});

/** A share of things that can be counted, with Wilson's interval; `scale` 10,000 for "per 10k". */
export function shareFigure(
  hits: number,
  of: number,
  why: string,
  options: { scale?: number; more?: Figure['more'] } = {},
): Figure {
  const { scale = 1, more } = options;
  if (of === 0) return { ...nothing(why, more), numerator: hits, denominator: 0 };
  return {
    value: rounded((hits / of) * scale),
    numerator: hits,
    denominator: of,
    interval: roundedInterval(wilson(hits, of), scale),
    method: 'wilson',
    ...(more ? { more } : {}),
  };
}

/** A share of money or of cases that hang together in clinics, with a bootstrap interval. */
export function drawnFigure(
  hits: number,
  of: number,
  interval: Interval | null,
  why: string,
  more?: Figure['more'],
): Figure {
  if (of === 0) return { ...nothing(why, more), numerator: hits, denominator: 0 };
  return {
    value: rounded(hits / of),
    numerator: hits,
    denominator: of,
    interval: roundedInterval(interval),
    method: 'bootstrap',
    ...(more ? { more } : {}),
  };
}

export const countFigure = (count: number, more?: Figure['more']): Figure => ({
  ...{ value: count, numerator: count, denominator: null, interval: null },
  ...(more ? { more } : {}),
});
