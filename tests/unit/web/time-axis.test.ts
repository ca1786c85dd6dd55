import { describe, expect, it } from 'vitest';
import { barOf, domainOf, packRows, ticksOf, xOf } from '../../../web/src/alert/time-axis/layout.ts';

const AT = Date.parse('2026-03-17T09:00:00+08:00');
const MINUTE = 60_000;
const EIGHT_HOURS = 8 * 60 * MINUTE;
const domain = { from: AT, to: AT + 40 * MINUTE };

describe('the time axis', () => {
  it('puts what happened where the clock says', () => {
    expect(xOf(AT + 10 * MINUTE, domain, 400)).toBe(100);
  });

  it('names round local times, never too close to read', () => {
    const ticks = ticksOf(domain, 800, 74, EIGHT_HOURS);
    expect(ticks.map((tick) => new Date(tick.at).toISOString().slice(14, 16))).toEqual([
      '00',
      '05',
      '10',
      '15',
      '20',
      '25',
      '30',
      '35',
      '40',
    ]);
    for (const [i, tick] of ticks.entries())
      if (i > 0) expect(tick.x - (ticks[i - 1]?.x ?? 0)).toBeGreaterThanOrEqual(74);
  });

  it('copes with a whole day, a minute and nothing at all', () => {
    expect(ticksOf({ from: AT, to: AT + 24 * 60 * MINUTE }, 800, 74, EIGHT_HOURS).length).toBeGreaterThan(4);
    expect(ticksOf({ from: AT, to: AT + MINUTE }, 800, 74, EIGHT_HOURS).length).toBeGreaterThan(2);
    expect(ticksOf({ from: AT, to: AT }, 800, 74, EIGHT_HOURS)).toEqual([]);
    expect(domainOf({ from: AT, to: AT }, null).to).toBeGreaterThan(AT);
  });

  it('shows a second’s appearance wide enough to be seen, and cuts what goes on beyond the edge', () => {
    expect(barOf(AT + MINUTE, AT + MINUTE + 1000, domain, 400)?.width).toBeGreaterThanOrEqual(4);
    expect(barOf(AT - MINUTE, null, domain, 400)).toEqual({ x: 0, width: 400, cutLeft: true, cutRight: false });
    expect(barOf(AT - 2 * MINUTE, AT - MINUTE, domain, 400)).toBeNull();
    const last = barOf(AT + 40 * MINUTE, AT + 41 * MINUTE, domain, 400);
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeLessThanOrEqual(400);
  });

  it('two people who were there together do not hide each other', () => {
    const bar = (x: number, width: number) => ({ x, width, cutLeft: false, cutRight: false });
    expect(packRows([bar(0, 50), bar(20, 50), bar(60, 10), bar(200, 5)])).toEqual([0, 1, 0, 0]);
  });
});
