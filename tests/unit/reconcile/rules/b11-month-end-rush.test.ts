import { describe, expect, it } from 'vitest';
import type { ClinicPeriodFacts } from '../../../../src/reconcile/periods/facts.ts';
import { ask, says } from '../facts.ts';
import { clinicPeriod } from './period-facts.ts';

const before = (n: number, share = 0.17): ClinicPeriodFacts['fund']['before'] =>
  Array.from({ length: n }, (_, i) => ({
    month: `2025-${String(i + 1).padStart(2, '0')}`,
    fundFen: 200_000,
    lastFen: 200_000 * share,
  }));
const month = (lastFen: number, months = 12, over: Partial<ClinicPeriodFacts> = {}) =>
  clinicPeriod({ over: true, fund: { fundFen: 200_000, lastFen, before: before(months) }, ...over });

describe('B11 月末突击', () => {
  it('tells a month of which the last five days took twice what they used to', () => {
    const [hit] = ask('B11', month(100_000));
    expect(hit).toMatchObject({ outcome: 'hit', reason: 'rush' });
    expect(hit?.evidence).toMatchObject({ share: 0.5, mean: 0.17, months: 12 });
  });

  it('is silent about an even month, and a clinic that is always so', () => {
    expect(says('B11', month(36_000))).toBe('clear even');
    const always = clinicPeriod({ over: true, fund: { fundFen: 200_000, lastFen: 100_000, before: before(12, 0.4) } });
    expect(says('B11', always)).toBe('clear as_before');
  });

  it('is silent where the last days held a filed vaccination day', () => {
    expect(says('B11', month(100_000, 12, { filedClinicDays: ['2026-03-28'] }))).toBe('clear filed_days');
    expect(says('B11', month(100_000, 12, { filedClinicDays: ['2026-03-20'] }))).toBe('hit rush');
  });

  it('cannot tell before half a year is known', () => {
    expect(says('B11', month(100_000, 5))).toBe('undetermined history_short');
  });

  it('says nothing of a month that is not over, or took next to nothing', () => {
    expect(says('B11', month(100_000, 12, { over: false }))).toBe('nothing');
    expect(says('B11', clinicPeriod({ over: true, fund: { fundFen: 900, lastFen: 900, before: [] } }))).toBe(
      'clear little_fund',
    );
  });
});
