import { DateTime } from 'luxon';

/** Opening hours of some days of the week: 1 is Monday. `to` at or before `from` is after midnight. */
export interface OpenHours {
  readonly days: readonly number[];
  /** HH:mm, local time of the installation */
  readonly from: string;
  /** HH:mm, up to 24:00 */
  readonly to: string;
}

export interface OpenInterval {
  readonly from: number;
  readonly to: number;
}

/** When a clinic is open between two moments (epoch ms): in order, joined where they touch, cut at both ends. */
export function openIntervals(
  openHours: readonly OpenHours[],
  fromMs: number,
  toMs: number,
  timeZone: string,
): OpenInterval[] {
  const found: OpenInterval[] = [];
  const last = DateTime.fromMillis(toMs, { zone: timeZone });
  // The day before may reach past midnight.
  let day = DateTime.fromMillis(fromMs, { zone: timeZone }).startOf('day').minus({ days: 1 });
  for (; day <= last; day = day.plus({ days: 1 })) {
    for (const hours of openHours) {
      if (!hours.days.includes(day.weekday)) continue;
      const from = atTime(day, hours.from);
      const sameDay = atTime(day, hours.to);
      const to = sameDay > from ? sameDay : atTime(day.plus({ days: 1 }), hours.to);
      const cut = { from: Math.max(from, fromMs), to: Math.min(to, toMs) };
      if (cut.from < cut.to) found.push(cut);
    }
  }
  return join(found);
}

function atTime(day: DateTime, time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour === 24 ? day.plus({ days: 1 }).startOf('day').toMillis() : day.set({ hour, minute }).toMillis();
}

function join(intervals: OpenInterval[]): OpenInterval[] {
  const joined: OpenInterval[] = [];
  for (const next of intervals.toSorted((a, b) => a.from - b.from)) {
    const before = joined.at(-1);
    if (before !== undefined && next.from <= before.to) {
      joined[joined.length - 1] = { from: before.from, to: Math.max(before.to, next.to) };
    } else joined.push(next);
  }
  return joined;
}

const TIME = /^([01]\d|2[0-3]):[0-5]\d$|^24:00$/;

export const isTimeOfDay = (text: string): boolean => TIME.test(text);
