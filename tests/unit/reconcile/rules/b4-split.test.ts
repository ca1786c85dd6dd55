import { describe, expect, it } from 'vitest';
import type { DayBookFact } from '../../../../src/reconcile/book/facts.ts';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { ask, says } from '../facts.ts';
import { bookedRow, closedDay } from './day-facts.ts';

const pair = (one: Partial<DayBookFact>, other: Partial<DayBookFact>, over: object = {}): Facts =>
  closedDay([bookedRow(1, { psnNo: 'P1' }, one), bookedRow(2, { psnNo: 'P1', ...over }, other), bookedRow(3)]);
const fifty = { totalFen: 5000 };

describe('B4 分解结算', () => {
  it.each<[string, Facts, string]>([
    ['twice fifty yuan of eighty', pair(fifty, fifty), 'hit split'],
    ['together below the limit', pair({ totalFen: 4000 }, { totalFen: 4000 }), 'clear none'],
    ['one above the limit by itself', pair({ totalFen: 9000 }, fifty), 'clear none'],
    ['chronic and acute on one day', pair({ ...fifty, medType: '14' }, fifty), 'clear none'],
    ['two illnesses', pair({ ...fifty, diagnoses: ['J06.900'] }, fifty), 'clear none'],
    ['no diagnosis', pair({ ...fifty, diagnoses: [] }, fifty), 'undetermined no_diagnosis'],
    ['one of them reversed', pair(fifty, fifty, { reversed: true }), 'clear none'],
    ['two people', pair(fifty, fifty, { psnNo: 'P2' }), 'clear none'],
    ['a sum that is not known', pair(fifty, { totalFen: null }), 'clear none'],
    ['a day that goes on', closedDay([bookedRow(1)], { closed: false }), 'nothing'],
  ])('%s', (_, facts, expected) => expect(says('B4', facts)).toBe(expected));

  it('names the person and both settlements', () => {
    expect(ask('B4', pair(fifty, fifty))[0]).toMatchObject({ psnNo: 'P1', setlIds: ['S1', 'S2'], part: 'P1' });
  });
});
