import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../src/faces/degrade.ts';
import { chooseLlr, llrBetween, type ScorePair } from '../../../src/faces/llr-models.ts';
import { addScore, emptyHistogram } from '../../../src/faces/score-histogram.ts';

const random = seededRandom(7);
const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const limits = { cap: 6, floor: -5 };

/** Five groups of people with scores drawn from two laws. */
const groups = (genuine: () => number, impostor: () => number, each = 4000): ScorePair[] =>
  Array.from({ length: 5 }, () => {
    const scores = { genuine: emptyHistogram(), impostor: emptyHistogram() };
    for (let i = 0; i < each; i++) {
      addScore(scores.genuine, genuine());
      addScore(scores.impostor, impostor());
    }
    return scores;
  });

describe('a likelihood ratio from scores', () => {
  it('is the right one where scores follow normal laws of one width', () => {
    const chosen = chooseLlr(
      groups(
        () => 0.6 + 0.1 * normal(),
        () => 0.3 + 0.1 * normal(),
      ),
      limits,
    );
    // ln of the two densities' ratio: (0.3 / 0.01) (s − 0.45)
    for (const score of [0.35, 0.45, 0.55])
      expect(llrBetween(chosen.points, score)).toBeCloseTo(30 * (score - 0.45), 0);
    expect(chosen.model).toBe('logistic');
  });

  it('is the right one where the right people scatter more widely, and never falls with a nearer face', () => {
    const chosen = chooseLlr(
      groups(
        () => 0.6 + 0.16 * normal(),
        () => 0.3 + 0.05 * normal(),
      ),
      limits,
    );
    expect(chosen.model).not.toBe('logistic');
    const exact = (score: number) =>
      -((score - 0.6) ** 2) / (2 * 0.16 ** 2) + (score - 0.3) ** 2 / (2 * 0.05 ** 2) + Math.log(0.05 / 0.16);
    for (const score of [0.35, 0.4, 0.45])
      expect(Math.abs(llrBetween(chosen.points, score) - exact(score))).toBeLessThan(0.5);
    chosen.points.forEach(({ score, llr }, i) => {
      const before = chosen.points[i - 1];
      if (before) expect(score > before.score && llr >= before.llr).toBe(true);
    });
  });

  it('follows scores that follow no law, and stays near the least cost', () => {
    const two = () => (random() < 0.5 ? 0.2 : 0.7) + 0.03 * normal();
    const chosen = chooseLlr(
      groups(() => 0.75 + 0.02 * normal(), two),
      limits,
    );
    expect(chosen.cllr).toBeLessThan(1.1 * chosen.minCllr);
  });

  it('claims no more than it may', () => {
    const chosen = chooseLlr(
      groups(
        () => 0.9,
        () => 0.1,
      ),
      limits,
    );
    expect(llrBetween(chosen.points, 1)).toBe(6);
    expect(llrBetween(chosen.points, -1)).toBe(-5);
  });

  it('says nothing where scores tell nothing apart', () => {
    const same = () => 0.4 + 0.1 * normal();
    const chosen = chooseLlr(groups(same, same), limits);
    for (const score of [0.3, 0.4, 0.5]) expect(Math.abs(llrBetween(chosen.points, score))).toBeLessThan(0.3);
  });
});
