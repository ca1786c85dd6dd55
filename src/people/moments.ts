import { DateTime } from 'luxon';

/** Which instant a date without a time of day stands for. */
export type Edge = 'start' | 'end';

const FORMS: readonly { readonly form: RegExp; readonly unit: 'month' | 'day' | 'time' }[] = [
  { form: /^(\d{4})[-/.年](\d{1,2})月?$/, unit: 'month' },
  { form: /^(\d{4})(\d{2})$/, unit: 'month' },
  { form: /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/, unit: 'day' },
  { form: /^(\d{4})(\d{2})(\d{2})$/, unit: 'day' },
  { form: /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]?(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?$/, unit: 'time' },
  { form: /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/, unit: 'time' },
];

/**
 * A moment as feeds write it, in epoch ms; null when it is none. A day or a month stands for its first instant, or at
 * `end` for the instant after its last: of a death known by month alone nobody can say more than that it was over
 * when the month was (DOMAIN.md A8). Times without an offset are local.
 */
export function parseMoment(text: string, timeZone: string, edge: Edge = 'start'): number | null {
  const plain = text.normalize('NFKC').trim();
  if (/(Z|[+-]\d{2}:?\d{2})$/.test(plain) && /\d{2}:\d{2}/.test(plain)) {
    const exact = DateTime.fromISO(plain.replace(' ', 'T'), { setZone: true });
    return plausible(exact);
  }
  for (const { form, unit } of FORMS) {
    const found = form.exec(plain);
    if (found === null) continue;
    const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = found
      .slice(1)
      .map((part) => (part === undefined ? 0 : Number(part)));
    const local = DateTime.fromObject({ year, month, day, hour, minute, second }, { zone: timeZone });
    if (!local.isValid) return null;
    return plausible(edge === 'end' && unit !== 'time' ? local.plus({ [unit]: 1 }) : local);
  }
  return null;
}

/** A calendar day as yyyy-mm-dd; null when it is none. */
export function parseDay(text: string): string | null {
  const plain = text
    .normalize('NFKC')
    .trim()
    .replace(/[ T]\d{1,2}:.*$/, '');
  const found = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(plain) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(plain);
  if (found === null) return null;
  const [year = 0, month = 0, day = 0] = found.slice(1).map(Number);
  const date = DateTime.fromObject({ year, month, day }, { zone: 'utc' });
  return plausible(date) === null ? null : date.toISODate();
}

const plausible = (moment: DateTime): number | null =>
  moment.isValid && moment.year >= 1880 && moment.year <= 2200 ? moment.toMillis() : null;
