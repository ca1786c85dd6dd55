import { type Box, intersectionOverUnion } from './geometry.ts';

export interface Scored {
  readonly box: Box;
  /** 0..1 */
  readonly score: number;
}

/**
 * Non-maximum suppression: keeps the best of every group of boxes that overlap by more than `maxOverlap`.
 * `overlap` is intersection over union unless given. Best first.
 */
export function suppressOverlaps<T extends Scored>(
  detections: readonly T[],
  maxOverlap: number,
  overlap: (a: Box, b: Box) => number = intersectionOverUnion,
): T[] {
  const kept: T[] = [];
  for (const candidate of [...detections].sort((a, b) => b.score - a.score))
    if (kept.every((better) => overlap(better.box, candidate.box) <= maxOverlap)) kept.push(candidate);
  return kept;
}
