/** Shares as people say them; the nearest in odds, so that 0.97 is not called 1 in 1. */
const WAYS = [
  [1, 20],
  [1, 10],
  [1, 5],
  [1, 4],
  [1, 3],
  [1, 2],
  [2, 3],
  [3, 4],
  [4, 5],
  [9, 10],
  [19, 20],
  [99, 100],
] as const;

const logit = (p: number): number => Math.log(p / (1 - p));

/** @param share between 0 and 1 */
export function inWords(share: number): { readonly right: number; readonly of: number } {
  const wanted = logit(Math.min(0.999, Math.max(0.001, share)));
  const [right, of] = WAYS.reduce((best, way) =>
    Math.abs(logit(way[0] / way[1]) - wanted) < Math.abs(logit(best[0] / best[1]) - wanted) ? way : best,
  );
  return { right, of };
}
