import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { ask, says } from '../facts.ts';
import { closedDay, DAY_FROM, HOUR } from './day-facts.ts';

const recorded = (coverage: number, over: object = {}): Facts => closedDay([], { coverage, ...over });
const filed = (from: number, to: number | null) => ({
  filedOutages: [{ from: DAY_FROM + from * HOUR, to: to === null ? null : DAY_FROM + to * HOUR }],
});

describe('E6 录像缺失', () => {
  it.each<[string, Facts, string]>([
    ['an hour of ten is missing', recorded(0.9), 'hit gaps'],
    ['nearly all is there', recorded(0.96), 'clear recorded'],
    ['the missing hour was filed', recorded(0.9, filed(9, 10)), 'clear recorded'],
    ['more is missing than was filed', recorded(0.7, filed(9, 10)), 'hit gaps'],
    ['filed for the whole day', recorded(0, filed(0, null)), 'clear filed'],
    ['filed outside the hours', recorded(0.9, filed(19, 20)), 'hit gaps'],
    ['a day off', recorded(0, { open: [] }), 'clear closed_day'],
    ['a day that goes on', recorded(0, { closed: false }), 'nothing'],
  ])('%s', (_, facts, expected) => expect(says('E6', facts)).toBe(expected));

  it('says how much is missing, about the cameras alone', () => {
    expect(ask('E6', recorded(0.9))[0]).toMatchObject({ class: 'device', setlIds: [] });
    expect(ask('E6', recorded(0.9))[0]?.evidence).toMatchObject({ missingMinutes: 60, recordedShare: 0.9 });
  });
});
