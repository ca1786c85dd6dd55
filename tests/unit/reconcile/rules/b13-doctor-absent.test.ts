import { describe, expect, it } from 'vitest';
import type { DayBooks, DoctorFact } from '../../../../src/reconcile/book/facts.ts';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { AT, ask, MINUTE, says } from '../facts.ts';
import { bookedRow, books, closedDay, DAY_FROM, HOUR } from './day-facts.ts';

const doctor = (over: Partial<DoctorFact> = {}): DoctorFact => ({
  code: 'D1',
  registered: true,
  here: [],
  elsewhere: [],
  ...over,
});
const afternoon = [{ from: DAY_FROM + 14 * HOUR, to: DAY_FROM + 18 * HOUR }];
const morning = [{ from: DAY_FROM + 8 * HOUR, to: DAY_FROM + 11 * HOUR }];
/** One settlement at five past nine in D1's name. */
const at = (own: Partial<DoctorFact>, over: Partial<DayBooks> = {}): Facts =>
  closedDay([bookedRow(1)], { books: books({ doctors: [doctor(own)], signedIn: afternoon, ...over }) });

describe('B13 医师不在岗', () => {
  it.each<[string, Facts, string]>([
    ['signed in that morning', at({ here: morning }), 'clear present'],
    ['signed in and not out', at({ here: [{ from: DAY_FROM + 8 * HOUR, to: null }] }), 'clear present'],
    ['signed in a little later', at({ here: [{ from: AT + 20 * MINUTE, to: null }] }), 'clear present'],
    ['signed in that afternoon only', at({ here: afternoon }), 'hit nobody_signed_in'],
    ['nobody signed in that morning', at({}), 'hit nobody_signed_in'],
    [
      'signed in elsewhere',
      at({ elsewhere: [{ clinic: 'H2', from: DAY_FROM + 8 * HOUR, to: null }] }),
      'hit signed_in_elsewhere',
    ],
    ['a colleague was there: an exchange', at({}, { signedIn: morning }), 'hit colleague_signed_in'],
    ['the clinic keeps no sign-ins', at({}, { signedIn: [], signInsKept: false }), 'undetermined no_sign_ins'],
    ['not on the roster', at({ registered: false }), 'hit not_on_roster'],
    [
      'the doctor "unknown"',
      closedDay([bookedRow(1, {}, { doctors: ['未知'] })], { books: books({ doctors: [doctor({ code: '未知' })] }) }),
      'hit doctor_not_named',
    ],
    ['no doctor named', closedDay([bookedRow(1, {}, { doctors: [] })]), 'clear no_doctor'],
    [
      'a home visit',
      closedDay([bookedRow(1, { homeVisit: true })], { books: books({ doctors: [doctor()], signedIn: afternoon }) }),
      'clear no_doctor',
    ],
    ['a day that goes on', closedDay([bookedRow(1)], { closed: false }), 'nothing'],
  ])('%s', (_, facts, expected) => expect(says('B13', facts)).toBe(expected));

  it('asks about data where a slip is likelier, and suspects only otherwise', () => {
    expect(ask('B13', at({}))[0]?.class).toBe('fraud');
    for (const facts of [at({}, { signedIn: morning }), at({ registered: false })])
      expect(ask('B13', facts)[0]?.class).toBe('data');
  });

  it('looks at each half day by itself', () => {
    const rows = [bookedRow(1), bookedRow(2, { at: DAY_FROM + 15 * HOUR })];
    const facts = closedDay(rows, { books: books({ doctors: [doctor({ here: afternoon })], signedIn: afternoon }) });
    expect(ask('B13', facts)[0]?.setlIds).toEqual(['S1']);
  });
});
