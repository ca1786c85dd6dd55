import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit, byWorth, type Candidate } from '../../../../src/review/budget/ranking.ts';

const regions = ['411602', '411603', '41160201'];
const candidate: fc.Arbitrary<Candidate> = fc.record({
  alert_id: fc.uuid(),
  region_code: fc.constantFrom('41160200', '41160201', '41160300', '41162400'),
  severity: fc.constantFrom('high', 'medium', 'low'),
  // Few values, so that there are ties.
  p_right: fc.constantFrom(null, 0.8, 0.9),
  expected_fen: fc.constantFrom(null, 0, 1000, 2000),
  minutes: fc.constantFrom(null, 5, 10),
  raised_at: fc.constantFrom(0, 1, 2),
});
const candidates = fc.uniqueArray(candidate, { selector: (one) => one.alert_id, maxLength: 40 });

describe('the order in which alerts are shown', () => {
  it('is total: no two alerts are equal, and the order in which they came decides nothing', () => {
    fc.assert(
      fc.property(candidates, fc.integer(), (list, seed) => {
        const order = list.toSorted(byWorth).map(({ alert_id }) => alert_id);
        const shuffled = list.toSorted((a, b) => hash(a.alert_id, seed) - hash(b.alert_id, seed));
        expect(shuffled.toSorted(byWorth).map(({ alert_id }) => alert_id)).toEqual(order);
        for (const a of list) {
          for (const b of list) {
            if (a === b) continue;
            expect(byWorth(a, b)).not.toBe(0);
            expect(byWorth(a, b) < 0).toBe(byWorth(b, a) > 0);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('puts the most expected loss per minute first', () => {
    const base = { region_code: '4116', severity: 'low', p_right: 0.9, raised_at: 0 } as const;
    const order = [
      { ...base, alert_id: 'slow', expected_fen: 3000, minutes: 20 },
      { ...base, alert_id: 'quick', expected_fen: 1000, minutes: 5 },
    ].toSorted(byWorth);
    expect(order.map(({ alert_id }) => alert_id)).toEqual(['quick', 'slow']);
  });
});

describe('what a budget lets through', () => {
  it('is never more than it has room for, in the installation and in each region, and never leaves room unused', () => {
    fc.assert(
      fc.property(
        candidates,
        fc.integer({ min: 0, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 }),
        (list, installation, left) => {
          const room = { installation, regions: new Map(regions.map((code, i) => [code, left[i] ?? 0])) };
          const { admitted, over } = admit(list, room);
          expect(admitted.length).toBeLessThanOrEqual(installation);
          expect(admitted.length + over.length).toBe(list.length);
          for (const [code, most] of room.regions) {
            expect(admitted.filter((one) => one.region_code.startsWith(code)).length).toBeLessThanOrEqual(most);
          }
          // Whoever waits, waits for want of room: with one place more everywhere, somebody more would be shown.
          if (over.length > 0 && admitted.length < installation) {
            for (const one of over) {
              const full = [...room.regions].some(
                ([code, most]) =>
                  one.region_code.startsWith(code) &&
                  admitted.filter((other) => other.region_code.startsWith(code)).length >= most,
              );
              expect(full).toBe(true);
            }
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('has no limit where none was set', () => {
    const one = {
      alert_id: 'a',
      region_code: '41',
      severity: 'low',
      p_right: null,
      expected_fen: null,
      minutes: null,
      raised_at: 0,
    } as const;
    expect(admit([one], { installation: Number.POSITIVE_INFINITY, regions: new Map() }).over).toEqual([]);
  });
});

const hash = (text: string, seed: number): number =>
  [...text].reduce((sum, char) => (sum * 31 + char.charCodeAt(0) + seed) | 0, seed);
