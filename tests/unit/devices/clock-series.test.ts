import { describe, expect, it } from 'vitest';
import { type ClockPoint, judgeClock, offsetOf } from '../../../src/devices/clock-series.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const T = Date.parse('2026-03-02T09:00:00+08:00');
/** Every six hours, with noise of measuring. */
const series = (days: number, offset: (day: number) => number): ClockPoint[] =>
  Array.from({ length: days * 4 + 1 }, (_, i) => ({
    measuredAt: T + i * 6 * HOUR,
    offsetMs: Math.round(offset(i / 4)) + ((i * 7919) % 400) - 200,
    uncertaintyMs: 600,
  }));

describe('a clock over time', () => {
  it.each<[string, ClockPoint[], object]>([
    ['right and steady', series(7, () => 300), { kind: 'steady', class: 'ok' }],
    ['wrong and steady', series(7, () => 42_000), { kind: 'steady', class: 'off' }],
    ['gaining two seconds a day', series(10, (day) => 2_000 * day), { kind: 'drift', class: 'off' }],
    ['losing', series(20, (day) => -1_500 * day), { kind: 'drift' }],
    ['set by eight hours too much', series(3, () => 8 * HOUR), { kind: 'zone', hours: 8, class: 'zone' }],
    ['eight hours slow', series(3, (day) => (day < 1 ? 0 : -8 * HOUR)), { kind: 'zone', hours: -8 }],
    ['fallen back to 1970', series(2, (day) => -(T + day * DAY) + 5_000), { kind: 'reset', year: 1970 }],
    [
      'fallen back to 2000',
      series(2, (day) => Date.UTC(2000, 0, 1, 12) - T - (day > 1 ? 0 : DAY / 10)),
      { kind: 'reset', year: 2000 },
    ],
    ['set right two days ago', series(9, (day) => (day < 7 ? 95_000 : 0)), { kind: 'step', class: 'ok' }],
    ['set right a month ago', series(40, (day) => (day < 7 ? 95_000 : 0)), { kind: 'steady', class: 'ok' }],
    ['never measured', [], { kind: 'unknown', offsetMs: null }],
  ])('%s', (_, points, expected) => {
    expect(judgeClock(points)).toMatchObject(expected);
    expect(judgeClock(points.toReversed())).toEqual(judgeClock(points));
  });

  it('tells how fast it drifts, and when it jumped by how much', () => {
    expect(Math.abs((judgeClock(series(10, (day) => 2_000 * day)).driftMsPerDay ?? 0) - 2_000)).toBeLessThan(150);
    const { step } = judgeClock(series(9, (day) => (day < 7 ? 95_000 : 0)));
    expect(Math.abs((step?.byMs ?? 0) + 95_000)).toBeLessThan(1_000);
    expect([step?.after, step?.before]).toEqual([T + 6.75 * DAY, T + 7 * DAY]);
  });

  it('tells the offset between measurements, and how unsure it is', () => {
    const drifting = series(4, (day) => 4_000 * day);
    const between = offsetOf(drifting, T + 2.125 * DAY);
    expect(Math.abs((between?.offsetMs ?? 0) - 8_500)).toBeLessThan(500);
    expect(between?.uncertaintyMs).toBe(600);
    const later = offsetOf(drifting, T + 6 * DAY);
    expect(Math.abs((later?.offsetMs ?? 0) - 24_000)).toBeLessThan(1_500);
    expect(later?.uncertaintyMs).toBe(4_600);
    const jumped = series(2, (day) => (day < 1 ? 8 * HOUR : 0));
    expect(offsetOf(jumped, T + 0.9 * DAY)?.uncertaintyMs).toBeGreaterThan(8 * HOUR - 1_000);
    expect(offsetOf(jumped, T + 1.6 * DAY)?.uncertaintyMs).toBe(600);
    expect(offsetOf([], T)).toBeNull();
  });
});
