/** Local time of the city: China has one zone and no summer time, so that an offset is all there is to it. */
export const TIME_ZONE = 'Asia/Shanghai';
const OFFSET_MS = 8 * 3_600_000;
export const SECOND_MS = 1000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Local midnight of a day `yyyy-mm-dd`. */
export const midnightOf = (date: string): number => Date.parse(`${date}T00:00:00+08:00`);

const TWO = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, '0'));
const THREE = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, '0'));
const two = (value: number): string => TWO[value] ?? '00';

const dates = new Map<number, string>();

/** Local day `yyyy-mm-dd` of a moment. */
export function dateOf(at: number): string {
  const day = Math.floor((at + OFFSET_MS) / DAY_MS);
  const known = dates.get(day);
  if (known !== undefined) return known;
  // Birthdays of a century are all there is.
  if (dates.size > 60_000) dates.clear();
  const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
  dates.set(day, date);
  return date;
}

const inDay = (at: number): number => {
  const rest = (at + OFFSET_MS) % DAY_MS;
  return rest < 0 ? rest + DAY_MS : rest;
};

function clockOf(at: number): string {
  const seconds = Math.floor(inDay(at) / 1000);
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `2026-03-02T08:15:30+08:00` */
export const isoSecond = (at: number): string => `${dateOf(at)}T${clockOf(at)}+08:00`;

/** `2026-03-02T08:15:30.250+08:00` */
export const isoMs = (at: number): string =>
  `${dateOf(at)}T${clockOf(at)}.${THREE[Math.floor(inDay(at)) % 1000]}+08:00`;

/** The interface's `dt`: `2026-03-02 08:15:30`. */
export const interfaceTime = (at: number): string => `${dateOf(at)} ${clockOf(at)}`;

/** `20260302081530` */
export const compactTime = (at: number): string =>
  `${dateOf(at).replaceAll('-', '')}${clockOf(at).replaceAll(':', '')}`;

/** `20260302081530250` */
export const compactMs = (at: number): string => `${compactTime(at)}${THREE[Math.floor(inDay(at)) % 1000]}`;

/** `260302` */
export const shortDay = (at: number): string => dateOf(at).replaceAll('-', '').slice(2);

/** Monday 1 to Sunday 7. */
export const weekdayOf = (at: number): number => ((Math.floor((at + OFFSET_MS) / DAY_MS) + 3) % 7) + 1;

/** January 1 to December 12. */
export const monthOf = (at: number): number => Number(dateOf(at).slice(5, 7));

/** `hh:mm` of hours after midnight, 7.5 → `07:30`. */
export const hourText = (hours: number): string =>
  `${two(Math.floor(hours))}:${two(Math.round((hours % 1) * 60) % 60)}`;
