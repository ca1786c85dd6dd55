import { describe, expect, it } from 'vitest';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { outsideHours } from '../../../../src/reconcile/local-time.ts';
import { appearance, ask, best, compared, MINUTE, person, says, settlement } from '../facts.ts';
import { DAY_FROM, HOUR, passed } from './day-facts.ts';

const none = { homeVisit: false, outage: false, vaccinationDay: false, emergency: false };
const at = (hour: number, outsideMin: number | null, over = {}, around = {}): Facts =>
  settlement(around, {
    at: DAY_FROM + hour * HOUR,
    day: { from: DAY_FROM, to: DAY_FROM + 24 * HOUR },
    outsideHoursMs: outsideMin === null ? null : outsideMin * MINUTE,
    filings: none,
    ...over,
  });

describe('B1 非营业时间结算', () => {
  it.each<[string, Facts, string]>([
    ['in the evening', at(20, 120), 'hit outside_hours'],
    ['at night', at(23, 300), 'hit night'],
    ['before dawn', at(5, 180), 'hit night'],
    ['a quarter of an hour after closing', at(18.25, 15), 'clear within_hours'],
    ['within hours', at(9, 0), 'clear within_hours'],
    ['no hours told, by day', at(9, null), 'clear no_hours'],
    ['no hours told, at night', at(23, null), 'undetermined no_hours'],
    ['older facts', settlement(), 'undetermined older_facts'],
    ['reversed', at(20, 120, { reversed: true }), 'clear reversed'],
    ['a home visit', at(20, 120, { filings: { ...none, homeVisit: true } }), 'clear home_visit_filed'],
    ['a vaccination day', at(20, 120, { filings: { ...none, vaccinationDay: true } }), 'clear vaccination_day'],
    ['an approved emergency', at(23, 300, { filings: { ...none, emergency: true } }), 'clear emergency_filed'],
    ["the doctor's own", at(20, 120, { person: { ...person(), isStaffHere: true } }), 'clear own_visit'],
    ['the terminal knew him', at(20, 120, passed), 'clear somebody_came'],
    ['seen', at(20, 120, {}, { appearances: [appearance({ claimed: compared('match') })] }), 'clear somebody_came'],
    [
      'a registered proxy',
      at(20, 120, {}, { appearances: [appearance({ proxy: best('P2') })] }),
      'clear somebody_came',
    ],
    ['footage still to come', at(20, 120, {}, { complete: false }), 'undetermined not_yet'],
    ['no footage ever', at(20, 120, {}, { complete: false, footageLost: true }), 'hit outside_hours'],
  ])('%s', (_, facts, expected) => expect(says('B1', facts)).toBe(expected));

  it('takes the night more seriously', () => {
    expect(ask('B1', at(23, 300))[0]?.severity).toBe('medium');
    expect(ask('B1', at(20, 120))[0]?.severity).toBe('low');
  });
});

describe('how far from opening hours', () => {
  const hours = [{ days: [1, 2, 3, 4, 5], from: '08:00', to: '12:00' }];
  const moment = (text: string): number => Date.parse(`${text}:00+08:00`);
  it('counts to the nearest opening, also of the next day', () => {
    const zone = 'Asia/Shanghai';
    expect(outsideHours(hours, moment('2026-03-17T09:00'), zone)).toBe(0);
    expect(outsideHours(hours, moment('2026-03-17T07:30'), zone)).toBe(30 * MINUTE);
    expect(outsideHours(hours, moment('2026-03-17T13:00'), zone)).toBe(HOUR + 1);
    expect(outsideHours(hours, moment('2026-03-15T23:00'), zone)).toBe(9 * HOUR);
    expect(outsideHours([], moment('2026-03-15T23:00'), zone)).toBeNull();
  });
  it('knows hours that end after midnight', () => {
    const late = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '20:00', to: '02:00' }];
    expect(outsideHours(late, moment('2026-03-17T01:00'), 'Asia/Shanghai')).toBe(0);
  });
});
