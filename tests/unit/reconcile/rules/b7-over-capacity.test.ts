import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { ask, says } from '../facts.ts';
import { bookedRow, closedDay, DAY_FROM, HOUR, several } from './day-facts.ts';

const crowd = (n: number, doctors: (i: number) => string[], over: object = {}): Facts =>
  closedDay(
    several(n, (i) => bookedRow(i, {}, { doctors: doctors(i) })),
    over,
  );
const one = (): string[] => ['D1'];

describe('B7 超接诊能力', () => {
  it.each<[string, Facts, string]>([
    ['sixty-one with one doctor', crowd(61, one), 'hit over_capacity'],
    ['sixty', crowd(60, one), 'clear within'],
    ['two doctors on shift', crowd(100, (i) => [i % 2 ? 'D1' : 'D2']), 'clear within'],
    [
      'more than the hours hold',
      crowd(25, one, { open: [{ from: DAY_FROM, to: DAY_FROM + HOUR }] }),
      'hit over_capacity',
    ],
    ['no doctor named, few', crowd(20, () => []), 'clear within'],
    ['no doctor named, many', crowd(61, () => []), 'undetermined no_doctor'],
    ['the doctor "unknown" is nobody', crowd(61, () => ['未知']), 'undetermined no_doctor'],
    ['a vaccination day', crowd(90, one, { vaccinationDay: true }), 'clear vaccination_day'],
    ['a day that goes on', crowd(90, one, { closed: false }), 'nothing'],
  ])('%s', (_, facts, expected) => expect(says('B7', facts)).toBe(expected));

  it('shows what it reckoned with', () => {
    expect(ask('B7', crowd(61, one))[0]?.evidence).toMatchObject({ doctors: 1, possible: 60, settlements: 61 });
  });
});
