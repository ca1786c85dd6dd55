/**
 * A number as a `real` column gives it back: the shortest decimal of its float32 (PostgreSQL's output since 12). What is
 * kept in memory must be what would be read.
 */
export function asReal(value: number): number {
  const single = Math.fround(value);
  if (Number.isInteger(single) || !Number.isFinite(single)) return single;
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return Number(single.toPrecision(9));
}

export const asRealOrNull = (value: number | null): number | null => (value === null ? null : asReal(value));
