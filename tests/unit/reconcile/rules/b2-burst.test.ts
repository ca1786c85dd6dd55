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

  describe('with nobody but staff at the counter', () => {
    const seen = (n: number) => bookedRow(n, { at: AT + n * 60 * MINUTE, clustersAtCounter: [n] });
    const alone = (n: number, over: (i: number) => object = () => ({})) =>
      every(1.5, n, (i) => ({ staffInWindow: true, ...over(i) }));

    it('names those settlements, where the cameras saw others that day', () => {
      const [said] = ask('B2', closedDay([...alone(6), seen(7), seen(8)]));
      expect(said).toMatchObject({ outcome: 'hit', reason: 'burst_nobody_there' });
      expect(said?.setlIds).toHaveLength(6);
    });

    it('takes one face elsewhere for one of them, not for all', () => {
      const facts = closedDay([...alone(6, () => ({ possibleClusters: [3] })), seen(7), seen(8)]);
      expect(says('B2', facts)).toBe('hit burst_nobody_there');
    });

    it.each<[string, Facts]>([
      ['the cameras saw nobody else that day either', closedDay(alone(6))],
      [
        'they missed those whom the terminal knew: a clock that is wrong',
        closedDay([
          ...alone(6),
          seen(7),
          seen(8),
          ...[9, 10].map((n) => bookedRow(n, { at: AT + n * 60 * MINUTE, ...passed })),
        ]),
      ],
      [
        'somebody stood there who could not be told',
        closedDay([...alone(6, () => ({ unjudgedAtCounter: true })), seen(7), seen(8)]),
      ],
      [
        'somebody unknown stood there',
        closedDay([...alone(6, (i) => ({ clustersAtCounter: [20 + i] })), seen(7), seen(8)]),
      ],
      [
        'each of them may have been somebody who was seen elsewhere',
        closedDay([...alone(6, (i) => ({ possibleClusters: [30 + i] })), seen(7), seen(8)]),
      ],
      ['the cameras saw too little', closedDay([...alone(6, () => ({ coverage: 0.3 })), seen(7), seen(8)])],
      [
        'a proxy without a portrait may have come',
        closedDay([...alone(6, () => ({ proxyUnseenPossible: true })), seen(7), seen(8)]),
      ],
    ])('says no such thing when %s', (_, facts) => expect(says('B2', facts)).toBe('hit burst'));
  });
});
