/**
 * A number as a `real` column gives it back: the shortest decimal of its float32, of two equally near ones the even one
 * (PostgreSQL's output since 12, doi:10.1145/3192366.3192369). What is kept in memory must be what would be read. Exact
 * below 2^24, where our scores, shares and likelihood ratios lie.
 */
export function asReal(value: number): number {
  const single = Math.fround(value);
  if (Number.isInteger(single) || !Number.isFinite(single)) return single;
  // Six digits always survive a float32, except below its normal range.
  for (let digits = Math.abs(single) < SMALLEST_NORMAL ? 1 : 6; digits < 9; digits++) {
    const text = single.toPrecision(digits);
    if (Math.fround(Number(text)) === single) return Number(isOddTie(single, text, digits) ? oneLess(text) : text);
  }
  return Number(single.toPrecision(9));
}

export const asRealOrNull = (value: number | null): number | null => (value === null ? null : asReal(value));

const SMALLEST_NORMAL = 2 ** -126;

/** Whether `text` was rounded up from exactly half, to an odd digit. JavaScript rounds halves up, PostgreSQL to even. */
function isOddTie(single: number, text: string, digits: number): boolean {
  const [, last = '0'] = /(\d)(?:e.*)?$/.exec(text) ?? [];
  if (Number(last) % 2 === 0) return false;
  const next = single.toPrecision(digits + 1);
  return /5(?:e.*)?$/.test(next) && Number(next) === single;
}

const oneLess = (text: string): string =>
  text.replace(/(\d)((?:e.*)?)$/, (_, last: string, rest: string) => `${Number(last) - 1}${rest}`);
