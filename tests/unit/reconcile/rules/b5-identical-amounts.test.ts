import { describe, expect, it } from 'vitest';
import type { DayBookFact } from '../../../../src/reconcile/book/facts.ts';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { ask, says } from '../facts.ts';
import { bookedRow, closedDay, several } from './day-facts.ts';

const sums = (fen: (i: number) => number, n = 8, written: Partial<DayBookFact> = {}, over: object = {}): Facts =>
  closedDay(
    several(n, (i) => bookedRow(i, {}, { totalFen: fen(i), ...written })),
    over,
  );
const spread = (i: number): number => 2000 + i * 137;

describe('B5 金额趋同', () => {
  it.each<[string, Facts, string]>([
    ['half come to one sum', sums((i) => (i <= 4 ? 3560 : spread(i))), 'hit same_sum'],
    ['fewer do', sums((i) => (i <= 3 ? 3560 : spread(i))), 'clear spread'],
    ['just below the limit', sums((i) => (i <= 4 ? 7900 + i : spread(i))), 'hit just_below_limit'],
    ['at the limit', sums((i) => (i <= 3 ? 8000 : spread(i))), 'clear spread'],
    ['above the limit', sums((i) => (i <= 3 ? 8010 + i : spread(i))), 'clear spread'],
    ['few settlements', sums(() => 3560, 7), 'clear few'],
    ['consultations alone', sums(() => 1000, 9, { drugLines: false }), 'clear consultations'],
    ['no fee lines', sums(() => 3560, 9, { drugLines: false, otherLines: false }), 'undetermined no_fee_lines'],
    ['a vaccination day', sums(() => 3560, 9, {}, { vaccinationDay: true }), 'clear vaccination_day'],
    ['a day that goes on', sums(() => 3560, 9, {}, { closed: false }), 'nothing'],
  ])('%s', (_, facts, expected) => expect(says('B5', facts)).toBe(expected));

  it('names those that are alike, and does not count what was reversed', () => {
    expect(
      ask(
        'B5',
        sums((i) => (i <= 4 ? 3560 : spread(i))),
      )[0]?.setlIds,
    ).toEqual(['S1', 'S2', 'S3', 'S4']);
    const rows = several(9, (i) => bookedRow(i, { reversed: i > 7 }, { totalFen: 3560 }));
    expect(says('B5', closedDay(rows))).toBe('clear few');
  });
});
