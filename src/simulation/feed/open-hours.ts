import { isTimeOfDay, type OpenHours } from '../../access/open-hours.ts';
import { FieldError } from './field-error.ts';

type Weekday = string | number;
interface HoursObject {
  readonly days?: readonly Weekday[] | null;
  readonly from: string;
  readonly to: string;
}
export type RawHours = string | HoursObject;

const EVERY_DAY = [1, 2, 3, 4, 5, 6, 7];
const NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const MUST = 'must be [{days: [1..7], from: "hh:mm", to: "hh:mm"}], {from, to} or "08:00-18:00"';

/** Opening hours in our form from any form that the format allows. @throws FieldError */
export function readOpenHours(value: RawHours | readonly RawHours[] | null | undefined): readonly OpenHours[] {
  if (value === null || value === undefined) return [];
  const list = Array.isArray(value) ? (value as readonly RawHours[]) : [value as RawHours];
  return list.map((hours) => {
    if (typeof hours !== 'string') return { days: daysOf(hours.days), from: timeOf(hours.from), to: timeOf(hours.to) };
    const [from, to] = hours.split(/[-–—~至到]+/);
    if (from === undefined || to === undefined) throw new FieldError('openHours', MUST);
    return { days: EVERY_DAY, from: timeOf(from), to: timeOf(to) };
  });
}

function daysOf(days: readonly Weekday[] | null | undefined): readonly number[] {
  if (days === null || days === undefined || days.length === 0) return EVERY_DAY;
  return days.map((day) => {
    if (typeof day === 'number') return day === 0 ? 7 : day;
    const byName = NAMES.indexOf(day.slice(0, 3).toLowerCase()) + 1;
    const number = byName > 0 ? byName : Number(day);
    if (!Number.isInteger(number) || number < 0 || number > 7) throw new FieldError('openHours', MUST);
    return number === 0 ? 7 : number;
  });
}

function timeOf(text: string): string {
  const [hour = '', minute = ''] = text.trim().split(':');
  const time = `${hour.padStart(2, '0')}:${minute}`;
  if (!isTimeOfDay(time)) throw new FieldError('openHours', MUST);
  return time;
}
