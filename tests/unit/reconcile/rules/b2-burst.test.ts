import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { AT, ask, MINUTE, says } from '../facts.ts';
import { bookedRow, closedDay, passed, several } from './day-facts.ts';

const every = (minutes: number, n: number, over: (i: number) => object = () => ({})) =>
  several(n, (i) => bookedRow(i, { at: AT + i * minutes * MINUTE, ...over(i) }));

describe('B2 批量集中结算', () => {
  it.each<[string, Facts, string]>([
    ['five in eight minutes', closedDay(every(2, 5)), 'hit burst'],
    ['five gaps of half a minute', closedDay(every(0.5, 5)), 'hit burst'],
    ['four in eight minutes', closedDay(every(2.5, 4)), 'clear none'],
    ['spread out', closedDay(every(5, 12)), 'clear none'],
    ['a vaccination day', closedDay(every(2, 8), { vaccinationDay: true }), 'clear vaccination_day'],
    ['home visits', closedDay(every(2, 8, () => ({ homeVisit: true }))), 'clear none'],
    ['reversed ones', closedDay(every(2, 6, (i) => ({ reversed: i > 4 }))), 'clear none'],
    ['a queue: the terminal knew them', closedDay(every(2, 6, () => passed)), 'clear people_seen'],
    ['a queue: cameras knew them', closedDay(every(2, 6, (i) => ({ claimedClusters: [i] }))), 'clear people_seen'],
    ['proxies came', closedDay(every(2, 6, (i) => ({ proxyClusters: [i] }))), 'clear people_seen'],
    ['a day that goes on', closedDay(every(2, 8), { closed: false }), 'nothing'],
  ])('%s', (_, facts, expected) => expect(says('B2', facts)).toBe(expected));

  it('names only those for whom nobody came', () => {
    const [said] = ask('B2', closedDay(every(2, 6, (i) => (i < 3 ? passed : {}))));
    expect(said?.setlIds).toEqual(['S3', 'S4', 'S5', 'S6']);
    expect(said?.evidence).toMatchObject({ count: 6, unexplained: 4, bursts: 1 });
  });
});
