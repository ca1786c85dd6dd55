import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { PROGRAM_DIR } from '../platform/config.ts';
import { DomainError } from '../platform/errors.ts';
import type { WorkCalendar } from './local-time.ts';

const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
const CalendarFile = Type.Object(
  { holidays: Type.Optional(Type.Array(Day)), workdays: Type.Optional(Type.Array(Day)) },
  { additionalProperties: false },
);

/**
 * Reads the installation's calendar (config/calendar/*.yaml) and what was imported into the data folder; without any, weekends
 * alone are skipped. @throws DomainError `config_invalid`
 */
export const loadWorkCalendar = (dataDir: string): Promise<WorkCalendar> =>
  readCalendars([join(PROGRAM_DIR, 'config', 'calendar'), join(dataDir, 'calendar')]);

export async function readCalendars(dirs: readonly string[]): Promise<WorkCalendar> {
  const holidays = new Set<string>();
  const workdays = new Set<string>();
  for (const path of (await Promise.all(dirs.map(yamlIn))).flat()) {
    const value: unknown = parse(await readFile(path, 'utf8')) ?? {};
    if (!Value.Check(CalendarFile, value)) {
      const [first] = Value.Errors(CalendarFile, value);
      throw new DomainError('config_invalid', `${path}: ${first?.instancePath ?? ''} ${first?.message ?? ''}`, {
        remedy: 'It holds two lists of days (yyyy-mm-dd): holidays and workdays.',
      });
    }
    for (const day of value.holidays ?? []) holidays.add(day);
    for (const day of value.workdays ?? []) workdays.add(day);
  }
  return { holidays, workdays };
}

const yamlIn = async (dir: string): Promise<string[]> =>
  (await readdir(dir).catch(() => []))
    .filter((file) => /\.ya?ml$/.test(file))
    .sort()
    .map((file) => join(dir, file));
