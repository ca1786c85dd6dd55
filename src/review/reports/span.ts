import { DomainError } from '../../platform/errors.ts';
import { dayBounds, localDay, nextDay } from '../../reconcile/local-time.ts';

/** Pure: the time over which figures are asked for, in days of the installation's time zone. */

export const SPANS = ['today', '7d', '30d', 'month'] as const;
export type SpanName = (typeof SPANS)[number];

export interface ReportSpan {
  /** First day, yyyy-mm-dd. */
  readonly from: string;
  /** Last day. */
  readonly to: string;
  /** First day behind it; `until` and `from` as moments are the bounds of true time. */
  readonly bounds: { readonly from: number; readonly until: number };
  /** Its last day is over: nothing new begins in it any more. */
  readonly over: boolean;
}

const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** @param month yyyy-mm, of the span `month` alone; default: this month */
export function spanOf(
  asked: { readonly span: SpanName; readonly month?: string | undefined },
  now: number,
  timeZone: string,
): ReportSpan {
  const today = localDay(now, timeZone);
  if (asked.span === 'month') return monthsOf(asked.month, 1, now, timeZone);
  const days = asked.span === 'today' ? 1 : asked.span === '7d' ? 7 : 30;
  return between(nextDay(today, timeZone, 1 - days), today, today, timeZone);
}

/** So many months that end with one. @throws DomainError `invalid_input` for a month that has not begun */
export function monthsOf(month: string | undefined, months: number, now: number, timeZone: string): ReportSpan {
  const today = localDay(now, timeZone);
  const last = month ?? today.slice(0, 7);
  if (!MONTH.test(last)) {
    throw new DomainError('invalid_input', `${last} is no month`, { remedy: 'Write it as 2026-03.' });
  }
  if (last > today.slice(0, 7)) {
    throw new DomainError('invalid_input', `${last} has not begun`, { remedy: 'Choose this month or an earlier one.' });
  }
  const first = addMonths(last, 1 - months);
  return between(`${first}-01`, nextDay(`${addMonths(last, 1)}-01`, timeZone, -1), today, timeZone);
}

function between(from: string, to: string, today: string, timeZone: string): ReportSpan {
  return {
    from,
    to,
    bounds: { from: dayBounds(from, timeZone).from, until: dayBounds(to, timeZone).to },
    over: to < today,
  };
}

/** yyyy-mm so many months later, or earlier. */
export function addMonths(month: string, months: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const index = year * 12 + (number - 1) + months;
  return `${String(Math.floor(index / 12)).padStart(4, '0')}-${String((index % 12) + 1).padStart(2, '0')}`;
}

/** Every month of a span, in order. */
export function monthsIn(span: Pick<ReportSpan, 'from' | 'to'>): string[] {
  const months: string[] = [];
  for (let month = span.from.slice(0, 7); month <= span.to.slice(0, 7); month = addMonths(month, 1)) months.push(month);
  return months;
}
