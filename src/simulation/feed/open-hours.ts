import { isTimeOfDay, type OpenHours } from '../../access/open-hours.ts';

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const SPAN = /^\s*(\d{1,2}(?::\d{2}){0,2})\s*(?:[-–—~至到]|to)+\s*(\d{1,2}(?::\d{2}){0,2})\s*$/;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Opening hours in our form from whatever form they have: the format does not live or die by it. null: not understood.
 * A list of spans, one span, `{days, from, to}` (also open/close, start/end), `"08:00-18:00"`, `["08:00", "18:00"]`, hours as
 * numbers, or an object with a span for each day of the week.
 */
export function readOpenHours(value: unknown): readonly OpenHours[] | null {
  if (value === null || value === undefined) return [];
  const pair = pairOf(value, EVERY_DAY);
  if (pair) return [pair];
  if (Array.isArray(value)) {
    const list = value.map((part) => pairOf(part, EVERY_DAY));
    return list.every((part) => part !== null) ? list : null;
  }
  if (!isFields(value)) return null;
  const found: OpenHours[] = [];
  for (const [name, hours] of Object.entries(value)) {
    const day = dayOf(name);
    if (day === null) return null;
    if (hours === null) continue;
    const spans = readOpenHours(hours);
    if (spans === null) return null;
    found.push(...spans.map(({ from, to }) => ({ days: [day], from, to })));
  }
  return found;
}

function pairOf(value: unknown, days: readonly number[]): OpenHours | null {
  if (typeof value === 'string') {
    const [, from, to] = SPAN.exec(value) ?? [];
    return hoursOf(days, from, to);
  }
  if (Array.isArray(value)) return value.length === 2 ? hoursOf(days, value[0], value[1]) : null;
  if (!isFields(value)) return null;
  const named = daysOf(value.days ?? value.day ?? value.weekdays);
  const from = value.from ?? value.open ?? value.start;
  const to = value.to ?? value.close ?? value.end;
  return named === null ? null : hoursOf(named, from, to);
}

function hoursOf(days: readonly number[], from: unknown, to: unknown): OpenHours | null {
  const [begin, end] = [timeOf(from), timeOf(to)];
  return begin === null || end === null ? null : { days, from: begin, to: end };
}

function daysOf(days: unknown): readonly number[] | null {
  if (days === null || days === undefined) return EVERY_DAY;
  const list = (Array.isArray(days) ? days : [days]).map(dayOf);
  if (list.length === 0) return EVERY_DAY;
  return list.every((day) => day !== null) ? list : null;
}

/** Monday is 1; 0 and 7 are Sunday. */
function dayOf(day: unknown): number | null {
  if (typeof day !== 'number' && typeof day !== 'string') return null;
  const byName = NAMES.indexOf(String(day).slice(0, 3).toLowerCase()) + 1;
  const number = byName > 0 ? byName : Number(day);
  if (day === '' || !Number.isInteger(number) || number < 0 || number > 7) return null;
  return number === 0 ? 7 : number;
}

function timeOf(time: unknown): string | null {
  if (typeof time !== 'number' && typeof time !== 'string') return null;
  const minutes = typeof time === 'number' ? Math.round(time * 60) : Number.NaN;
  const [hour = '', minute = '00'] = Number.isNaN(minutes)
    ? String(time).trim().split(':')
    : [String(Math.floor(minutes / 60)), String(minutes % 60).padStart(2, '0')];
  const text = `${hour.padStart(2, '0')}:${minute}`;
  return isTimeOfDay(text) ? text : null;
}
