import { describe, expect, it } from 'vitest';
import { calibrate, defaultCalibrationRules } from '../../../src/faces/calibrate.ts';
import type { CalibrationSample } from '../../../src/faces/calibration-samples.ts';
import { composeCard } from '../../../src/faces/compose-card.ts';
import { seededRandom } from '../../../src/faces/degrade.ts';

/** People as random directions, photographs as small steps from them: the worse the picture, the larger the step. */
function population(people: number, photosEach: number): CalibrationSample[] {
  const random = seededRandom(42);
  const unit = (vector: Float32Array) => {
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  };
  const noise = () => Float32Array.from({ length: 32 }, () => random() + random() + random() - 1.5);
  return Array.from({ length: people }, (_, person) => {
    const centre = unit(noise());
    const seen = (step: number) => unit(unit(noise()).map((value, i) => (centre[i] ?? 0) + step * value));
    return Array.from({ length: photosEach }, () => {
      const portrait = { vector: seen(0.3), quality: 0.9 };
      return { person: `p${person}`, portrait, probes: [portrait, { vector: seen(0.8), quality: 0.3 }] };
    });
  }).flat();
}

const rules = { ...defaultCalibrationRules, bootstrapRounds: 50 };

describe('calibration', () => {
  const figures = calibrate(population(200, 3), rules);
  const [low, high] = [
    figures.bins.find(({ name }) => name === 'low'),
    figures.bins.find(({ name }) => name === 'high'),
  ];

  it('puts the mismatch cut of poor pictures lower, so that a blurred face is not taken for a stranger', () => {
    expect(low && high && low.mismatchCut < high.mismatchCut).toBe(true);
  });

  it('keeps the right people above the mismatch cut', () => {
    for (const bin of figures.bins) {
      const below = bin.llr.filter(({ score }) => score < bin.mismatchCut);
      expect(below.every(({ llr }) => llr < 0)).toBe(true);
    }
  });

  it('caps the evidence at what so few people can prove', () => {
    expect(figures.llrCap).toBeCloseTo(Math.log(200 / 3), 2);
    for (const { llr } of figures.bins.flatMap((bin) => bin.llr))
      expect(Math.abs(llr)).toBeLessThanOrEqual(figures.llrCap);
  });

  it('leaves out portraits that the gate would refuse', () => {
    const poor = population(200, 3).map((sample) => ({ ...sample, portrait: { ...sample.portrait, quality: 0.1 } }));
    expect(calibrate(poor, rules).bins).toEqual([]);
  });

  it('gives the same card for the same photographs, and none for too few people', () => {
    const data = { dataName: 'synthetic', limits: 'an upper bound', photos: 600 };
    expect(composeCard(population(150, 2), data)).toEqual(composeCard(population(150, 2), data));
    expect(() => composeCard(population(20, 2), data)).toThrow(/people/);
  });
});
