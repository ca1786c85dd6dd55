import { DateTime } from 'luxon';
import type { Span } from './intervals.ts';

/** Form of clinics.open_hours; days 1 (Monday) to 7, local times `HH:mm`. `to` at or before `from` ends on the next day. */
export interface OpenHours {
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
}

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
/** Since then every zone's days and changes of the clock begin at a quarter of an hour. */
const QUARTERS_SINCE_MS = Date.UTC(1973, 0);
const MOST_KEPT = 20_000;

/** Days of quarters of an hour met before, by zone: reckoning with zones is slow, and events lie close together. */
const days = new Map<string, Map<number, string>>();

/** yyyy-mm-dd of a moment, local. */
export function localDay(atMs: number, zone: string): string {
  if (!(atMs >= QUARTERS_SINCE_MS)) return formattedDay(atMs, zone);
  let known = days.get(zone);
  if (!known || known.size >= MOST_KEPT) {
    known = new Map();
    days.set(zone, known);
  }
  const quarter = Math.floor(atMs / QUARTER_MS);
  let day = known.get(quarter);
  if (day === undefined) {
    day = formattedDay(atMs, zone);
    known.set(quarter, day);
  }
  return day;
}

const formattedDay = (atMs: number, zone: string): string => DateTime.fromMillis(atMs, { zone }).toFormat('yyyy-MM-dd');

/** yyyy-mm of a moment, local. */
export const localMonth = (atMs: number, zone: string): string => localDay(atMs, zone).slice(0, 7);

const bounds = new Map<string, Span>();

/** The local day as a span of true time. */
export function dayBounds(day: string, zone: string): Span {
  const key = `${day} ${zone}`;
  const known = bounds.get(key);
  if (known) return known;
  const start = DateTime.fromISO(day, { zone }).startOf('day');
  const span = { from: start.toMillis(), to: start.plus({ days: 1 }).toMillis() };
  if (bounds.size >= MOST_KEPT) bounds.clear();
  bounds.set(key, span);
  return span;
}

const following = new Map<string, string>();

/** The day so many days later. */
export function nextDay(day: string, zone: string, days = 1): string {
  const key = `${day} ${days} ${zone}`;
  let next = following.get(key);
  if (next === undefined) {
    next = DateTime.fromISO(day, { zone }).plus({ days }).toFormat('yyyy-MM-dd');
    if (following.size >= MOST_KEPT) following.clear();
    following.set(key, next);
  }
  return next;
}

const opened = new WeakMap<readonly OpenHours[], Map<string, readonly Span[]>>();
const MOST_OPENED = 64;

/** When the clinic is open on a local day; empty on its days off. */
export function openSpans(hours: readonly OpenHours[], day: string, zone: string): readonly Span[] {
  let known = opened.get(hours);
  if (!known || known.size >= MOST_OPENED) {
    known = new Map();
    opened.set(hours, known);
  }
  const key = `${day} ${zone}`;
  let spans = known.get(key);
  if (spans === undefined) {
    spans = reckonSpans(hours, day, zone);
    known.set(key, spans);
  }
  return spans;
}

function reckonSpans(hours: readonly OpenHours[], day: string, zone: string): Span[] {
  const date = DateTime.fromISO(day, { zone });
  return hours
    .filter(({ days }) => days.includes(date.weekday))
    .map(({ from, to }) => {
      const opens = at(date, from);
      const closes = at(date, to);
      return { from: opens.toMillis(), to: (closes > opens ? closes : closes.plus({ days: 1 })).toMillis() };
    })
    .toSorted((a, b) => a.from - b.from);
}

const at = (date: DateTime, time: string): DateTime => {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return date.startOf('day').set({ hour, minute });
};

/** Opening hours of all days that a span touches. A clinic that told none counts as always open. */
export function openWithin(hours: readonly OpenHours[], span: Span, zone: string): Span[] {
  if (hours.length === 0) return [span];
  const spans: Span[] = [];
  const last = localDay(span.to, zone);
  for (let day = nextDay(localDay(span.from, zone), zone, -1), n = 0; n < 40; n++, day = nextDay(day, zone)) {
    spans.push(...openSpans(hours, day, zone));
    if (day >= last) break;
  }
  return spans.filter(({ from, to }) => from < span.to && to > span.from);
}

/** How far a moment lies from the clinic's opening hours, ms; 0: within; null: the clinic told none. */
export function outsideHours(hours: readonly OpenHours[], at: number, zone: string): number | null {
  if (hours.length === 0) return null;
  const day = localDay(at, zone);
  const spans = [nextDay(day, zone, -1), day, nextDay(day, zone)].flatMap((one) => openSpans(hours, one, zone));
  const away = spans.map(({ from, to }) => (at < from ? from - at : at >= to ? at - to + 1 : 0));
  return Math.min(DAY_MS, ...away);
}

/** Days off and worked weekends (config/calendar). */
export interface WorkCalendar {
  readonly holidays: ReadonlySet<string>;
  readonly workdays: ReadonlySet<string>;
}

/** The same time of day, so many working days later: weekends and holidays are skipped. */
export function addWorkingDays(fromMs: number, days: number, zone: string, calendar: WorkCalendar): number {
  let date = DateTime.fromMillis(fromMs, { zone });
  for (let left = days; left > 0; ) {
    date = date.plus({ days: 1 });
    const day = date.toFormat('yyyy-MM-dd');
    const works = calendar.workdays.has(day) || (date.weekday <= 5 && !calendar.holidays.has(day));
    if (works) left--;
  }
  return date.toMillis();
}
