import { IANAZone } from 'luxon';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** Days and weeks of one time zone as numbers: day 0 is 1970-01-01, weeks begin on Monday. */
export interface CityCalendar {
  readonly timeZone: string;
  readonly dayOf: (ms: number) => number;
  readonly weekOf: (ms: number) => number;
  /** Epoch ms of a local hour of a day. */
  readonly atHour: (day: number, hour: number) => number;
  /** yyyy-mm-dd */
  readonly dayName: (day: number) => string;
  /** yyyy-mm-dd hh:mm:ss, local */
  readonly timeName: (ms: number) => string;
}

export function createCityCalendar(timeZone: string): CityCalendar {
  const zone = IANAZone.create(timeZone);
  const known = new Map<number, number>();
  const offsetAt = (ms: number): number => {
    const slot = Math.floor(ms / (HOUR_MS / 4));
    let offset = known.get(slot);
    if (offset === undefined) {
      offset = zone.offset(ms) * 60_000;
      if (known.size > 100_000) known.clear();
      known.set(slot, offset);
    }
    return offset;
  };
  const dayOf = (ms: number): number => Math.floor((ms + offsetAt(ms)) / DAY_MS);
  return {
    timeZone,
    dayOf,
    weekOf: (ms) => Math.floor((dayOf(ms) + 3) / 7),
    atHour: (day, hour) => {
      const local = day * DAY_MS + hour * HOUR_MS;
      const guess = local - offsetAt(local);
      return local - offsetAt(guess);
    },
    dayName: (day) => new Date(day * DAY_MS).toISOString().slice(0, 10),
    timeName: (ms) => new Date(ms + offsetAt(ms)).toISOString().slice(0, 19).replace('T', ' '),
  };
}

/** The Monday with which a week begins, as a day. */
export const mondayOf = (week: number): number => week * 7 - 3;
