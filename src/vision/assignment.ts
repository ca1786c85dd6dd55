import { munkres } from 'munkres';
import { type Box, boxCentre, intersectionOverUnion } from '../faces/geometry.ts';

/** A cost at which a pairing is out of the question. */
export const IMPOSSIBLE = 1_000;

/**
 * How unlikely it is that a face at `before` is at `now` after `elapsedMs`: 0 for the same place, `IMPOSSIBLE` when a
 * person could not have moved or grown so far. Distances count in face sizes, so that near and far people are alike.
 */
export function movingCost(before: Box, now: Box, elapsedMs: number): number {
  const size = (before.height + now.height + before.width + now.width) / 4;
  const a = boxCentre(before);
  const b = boxCentre(now);
  const distance = Math.hypot(a.x - b.x, a.y - b.y) / size;
  const growth = Math.abs(Math.log(Math.max(now.height, 1) / Math.max(before.height, 1)));
  const reach = 1 + 1.5 * Math.min(elapsedMs / 1000, 1.5);
  if (distance > reach || growth > Math.log(2)) return IMPOSSIBLE;
  return 0.6 * distance + 0.4 * (1 - intersectionOverUnion(before, now)) + 0.5 * growth;
}

/**
 * The pairing of rows and columns with the least total cost (Kuhn-Munkres), without the impossible ones.
 * @returns for each row its column, or null
 */
export function assign(costs: readonly (readonly number[])[]): (number | null)[] {
  const columns = costs[0]?.length ?? 0;
  const pairs = new Array<number | null>(costs.length).fill(null);
  if (costs.length === 0 || columns === 0) return pairs;
  for (const [row, column] of munkres(costs.map((line) => [...line]))) {
    if ((costs[row]?.[column] ?? IMPOSSIBLE) < IMPOSSIBLE) pairs[row] = column;
  }
  return pairs;
}
