import { expect, it } from 'vitest';
import { countedSince, countyOf, stepBreaker } from '../../../src/reconcile/holding/breaker.ts';
import type { HoldBreakerRow } from '../../../src/reconcile/holding/tables.ts';
import { createRuleSet } from '../../../src/reconcile/parameters.ts';

const parameters = createRuleSet().decision;
const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;
const open: HoldBreakerRow = {
  scope: '411624',
  state: 'open',
  opened_at: NOW - MINUTE,
  closes_at: NOW + MINUTE,
  wanted: 10,
  decided: 20,
  withheld: 3,
  closed_at: null,
  closed_by: null,
  note: null,
  updated_at: NOW - MINUTE,
};
const go = (wanted: number, decided: number, breaker: HoldBreakerRow | null = null, now = NOW, again = false) =>
  stepBreaker({ scope: '411624', breaker, counts: { wanted, decided }, parameters, now, again });

it('lets usual holds pass: few, or few among many', () => {
  expect(go(9, 9)).toEqual({ pass: true, next: null });
  expect(go(10, 201)).toEqual({ pass: true, next: null });
});

it('stops holding when holds jump, for as long as the policy says', () => {
  expect(go(10, 200)).toMatchObject({
    pass: false,
    next: { state: 'open', wanted: 10, decided: 200, closes_at: NOW + 120 * MINUTE },
  });
});

it('counts what it withholds, each visit once', () => {
  expect(go(1, 100, open)).toMatchObject({ pass: false, next: { withheld: 4 } });
  expect(go(1, 100, open, NOW, true)).toEqual({ pass: false, next: null });
});

it('tries again by itself, and stops again at once while the cause is there', () => {
  expect(go(1, 500, open, NOW + MINUTE)).toMatchObject({ pass: true, next: { state: 'closed', closed_by: null } });
  expect(go(40, 500, open, NOW + MINUTE)).toMatchObject({
    pass: false,
    next: { state: 'open', opened_at: NOW + MINUTE },
  });
});

it('does not count against a person’s word what came before it', () => {
  const closed: HoldBreakerRow = { ...open, state: 'closed', closed_at: NOW - MINUTE, closed_by: 'user:li' };
  expect(countedSince(closed, parameters, NOW)).toBe(NOW - MINUTE);
  expect(countedSince({ ...closed, closed_by: null }, parameters, NOW)).toBe(NOW - 60 * MINUTE);
});

it('finds the county in a clinic’s code', () => {
  expect(countyOf('H41162400123')).toBe('411624');
});
