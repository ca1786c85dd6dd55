import { parse as parseCsv } from 'csv-parse/sync';
import ICAL from 'ical.js';
import { DomainError } from '../platform/errors.ts';

/** Days off beside weekends, and weekend days that are worked (调休), yyyy-mm-dd, sorted. */
export interface CalendarDays {
  readonly holidays: readonly string[];
  readonly workdays: readonly string[];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
/** How subscribed calendars and lists say that a day is worked. */
const WORKED = /班|调休上班|workday|work day|make-?up/i;

/**
 * Reads a calendar of holidays: iCalendar (.ics), or CSV with the columns date and kind (holiday, workday; 休, 班).
 * @throws DomainError `invalid_input` naming the line or event
 */
export function readCalendarFile(name: string, text: string): CalendarDays {
  const days = /\.ics$/i.test(name) ? fromIcs(text) : /\.csv$/i.test(name) ? fromCsv(text) : null;
  if (days === null) {
    throw new DomainError('invalid_input', `${name}: neither .ics nor .csv`, {
      remedy: 'Save it as iCalendar, or as CSV with the columns date,kind.',
    });
  }
  if (days.length === 0) {
    throw new DomainError('invalid_input', `${name} holds no day`, { remedy: 'Look whether it is the right file.' });
  }
  return calendarDays(days);
}

export function calendarDays(days: readonly { readonly day: string; readonly worked: boolean }[]): CalendarDays {
  const of = (worked: boolean): string[] =>
    [...new Set(days.filter((one) => one.worked === worked).map(({ day }) => day))].sort();
  const workdays = of(true);
  return { holidays: of(false).filter((day) => !workdays.includes(day)), workdays };
}

function fromIcs(text: string): { day: string; worked: boolean }[] {
  let root: ICAL.Component;
  try {
    root = new ICAL.Component(ICAL.parse(text));
  } catch (error) {
    throw new DomainError('invalid_input', `this is no iCalendar: ${(error as Error).message}`);
  }
  return root.getAllSubcomponents('vevent').flatMap((component) => {
    const event = new ICAL.Event(component);
    const worked = WORKED.test(`${event.summary ?? ''} ${event.description ?? ''}`);
    const days: { day: string; worked: boolean }[] = [];
    const last = event.endDate ?? event.startDate;
    for (const at = event.startDate.clone(); days.length < 60; at.adjust(1, 0, 0, 0)) {
      if (days.length > 0 && at.compare(last) >= 0) break;
      days.push({ day: at.toString().slice(0, 10), worked });
    }
    return days;
  });
}

function fromCsv(text: string): { day: string; worked: boolean }[] {
  const rows = parseCsv(text, { bom: true, columns: true, skip_empty_lines: true, trim: true }) as Record<
    string,
    string
  >[];
  return rows.map((row, i) => {
    const { date = '', kind = '' } = row;
    const worked = kind === 'workday' || kind === '班';
    if (!DAY.test(date) || !(worked || kind === 'holiday' || kind === '休')) {
      throw new DomainError('invalid_input', `line ${i + 2}: ${JSON.stringify(row)}`, {
        remedy: 'Each line has date (yyyy-mm-dd) and kind: holiday or workday.',
      });
    }
    return { day: date, worked };
  });
}
