import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { betaCdf, betaQuantile, estimateShare } from '../../../../src/review/budget/beta.ts';
import { draw } from '../../../../src/review/budget/draw.ts';
import { nextFillAt } from '../../../../src/review/budget/moments.ts';
import { alarmPolicyOf, installationLimit, isUnlimited } from '../../../../src/review/budget/policy.ts';
import { breaches } from '../../../../src/review/fairness/bounds.ts';

describe('what a few answers say of a share', () => {
  it('agrees with known values of the beta distribution', () => {
    expect(betaCdf(0.5, 2, 2)).toBeCloseTo(0.5, 12);
    expect(betaCdf(0.3, 1, 1)).toBeCloseTo(0.3, 12);
    expect(betaCdf(0.2, 2, 5)).toBeCloseTo(0.34464, 5);
    expect(betaQuantile(0.5, 8, 3)).toBeCloseTo(0.7413, 3);
    // Jeffreys' interval of 8 in 10.
    expect(estimateShare(8, 10)).toMatchObject({ share: 0.8 });
    expect(estimateShare(8, 10).low).toBeCloseTo(0.4972, 3);
    expect(estimateShare(8, 10).high).toBeCloseTo(0.9558, 3);
  });

  it('knows nothing of nothing, and always holds the share', () => {
    expect(estimateShare(0, 0)).toEqual({ n: 0, hits: 0, share: null, low: 0, high: 1 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, part) => {
        const { low, share, high } = estimateShare(Math.round(n * part), n);
        expect(low).toBeLessThanOrEqual(share ?? -1);
        expect(high).toBeGreaterThanOrEqual(share ?? 2);
      }),
      { numRuns: 60 },
    );
  });
});

describe('the lot', () => {
  const rows = (rule: string, n: number) =>
    Array.from({ length: n }, (_, i) => ({ alert_id: `${rule}-${i}`, rules: [rule] }));
  const lotOf = (id: string) => [...id].reduce((sum, char) => (sum * 33 + char.charCodeAt(0)) >>> 0, 7).toString(16);

  it('checks rules with few alerts too, counts all, and falls alike for all orders', () => {
    const all = [...rows('A2', 100), ...rows('B2', 2), ...rows('A1', 1)];
    const { drawn, counts } = draw(all, 6, lotOf);
    expect(drawn).toHaveLength(6);
    expect(new Set(drawn.map(({ rules }) => rules[0]))).toEqual(new Set(['A1', 'A2', 'B2']));
    expect(counts.get('A2')?.waited).toBe(100);
    expect([...counts.values()].reduce((sum, { sampled }) => sum + sampled, 0)).toBe(6);
    expect(draw(all.toReversed(), 6, lotOf)).toEqual({ drawn, counts });
    expect(draw(rows('A2', 2), 6, lotOf).drawn).toHaveLength(2);
    expect(draw([], 6, lotOf).drawn).toEqual([]);
  });
});

describe('the queue’s moments and limits', () => {
  const at = (text: string) => Date.parse(`${text}+08:00`);
  it('fill it at the next of the local times', () => {
    const times = ['07:00', '13:30'];
    expect(nextFillAt(at('2026-03-17T06:59'), times, 'Asia/Shanghai')).toBe(at('2026-03-17T07:00'));
    expect(nextFillAt(at('2026-03-17T07:00'), times, 'Asia/Shanghai')).toBe(at('2026-03-17T13:30'));
    expect(nextFillAt(at('2026-03-17T20:00'), times, 'Asia/Shanghai')).toBe(at('2026-03-18T07:00'));
  });

  it('are 50 a day for a prefecture unless the operator says otherwise', () => {
    const policy = alarmPolicyOf({});
    expect(installationLimit(policy.budgets.fraud, 6156)).toBe(50);
    expect(installationLimit(policy.budgets.fraud, 10)).toBe(1);
    expect(installationLimit({ ...policy.budgets.fraud, perDay: 7 }, 6156)).toBe(7);
    expect(isUnlimited(policy, 'fraud')).toBe(false);
    expect(isUnlimited(policy, 'device')).toBe(true);
    expect(isUnlimited(alarmPolicyOf({ mode: 'learning', budgets: { fraud: {} } }), 'fraud')).toBe(true);
  });

  it('are refused with the entry’s name where they make no sense', () => {
    for (const bad of [
      { leastPrecision: 2 },
      { mode: 'loud' },
      { rules: { A1: { mean: 0, strength: 1, minutes: 1 } } },
      { fillAt: ['25:00'] },
      { typo: 1 },
      [],
    ]) {
      expect(() => alarmPolicyOf(bad, 'budget.yaml')).toThrow(/budget\.yaml/);
    }
  });
});

describe('a bound on false alerts', () => {
  const policy = { ...alarmPolicyOf({}).fairness, leastShown: 20, maxRatio: 1.5 };
  const group = (shown: number, excluded: number) => [{ dimension: 'age', grp: '75+', shown, excluded }];
  it('is broken by what is surely worse than everybody’s, not by chance or by few', () => {
    const all = { shown: 1000, excluded: 200 };
    expect(breaches(group(100, 60), all, policy)).toMatchObject([{ grp: '75+', allowed: 0.30000000000000004 }]);
    expect(breaches(group(100, 32), all, policy)).toEqual([]);
    expect(breaches(group(10, 10), all, policy)).toEqual([]);
    expect(breaches(group(100, 60), { shown: 0, excluded: 0 }, policy)).toEqual([]);
    expect(breaches(group(100, 60), all, { ...policy, maxRatio: null })).toEqual([]);
    expect(breaches(group(100, 60), all, { ...policy, maxRatio: null, maxDifference: 0.1 })).toHaveLength(1);
  });
});
