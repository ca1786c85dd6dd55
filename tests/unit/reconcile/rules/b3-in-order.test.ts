import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { ask, says } from '../facts.ts';
import { bookedRow, closedDay, passed, several } from './day-facts.ts';

const numbered = (numbers: (string | null)[], over: (i: number) => object = () => ({})) =>
  several(numbers.length, (i) => bookedRow(i, { psnNo: numbers[i - 1] ?? null, ...over(i) }));
const rising = ['P101', 'P102', 'P105', 'P106', 'P109', 'P112'];

describe('B3 顺序批量结算', () => {
  it.each<[string, Facts, string]>([
    ['six rising numbers', closedDay(numbered(rising)), 'hit in_order'],
    ['six falling numbers', closedDay(numbered(rising.toReversed())), 'hit in_order'],
    ['five', closedDay(numbered(rising.slice(1))), 'clear none'],
    ['longer numbers are greater', closedDay(numbered(['P8', 'P9', 'P10', 'P11', 'P12', 'P13'])), 'hit in_order'],
    ['broken in the middle', closedDay(numbered(['P101', 'P102', 'P105', 'P104', 'P109', 'P112'])), 'clear none'],
    [
      'somebody without a number between',
      closedDay(numbered(['P101', 'P102', 'P105', null, 'P109', 'P112', 'P113'])),
      'clear none',
    ],
    ['a vaccination day', closedDay(numbered(rising), { vaccinationDay: true }), 'clear vaccination_day'],
    ['people who came', closedDay(numbered(rising, () => passed)), 'clear people_seen'],
    ['reversed ones', closedDay(numbered(rising, (i) => ({ reversed: i === 2 }))), 'clear none'],
  ])('%s', (_, facts, expected) => expect(says('B3', facts)).toBe(expected));

  it('follows households, and counts a family that comes together as one', () => {
    const shuffled = ['P5', 'P9', 'P1', 'P8', 'P2', 'P7'];
    const houses = (numbers: string[]) =>
      several(6, (i) => bookedRow(i, { psnNo: shuffled[i - 1] ?? null }, { household: numbers[i - 1] ?? null }));
    expect(says('B3', closedDay(houses(['F1', 'F2', 'F3', 'F4', 'F5', 'F6'])))).toBe('hit in_order');
    expect(says('B3', closedDay(houses(['F1', 'F1', 'F1', 'F4', 'F5', 'F6'])))).toBe('clear none');
    expect(ask('B3', closedDay(houses(['F1', 'F2', 'F3', 'F4', 'F5', 'F6'])))[0]?.evidence).toMatchObject({
      longest: 6,
    });
  });
});
