import { IANAZone } from 'luxon';

/** Times that a feed may hold: see docs/feed-format.md. */
export const TIME_PATTERN =
  '^\\d{4}-\\d{2}-\\d{2}([T ]\\d{2}:\\d{2}(:\\d{2}([.,]\\d{1,9})?)?(Z|z|[+-]\\d{2}(:?\\d{2})?)?)?$';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Epoch seconds stay below it for three thousand years; epoch milliseconds passed it in 1973. */
const SECONDS_BELOW = 1e11;

export interface FeedClock {
  /** Epoch ms of a time as a feed holds it; NaN when there is no such moment. A bare day is its begin, as an end its end. */
  readonly msOf: (value: string | number, isEnd?: boolean) => number;
  /** yyyy-mm-dd of a day or of the moment's local day; null when there is none. */
  readonly dayOf: (value: string | number) => string | null;
}

/** Reads times of one zone. The fast path is the form that is written most: seconds and an offset. */
export function createFeedClock(timeZone: string): FeedClock {
  const zone = IANAZone.create(timeZone);
  const offsets = new Map<number, number>();
  // Zones change on the quarter hour; a feed asks for the same hours again and again.
  const offsetAt = (ms: number): number => {
    const slot = Math.floor(ms / (HOUR_MS / 4));
    let minutes = offsets.get(slot);
    if (minutes === undefined) {
      minutes = zone.offset(ms);
      if (offsets.size > 50_000) offsets.clear();
      offsets.set(slot, minutes);
    }
    return minutes * 60_000;
  };
  const localToMs = (local: number): number => {
    const guess = local - offsetAt(local);
    return local - offsetAt(guess);
  };

  const msOf = (value: string | number, isEnd = false): number => {
    if (typeof value === 'number') return Math.round(Math.abs(value) < SECONDS_BELOW ? value * 1000 : value);
    const year = digits(value, 0, 4);
    const month = digits(value, 5, 7);
    const day = digits(value, 8, 10);
    const midnight = dayMs(year, month, day);
    if (value.length === 10) return localToMs(isEnd ? midnight + DAY_MS : midnight);
    const hour = digits(value, 11, 13);
    const minute = digits(value, 14, 16);
    if (hour > 24 || minute > 59) return Number.NaN;
    let ms = midnight + hour * HOUR_MS + minute * 60_000;
    let i = 16;
    if (value.charCodeAt(i) === 58) {
      const second = digits(value, 17, 19);
      if (second > 60) return Number.NaN;
      ms += second * 1000;
      i = 19;
      const mark = value.charCodeAt(i);
      if (mark === 46 || mark === 44) {
        let end = i + 1;
        while (isDigit(value.charCodeAt(end))) end++;
        ms += Math.floor(Number(`0.${value.slice(i + 1, end)}`) * 1000 + 1e-6);
        i = end;
      }
    }
    if (hour === 24 && ms !== midnight + DAY_MS) return Number.NaN;
    if (i >= value.length) return localToMs(ms);
    const sign = value.charCodeAt(i);
    if (sign === 90 || sign === 122) return ms;
    const hours = digits(value, i + 1, i + 3);
    const minutesAt = value.charCodeAt(i + 3) === 58 ? i + 4 : i + 3;
    const minutes = minutesAt < value.length ? digits(value, minutesAt, minutesAt + 2) : 0;
    if (hours > 14 || minutes > 59) return Number.NaN;
    const offset = hours * HOUR_MS + minutes * 60_000;
    return sign === 45 ? ms + offset : ms - offset;
  };

  return {
    msOf,
    dayOf: (value) => {
      if (typeof value === 'string' && value.length === 10)
        return Number.isNaN(dayMs(digits(value, 0, 4), digits(value, 5, 7), digits(value, 8, 10))) ? null : value;
      const ms = msOf(value);
      return Number.isNaN(ms) ? null : new Date(ms + offsetAt(ms)).toISOString().slice(0, 10);
    },
  };
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (!isDigit(code)) return Number.NaN;
    value = value * 10 + code - 48;
  }
  return value;
}

/** Midnights already worked out: a feed holds the same days over and over. */
const midnights = new Map<number, number>();

/** UTC midnight; NaN for a day that the calendar does not have. */
function dayMs(year: number, month: number, day: number): number {
  const key = year * 10_000 + month * 100 + day;
  const known = midnights.get(key);
  if (known !== undefined) return known;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const ms = date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : Number.NaN;
  if (midnights.size > 100_000) midnights.clear();
  midnights.set(key, ms);
  return ms;
}
