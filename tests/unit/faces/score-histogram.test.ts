import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addScore,
  costOfLlr,
  emptyHistogram,
  equalErrorRate,
  isotonicLlr,
  minimumCostOfLlr,
  quantileBelow,
  shareAtOrAbove,
  thresholdForShareAbove,
} from '../../../src/faces/score-histogram.ts';

const histogramOf = (scores: readonly number[]) => {
  const histogram = emptyHistogram();
  for (const score of scores) addScore(histogram, score);
  return histogram;
};
const spread = (from: number, to: number, count: number) =>
  Array.from({ length: count }, (_, i) => from + ((to - from) * (i + 0.5)) / count);

describe('figures from scores', () => {
  it('are perfect when the right and the wrong people never meet', () => {
    const [genuine, impostor] = [histogramOf(spread(0.6, 0.9, 100)), histogramOf(spread(0, 0.5, 1000))];
    expect(equalErrorRate(genuine, impostor)).toBe(0);
    expect(minimumCostOfLlr(genuine, impostor)).toBe(0);
  });

  it('say nothing when the right and the wrong people score alike', () => {
    const same = spread(0, 1, 1000);
    expect(equalErrorRate(histogramOf(same), histogramOf(same))).toBeCloseTo(0.5, 2);
    expect(minimumCostOfLlr(histogramOf(same), histogramOf(same))).toBeCloseTo(1, 6);
  });

  it('count a photograph without a face as a miss at every threshold', () => {
    const [genuine, impostor] = [histogramOf(spread(0.6, 0.9, 90)), histogramOf(spread(0, 0.5, 1000))];
    expect(equalErrorRate(genuine, impostor, 10)).toBeGreaterThan(0.04);
  });

  it('never let more impostors pass than asked for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1 }),
        fc.double({ min: 0.001, max: 0.5, noNaN: true }),
        (scores, share) => {
          const histogram = histogramOf(scores);
          expect(shareAtOrAbove(histogram, thresholdForShareAbove(histogram, share))).toBeLessThanOrEqual(share);
          expect(1 - shareAtOrAbove(histogram, quantileBelow(histogram, share))).toBeLessThanOrEqual(share + 1e-9);
        },
      ),
    );
  });

  it('give likelihood ratios that rise with the score, and calibrated ones cost least', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 60 }),
        fc.array(fc.double({ min: -0.5, max: 0.8, noNaN: true }), { minLength: 5, maxLength: 60 }),
        (right, wrong) => {
          const [genuine, impostor] = [histogramOf(right), histogramOf(wrong)];
          const points = isotonicLlr(genuine, impostor);
          points.forEach((point, i) => {
            expect(point.llr).toBeGreaterThanOrEqual(points[i - 1]?.llr ?? Number.NEGATIVE_INFINITY);
          });
          const least = minimumCostOfLlr(genuine, impostor);
          for (const slope of [0, 1, 5])
            expect(costOfLlr(genuine, impostor, (s) => slope * s)).toBeGreaterThan(least - 1e-9);
        },
      ),
    );
  });
});
