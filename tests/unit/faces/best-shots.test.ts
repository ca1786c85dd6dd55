import { describe, expect, it } from 'vitest';
import { pooledQuality, selectBestShots } from '../../../src/faces/best-shots.ts';
import type { FaceQuality } from '../../../src/faces/quality.ts';

const shot = (atMs: number, value: number) => ({ atMs, quality: { value } as FaceQuality });

describe('best shots', () => {
  const shots = [shot(0, 0.5), shot(100, 0.9), shot(200, 0.8), shot(1500, 0.6), shot(3000, 0.3)];

  it('are the best ones, spread over the appearance rather than three frames of one instant', () => {
    expect(selectBestShots(shots, { count: 3, minGapMs: 1000 }).map(({ atMs }) => atMs)).toEqual([100, 1500, 3000]);
  });

  it('are as many as there are when the appearance is short', () => {
    expect(selectBestShots(shots.slice(0, 2), { count: 5, minGapMs: 1000 })).toHaveLength(1);
    expect(selectBestShots([], { count: 5, minGapMs: 1000 })).toEqual([]);
  });

  it('have a common quality nearer to the better ones, as their template is', () => {
    expect(pooledQuality([0.8, 0.2])).toBeCloseTo(0.68, 9);
    expect(pooledQuality([0, 0])).toBe(0);
    expect(pooledQuality([])).toBe(0);
  });
});
