import { DateTime } from 'luxon';
import type { Bilingual } from './bilingual.ts';

/** `2904` → `29.04`. */
export function yuan(fen: number): string {
  const whole = Math.trunc(Math.abs(fen) / 100);
  const rest = Math.abs(fen) % 100;
  return `${fen < 0 ? '-' : ''}${whole}.${String(rest).padStart(2, '0')}`;
}

/** Local time of the installation, to the minute: `2026年3月17日 09:15` / `17 Mar 2026, 09:15`. */
export function localMinute(ms: number, zone: string): Bilingual {
  const time = DateTime.fromMillis(ms, { zone });
  return {
    zh: time.toFormat("yyyy'年'M'月'd'日' HH:mm"),
    en: time.setLocale('en-GB').toFormat('d LLL yyyy, HH:mm'),
  };
}

/** Whole years between a birthday (`yyyy-mm-dd`) and a moment. */
export function ageAt(birth: string, atMs: number, zone: string): number | null {
  const born = DateTime.fromISO(birth, { zone });
  if (!born.isValid) return null;
  const years = Math.floor(DateTime.fromMillis(atMs, { zone }).diff(born, 'years').years);
  return years >= 0 && years < 130 ? years : null;
}

export function duration(ms: number): Bilingual {
  const seconds = Math.round(Math.abs(ms) / 1000);
  if (seconds < 90) return { zh: `${seconds} 秒`, en: `${seconds} s` };
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return { zh: `${minutes} 分钟`, en: `${minutes} min` };
  const hours = Math.round(minutes / 6) / 10;
  return { zh: `${hours} 小时`, en: `${hours} h` };
}
