import { DateTime, FixedOffsetZone, IANAZone } from 'luxon';

/**
 * What a time zone's clocks show, and back. As luxon reckons it, but without asking the zone's rules anew for each of
 * thousands of moments a second: they are asked once a day and once a quarter of an hour, and near a change of clocks
 * each time.
 */

const DAY_MS = 86_400_000;
const QUARTER_MS = 900_000;
const MINUTE_MS = 60_000;
/** Before, zones kept offsets of odd seconds. */
const FIRST_YEAR = 1971;
const LAST_YEAR = 2999;
const MOST_REMEMBERED = 4_096;

export interface LocalTime {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
}

export interface Instant {
  readonly ms: number;
  /** From UTC, minutes. */
  readonly offsetMin: number;
}

/** null: there is no such time. */
export function instantOf(local: LocalTime, zone: string): Instant | null {
  const { year, month, day, hour, minute, second, millisecond } = local;
  if (isPlain(local)) {
    const offsetMin = steadyOffset(zone, year, month, day);
    if (offsetMin !== null) {
      return {
        ms: Date.UTC(year, month - 1, day, hour, minute, second, millisecond) - offsetMin * MINUTE_MS,
        offsetMin,
      };
    }
  }
  return byLuxon(local, zone);
}

export function byLuxon(local: LocalTime, zone: string | FixedOffsetZone): Instant | null {
  const moment = DateTime.fromObject(local, { zone });
  return moment.isValid ? { ms: moment.toMillis(), offsetMin: moment.offset } : null;
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function isPlain({ year, month, day, hour, minute, second }: LocalTime): boolean {
  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12) return false;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = (DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
  return day >= 1 && day <= last && hour < 24 && minute < 60 && second < 60;
}

/** By zone and local day: the offset that holds all through it and around it; null: clocks change thereabouts. */
const steady = new Map<string, Map<number, number | null>>();

function steadyOffset(zone: string, year: number, month: number, day: number): number | null {
  const days = remembered(steady, zone);
  const key = (year * 16 + month) * 32 + day;
  const known = days.get(key);
  if (known !== undefined) return known;
  const rules = IANAZone.create(zone);
  const start = Date.UTC(year, month - 1, day);
  const offset = rules.offset(start);
  const same = [-1, 1, 2].every((days) => rules.offset(start + days * DAY_MS) === offset);
  const found = same && Number.isInteger(offset) ? offset : null;
  days.set(key, found);
  return found;
}

const atQuarter = new Map<string, Map<number, number>>();

/** Offset from UTC at a moment, minutes. */
export function offsetAt(ms: number, zone: string): number {
  const quarters = remembered(atQuarter, zone);
  const quarter = Math.floor(ms / QUARTER_MS);
  const known = quarters.get(quarter);
  if (known !== undefined) return known;
  const offset = DateTime.fromMillis(ms, { zone }).offset;
  quarters.set(quarter, offset);
  return offset;
}

function remembered<T>(byZone: Map<string, Map<number, T>>, zone: string): Map<number, T> {
  let known = byZone.get(zone);
  if (known === undefined || known.size > MOST_REMEMBERED) {
    known = new Map();
    byZone.set(zone, known);
  }
  return known;
}

/** yyyy-MM-dd of the day that a zone's calendars show. */
export const dayAt = (ms: number, zone: string): string =>
  new Date(ms + offsetAt(ms, zone) * MINUTE_MS).toISOString().slice(0, 10);

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** ISO 8601 with the source's offset; milliseconds only where there are some. */
export function isoWithOffset(ms: number, offsetMin: number): string {
  const shown = new Date(ms + offsetMin * MINUTE_MS);
  const year = shown.getUTCFullYear();
  if (year >= FIRST_YEAR && year <= LAST_YEAR && Number.isInteger(offsetMin)) {
    const text = shown.toISOString();
    const time = text.endsWith('.000Z') ? text.slice(0, 19) : text.slice(0, 23);
    if (offsetMin === 0) return `${time}Z`;
    const size = Math.abs(offsetMin);
    return `${time}${offsetMin < 0 ? '-' : '+'}${two(Math.trunc(size / 60))}:${two(size % 60)}`;
  }
  return (
    DateTime.fromMillis(ms, { zone: FixedOffsetZone.instance(offsetMin) }).toISO({ suppressMilliseconds: true }) ??
    new Date(ms).toISOString()
  );
}
