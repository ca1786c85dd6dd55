import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, parse as parsePath } from 'node:path';
import chineseDays from 'chinese-days';
import { stringify } from 'yaml';
import { loadConfig } from '../platform/config.ts';
import { DomainError } from '../platform/errors.ts';
import { type CalendarDays, calendarDays, readCalendarFile } from '../reconcile/calendar-file.ts';

/**
 * `claimsight calendar import`: holidays and worked weekends of a file, or of the State Council's notice for a year as the library
 * chinese-days carries it. Kept in the data folder, where every process reads it at its start.
 */
export async function importCalendar(options: {
  readonly file?: string | undefined;
  readonly year?: string | undefined;
}): Promise<{ path: string; holidays: number; workdays: number; from: string; to: string }> {
  const { file, year } = options;
  if ((file === undefined) === (year === undefined)) {
    throw new DomainError('invalid_input', 'give a file or --year', {
      remedy: 'claimsight calendar import holidays.ics, or claimsight calendar import --year 2026',
    });
  }
  const days = file === undefined ? ofYear(year ?? '') : readCalendarFile(basename(file), await readFile(file, 'utf8'));
  const dir = join(loadConfig(process.env).dataDir, 'calendar');
  await mkdir(dir, { recursive: true });
  const path = join(dir, `${file === undefined ? year : parsePath(file).name}.yaml`);
  await writeFile(path, stringify({ holidays: [...days.holidays], workdays: [...days.workdays] }));
  const all = [...days.holidays, ...days.workdays].sort();
  return {
    path,
    holidays: days.holidays.length,
    workdays: days.workdays.length,
    from: all[0] ?? '',
    to: all.at(-1) ?? '',
  };
}

function ofYear(year: string): CalendarDays {
  const [from, to] = [`${year}-01-01`, `${year}-12-31`];
  const isWeekend = (day: string): boolean => [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay());
  const known = /^\d{4}$/.test(year) ? chineseDays.getHolidaysInRange(from, to, false) : [];
  if (known.length === 0) {
    throw new DomainError('invalid_input', `no notice for ${year} is known here`, {
      remedy: 'Import the published calendar as a file, .ics or .csv.',
    });
  }
  const worked = chineseDays.getWorkdaysInRange(from, to, true).filter(isWeekend);
  return calendarDays([
    ...known.map((day) => ({ day, worked: false })),
    ...worked.map((day) => ({ day, worked: true })),
  ]);
}
