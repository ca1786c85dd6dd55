import { describe, expect, it } from 'vitest';
import {
  applySimilarity,
  fitSimilarity,
  intersectionOverSmaller,
  intersectionOverUnion,
  invertSimilarity,
} from '../../../src/faces/geometry.ts';

const turned = { a: 1.2, b: -0.7, tx: 31, ty: -4 };
const points = [
  { x: 3, y: 5 },
  { x: 40, y: 6 },
  { x: 21, y: 33 },
];

describe('similarity transforms', () => {
  it('are found again from the points they moved, so that a tilted face comes out straight', () => {
    const found = fitSimilarity(
      points,
      points.map((p) => applySimilarity(turned, p)),
    );
    for (const key of ['a', 'b', 'tx', 'ty'] as const) expect(found?.[key]).toBeCloseTo(turned[key], 9);
  });

  it('come back to where they started when inverted', () => {
    const back = applySimilarity(invertSimilarity(turned), applySimilarity(turned, { x: 7, y: 9 }));
    expect(back.x).toBeCloseTo(7, 9);
    expect(back.y).toBeCloseTo(9, 9);
  });

  it('are refused for landmarks that all fall on one point', () => {
    const one = points.map(() => ({ x: 1, y: 1 }));
    expect(fitSimilarity(one, points)).toBeNull();
  });
});

describe('overlap', () => {
  const box = { x: 0, y: 0, width: 10, height: 10 };
  it('tells a face seen twice from a face in front of another', () => {
    expect(intersectionOverUnion(box, { x: 5, y: 0, width: 10, height: 10 })).toBeCloseTo(1 / 3, 9);
    expect(intersectionOverSmaller(box, { x: 2, y: 2, width: 4, height: 4 })).toBe(1);
    expect(intersectionOverUnion(box, { x: 20, y: 20, width: 4, height: 4 })).toBe(0);
    expect(intersectionOverSmaller(box, { x: 2, y: 2, width: 0, height: 4 })).toBe(0);
  });
});
