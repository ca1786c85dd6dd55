import { describe, expect, it } from 'vitest';
import type { DayBookFact } from '../../../../src/reconcile/book/facts.ts';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { ask, says } from '../facts.ts';
import { bookedRow, closedDay, several } from './day-facts.ts';

const one = (written: Partial<DayBookFact>, over: object = {}): Facts => closedDay([bookedRow(1, over, written)]);

describe('B9 诊断与年龄性别不符', () => {
  it.each<[string, Facts, string]>([
    ['a child with a stroke', one({ diagnoses: ['I63.900'], ageYears: 5 }), 'hit mismatch'],
    ['an old woman with a stroke', one({ diagnoses: ['I63.900'], ageYears: 75 }), 'clear none'],
    ['a man in childbed', one({ diagnoses: ['O80.900'], sex: 'male', ageYears: 30 }), 'hit mismatch'],
    ['a woman of seventy in childbed', one({ diagnoses: ['O80.900'], ageYears: 70 }), 'hit mismatch'],
    ['a woman with a prostate', one({ diagnoses: ['N40.x00'] }), 'hit mismatch'],
    ['a cold', one({ diagnoses: ['J06.900'], ageYears: 5 }), 'clear none'],
    ['sex not known', one({ diagnoses: ['N40.x00'], sex: 'unknown' }), 'clear none'],
    ['person not known', one({ diagnoses: ['N40.x00'], sex: null, ageYears: null }), 'undetermined person_unknown'],
    ['no diagnosis', one({ diagnoses: [] }), 'clear none'],
    ['reversed', one({ diagnoses: ['N40.x00'] }, { reversed: true }), 'nothing'],
    ['a day that goes on', closedDay([bookedRow(1)], { closed: false }), 'nothing'],
  ])('%s', (_, facts, expected) => expect(says('B9', facts)).toBe(expected));

  it('is a question about data once, and a suspicion when many people are concerned', () => {
    const wrong = { diagnoses: ['I63.900'], ageYears: 5 };
    expect(ask('B9', one(wrong))[0]).toMatchObject({ class: 'data', setlIds: ['S1'] });
    const many = closedDay(several(3, (i) => bookedRow(i, {}, wrong)));
    expect(ask('B9', many)[0]).toMatchObject({ reason: 'many_mismatches', class: 'fraud' });
  });
});
