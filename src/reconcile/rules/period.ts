/** What rules over weeks and months share. */

const DAY_MS = 86_400_000;

const numberOfDay = (day: string): number => Math.round(Date.parse(day) / DAY_MS);

/** Of visits in order of time: those within so many days that name most of what is counted; the earliest of equal ones. */
export function fullestSpan<Visit extends { readonly day: string }>(
  visits: readonly Visit[],
  days: number,
  counted: (visit: Visit) => number | string,
): Visit[] {
  let best: Visit[] = [];
  let most = 0;
  for (let i = 0; i < visits.length; i++) {
    const first = visits[i];
    if (first === undefined || (i > 0 && visits[i - 1]?.day === first.day)) continue;
    const until = numberOfDay(first.day) + days;
    const span = visits.slice(i).filter(({ day }) => numberOfDay(day) < until);
    const size = new Set(span.map(counted)).size;
    if (size > most) {
      best = span;
      most = size;
    }
  }
  return best;
}

/** setl_ids of visits, each once, in order. */
export const listOf = (visits: readonly { readonly setlId: string | null }[]): string[] =>
  [...new Set(visits.flatMap(({ setlId }) => setlId ?? []))].sort();

/** A share as a person reads it. */
export const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;

/** How likely it is that at least `k` of `n` are what a share `p` of all is, by chance alone (binomial). */
export function chanceOfAtLeast(k: number, n: number, p: number): number {
  if (k <= 0 || p >= 1) return 1;
  if (k > n || p <= 0) return 0;
  let log = k * Math.log(p) + (n - k) * Math.log1p(-p);
  for (let i = 1; i <= k; i++) log += Math.log((n - k + i) / i);
  let term = Math.exp(log);
  let sum = 0;
  for (let i = k; i <= n; i++) {
    sum += term;
    const next = (term * (n - i) * p) / ((i + 1) * (1 - p));
    if (next < sum * 1e-12 && next < term) break;
    term = next;
  }
  return Math.min(1, sum);
}

/** So that equal facts give equal evidence however often they are divided. */
export const rounded = (value: number): number => Number(value.toPrecision(4));
