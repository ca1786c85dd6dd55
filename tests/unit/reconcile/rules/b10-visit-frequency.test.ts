import { describe, expect, it } from 'vitest';
import { ask, says } from '../facts.ts';
import { personPeriod, visit } from './period-facts.ts';

const daily = (n: number, over: Parameters<typeof visit>[2] = {}) =>
  Array.from({ length: n }, (_, i) => visit(`2026-03-${String(i + 1).padStart(2, '0')}`, 0, over));

describe('B10 就诊频次超常', () => {
  it('names sixteen visits of a month', () => {
    const [hit] = ask('B10', personPeriod({ visits: daily(16) }));
    expect(hit).toMatchObject({ outcome: 'hit', reason: 'many_in_month', psnNo: 'P1' });
    expect(hit?.setlIds).toHaveLength(16);
  });

  it('names four visits of one day, wherever they were, and those alone', () => {
    const visits = [visit('2026-03-01'), ...[0, 1, 2, 3].map((n) => visit('2026-03-09', n, { clinicCode: `H${n}` }))];
    const [hit] = ask('B10', personPeriod({ visits }));
    expect(hit).toMatchObject({ outcome: 'hit', reason: 'many_in_day' });
    expect(hit?.setlIds).toHaveLength(4);
  });

  it('is silent about fifteen', () => {
    expect(says('B10', personPeriod({ visits: daily(15) }))).toBe('clear usual');
  });

  it('is silent about dialysis and courses of injections, which take so many', () => {
    expect(says('B10', personPeriod({ visits: daily(20, { dialysis: true }) }))).toBe('clear course');
    expect(says('B10', personPeriod({ visits: daily(20, { injection: true }) }))).toBe('clear course');
  });

  it('does not count what is no outpatient visit', () => {
    expect(says('B10', personPeriod({ visits: daily(20, { medType: '41' }) }))).toBe('clear usual');
  });
});
