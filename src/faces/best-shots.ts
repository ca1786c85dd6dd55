import type { FaceQuality } from './quality.ts';

/** A moment of an appearance that may stand for it. */
export interface Shot {
  readonly quality: FaceQuality;
  /** Time of the footage, epoch milliseconds. */
  readonly atMs: number;
}

/**
 * The best shots of an appearance, best first, no two nearer in time than `minGapMs`: frames of one instant are all alike and
 * share its faults.
 */
export function selectBestShots<T extends Shot>(
  shots: readonly T[],
  { count, minGapMs }: { readonly count: number; readonly minGapMs: number },
): T[] {
  const chosen: T[] = [];
  for (const shot of [...shots].sort((a, b) => b.quality.value - a.quality.value || a.atMs - b.atMs)) {
    if (chosen.length >= count) break;
    if (chosen.every((other) => Math.abs(other.atMs - shot.atMs) >= minGapMs)) chosen.push(shot);
  }
  return chosen;
}

/** How good a template pooled from several shots is: the weighted mean quality, as the template itself is weighted. */
export function pooledQuality(values: readonly number[]): number {
  const weights = values.reduce((sum, value) => sum + value, 0);
  return weights > 0 ? values.reduce((sum, value) => sum + value * value, 0) / weights : 0;
}
