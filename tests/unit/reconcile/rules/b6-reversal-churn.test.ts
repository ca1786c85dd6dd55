import { describe, expect, it } from 'vitest';
import { chanceOfAtLeast } from '../../../../src/reconcile/rules/period.ts';
import { ask, says } from '../facts.ts';
import { clinicPeriod, peers, swap } from './period-facts.ts';

const churn = (reversed: number, swaps: ReturnType<typeof swap>[] = []) => ({
  churn: { settled: 110, reversed, swaps },
});
const DAYS = ['2026-03-02', '2026-03-09', '2026-03-16'];

describe('B6 撤销重结', () => {
  it('tells a clinic that takes back far more than the others of its county', () => {
    const [hit] = ask('B6', clinicPeriod(churn(12)));
    expect(hit).toMatchObject({ outcome: 'hit', reason: 'many_reversals', part: 'rate' });
    expect(hit?.evidence).toMatchObject({ rate: 0.1091, peersRate: 0.015 });
  });

  it('is silent where the platform makes everybody take back much', () => {
    expect(says('B6', clinicPeriod({ ...churn(12), peers: peers({ reversed: 300 }) }))).toContain('clear like_peers');
  });

  it('is silent about a few, and cannot tell without peers', () => {
    expect(says('B6', clinicPeriod(churn(4)))).toBe('clear few_reversals, clear few_swaps');
    expect(says('B6', clinicPeriod({ ...churn(12), peers: null }))).toContain('undetermined peers_unknown');
  });

  it('is silent about what chance brings somewhere every month', () => {
    const facts = clinicPeriod({ churn: { settled: 74, reversed: 5, swaps: [] }, peers: peers({ reversed: 88 }) });
    expect(ask('B6', facts)[0]).toMatchObject({ outcome: 'clear', reason: 'chance' });
  });

  it('reckons chance as the binomial does', () => {
    expect(chanceOfAtLeast(5, 74, 0.022)).toBeCloseTo(0.02375, 5);
    expect(chanceOfAtLeast(1, 10, 0.5)).toBeCloseTo(1 - 0.5 ** 10, 9);
    expect(chanceOfAtLeast(300, 100_000, 0.002)).toBeLessThan(1e-9);
    expect([chanceOfAtLeast(0, 5, 0.1), chanceOfAtLeast(6, 5, 0.1), chanceOfAtLeast(1, 5, 0)]).toEqual([1, 0, 0]);
  });

  it('names bills that were settled again for somebody else, on several days', () => {
    const swaps = DAYS.map((day) => swap(day));
    const [, hit] = ask('B6', clinicPeriod({ ...churn(3, swaps), peers: peers({ swapped: 2 }) }));
    expect(hit).toMatchObject({ outcome: 'hit', reason: 'settled_for_another', part: 'other_person' });
    expect(hit?.setlIds).toEqual(DAYS.map((day) => `N${day}`));
  });

  it('takes a wrong name among kin, or after an hour, or all on one morning, for what it is', () => {
    const said = (swaps: ReturnType<typeof swap>[]) => ask('B6', clinicPeriod(churn(3, swaps)))[1]?.reason;
    expect(said(DAYS.map((day) => swap(day, { sameHousehold: true })))).toBe('few_swaps');
    expect(said(DAYS.map((day) => swap(day, { afterMs: 3_600_000 })))).toBe('few_swaps');
    expect(said(DAYS.map(() => swap('2026-03-02')))).toBe('few_swaps');
  });

  it('is silent about swaps as common as elsewhere', () => {
    const facts = clinicPeriod({
      ...churn(
        3,
        DAYS.map((day) => swap(day)),
      ),
      peers: peers({ swapped: 60 }),
    });
    expect(ask('B6', facts)[1]?.reason).toBe('like_peers');
  });
});
