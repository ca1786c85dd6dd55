import { describe, expect, it } from 'vitest';
import { readCalendarFile } from '../../../src/reconcile/calendar-file.ts';
import { addWorkingDays } from '../../../src/reconcile/local-time.ts';

const ICS = `BEGIN:VCALENDAR
VERSION:2.0
BEGIN:VEVENT
UID:1
DTSTART;VALUE=DATE:20261001
DTEND;VALUE=DATE:20261008
SUMMARY:国庆节(休)
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART;VALUE=DATE:20261010
DTEND;VALUE=DATE:20261011
SUMMARY:国庆节(班)
END:VEVENT
END:VCALENDAR
`;

describe('an imported calendar', () => {
  it('of iCalendar knows days off and worked weekends, and moves a limit by them', () => {
    const days = readCalendarFile('2026.ics', ICS);
    expect(days.holidays).toEqual([1, 2, 3, 4, 5, 6, 7].map((day) => `2026-10-0${day}`));
    expect(days.workdays).toEqual(['2026-10-10']);
    const calendar = { holidays: new Set(days.holidays), workdays: new Set(days.workdays) };
    const asked = Date.parse('2026-09-30T10:00:00+08:00');
    const due = addWorkingDays(asked, 3, 'Asia/Shanghai', calendar);
    expect(new Date(due).toISOString()).toBe('2026-10-10T02:00:00.000Z');
  });

  it('of CSV says which line is wrong', () => {
    expect(readCalendarFile('a.csv', 'date,kind\n2026-10-01,休\n2026-10-10,workday\n')).toEqual({
      holidays: ['2026-10-01'],
      workdays: ['2026-10-10'],
    });
    expect(() => readCalendarFile('a.csv', 'date,kind\n2026-10-01,holiday\n1.10.2026,holiday\n')).toThrow(/line 3/);
    expect(() => readCalendarFile('a.csv', 'date,kind\n')).toThrow(/no day/);
    expect(() => readCalendarFile('a.ics', 'hello')).toThrow(/iCalendar/);
    expect(() => readCalendarFile('a.doc', '')).toThrow(/neither/);
  });
});
