import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alarmPolicyOf } from '../../../../src/review/budget/policy.ts';
import { findingProbability, type RatedFinding, rate } from '../../../../src/review/budget/rating.ts';
import { recordAt, withAnswer } from '../../../../src/review/budget/record.ts';

const policy = alarmPolicyOf({
  rules: {
    A2: { mean: 0.05, strength: 20, minutes: 5 },
    A5: { mean: 0.3, strength: 20, minutes: 20 },
    B2: { mean: 0.1, strength: 20, minutes: 10 },
    'A8/dead': { mean: 0.95, strength: 40, minutes: 5, settleHours: 30 },
  },
});
const hit = (ruleId: string, basis: readonly string[], more: Partial<RatedFinding> = {}): RatedFinding => ({
  ruleId,
  reason: 'x',
  class: 'fraud',
  basis,
  setlIds: ['S1'],
  evidence: {},
  ...more,
});
const named = { setlIds: ['S1'], fundFen: 1000 };
const NONE = new Map();

describe('how likely an alert is right', () => {
  it('is the prior of its rule, or of the reason that the rule gave, until reviewers have said something', () => {
    expect(rate([hit('A2', ['presence', 'claims'])], named, policy, NONE)).toEqual({
      pRight: 0.05,
      expectedFen: 50,
      minutes: 5,
      settleMs: 24 * 3_600_000,
    });
    expect(rate([hit('A8', ['status', 'claims'], { reason: 'dead' })], named, policy, NONE)).toMatchObject({
      pRight: 0.95,
      settleMs: 30 * 3_600_000,
    });
    expect(rate([hit('Z9', ['claims'])], named, policy, NONE)?.pRight).toBe(policy.default.mean);
  });

  it('takes a rule’s own reckoning, within what the alert names', () => {
    const own = hit('S1', ['presence'], { evidence: { pRight: 0.91, expectedLossFen: 700 } });
    expect(rate([own], named, policy, NONE)).toMatchObject({ pRight: 0.91, expectedFen: 700 });
    const much = hit('S1', ['presence'], { evidence: { pRight: 0.91, expectedLossFen: 7_000_000 } });
    expect(rate([much], named, policy, NONE)?.expectedFen).toBe(1000);
    const broken = hit('A2', ['presence'], { evidence: { pRight: 'sure', expectedLossFen: -3 } });
    expect(rate([broken], named, policy, NONE)).toMatchObject({ pRight: 0.05, expectedFen: 50 });
  });

  it('says nothing of alerts that accuse nobody', () => {
    expect(rate([hit('E1', ['presence'], { class: 'evidence' })], named, policy, NONE)).toBeNull();
  });

  it('is raised by another ground, never by the same again, and never by more than the bound', () => {
    const footage = hit('A5', ['presence', 'claims']);
    const alone = rate([footage], named, policy, NONE)?.pRight ?? 0;
    expect(rate([footage, hit('A2', ['face', 'presence', 'claims'])], named, policy, NONE)?.pRight).toBe(alone);
    const more = rate([footage, hit('B2', ['claims'])], named, policy, NONE)?.pRight ?? 0;
    expect(more).toBeGreaterThan(alone);
    const logit = (p: number) => Math.log(p / (1 - p));
    const all = ['status', 'stock', 'claims'].map((basis) =>
      hit('A8', [basis], { reason: basis === 'status' ? 'dead' : 'x' }),
    );
    const most = rate([footage, ...all], named, policy, NONE)?.pRight ?? 0;
    expect(logit(most) - logit(0.95)).toBeLessThanOrEqual(policy.combine.mostGain + 0.01);
  });

  it('is not carried by a finding about a small part of what the alert names', () => {
    const dead = hit('A8', ['status'], { reason: 'dead', setlIds: ['S1'] });
    const wide = { setlIds: Array.from({ length: 10 }, (_, i) => `S${i + 1}`), fundFen: 10_000 };
    expect(rate([dead], wide, policy, NONE)?.pRight).toBeCloseTo(0.19, 3);
  });

  it('moves towards what reviewers found, more the more they said', () => {
    const prior = { mean: 0.4, strength: 20, minutes: 5 };
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }), (confirmed, excluded) => {
        const p = findingProbability(prior, { confirmed, excluded, claimed: 0.4 * (confirmed + excluded) }, null);
        const found = confirmed + excluded === 0 ? 0.4 : confirmed / (confirmed + excluded);
        expect(p).toBeGreaterThanOrEqual(Math.max(0.001, Math.min(found, 0.4) - 1e-9));
        expect(p).toBeLessThanOrEqual(Math.max(found, 0.4) + 1e-9);
      }),
    );
    // A rule that claims nine in ten and is right in five of ten is believed no more.
    const believed = findingProbability(prior, { confirmed: 50, excluded: 50, claimed: 90 }, 0.9);
    expect(believed).toBeGreaterThan(0.5);
    expect(believed).toBeLessThan(0.65);
    expect(findingProbability(prior, { confirmed: 90, excluded: 10, claimed: 90 }, 0.9)).toBeCloseTo(0.9, 6);
  });
});

describe('what reviewers found', () => {
  const DAY = 86_400_000;
  it('counts half after a half-life, and a word taken back leaves nothing', () => {
    const said = withAnswer(undefined, { key: 'A2', right: true, claimed: 0.05, weight: 1 }, 0, 180);
    expect(recordAt(said, 180 * DAY, 180)).toEqual({ confirmed: 0.5, excluded: 0, claimed: 0.025 });
    const later = 90 * DAY;
    const left = 2 ** (-90 / 180);
    const back = withAnswer(said, { key: 'A2', right: true, claimed: 0.05, weight: -left }, later, 180);
    expect(back.confirmed).toBeCloseTo(0, 12);
    expect(back.claimed).toBeCloseTo(0, 12);
  });
});
