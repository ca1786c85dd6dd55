import { describe, expect, it } from 'vitest';
import { calibrate, defaultCalibrationRules } from '../../../src/faces/calibrate.ts';
import type { CalibrationSample } from '../../../src/faces/calibration-samples.ts';
import { llrAt } from '../../../src/faces/compare.ts';
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
      return {
        person: `p${person}`,
        apparent: null,
        portrait,
        probes: [portrait, { vector: seen(0.8), quality: 0.3 }],
      };
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
    expect(figures.llrCap).toBeCloseTo(Math.log(201), 2);
    for (const { llr } of figures.bins.flatMap((bin) => bin.llr))
      expect(Math.abs(llr)).toBeLessThanOrEqual(figures.llrCap);
  });

  it('writes thresholds for searches of many people where it saw enough strangers, and only there', () => {
    const keysOf = (people: number) =>
      calibrate(
        population(people, 2).map((sample) => ({ ...sample, probes: [sample.portrait] })),
        rules,
      ).bins.flatMap(({ thresholds }) => Object.keys(thresholds));
    expect(keysOf(200)).not.toContain('1e-6');
    const keys = keysOf(2800);
    expect(keys).toContain('1e-6');
    expect(keys).not.toContain('1e-7');
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

describe('look-alikes', () => {
  // Two families: strangers of one family are as near as kin, and look of one sex and age.
  const random = seededRandom(5);
  const noise = () => Float32Array.from({ length: 32 }, () => random() + random() + random() - 1.5);
  const unit = (vector: Float32Array) => vector.map((value) => value / Math.hypot(...vector));
  const families = [unit(noise()), unit(noise())];
  const samples = Array.from({ length: 160 }, (_, person) => {
    const family = person % 2;
    const own = unit(noise());
    const centre = unit(own.map((value, i) => value + 1.2 * (families[family]?.[i] ?? 0)));
    return Array.from({ length: 3 }, (): CalibrationSample => {
      const step = unit(noise());
      const vector = unit(centre.map((value, i) => value + 0.35 * (step[i] ?? 0)));
      const portrait = { vector, quality: 0.9 };
      const apparent = { sex: family === 0 ? 'male' : 'female', ageYears: 40 } as const;
      return { person: `p${person}`, apparent, portrait, probes: [portrait] };
    });
  }).flat();
  const blind = samples.map((sample) => ({ ...sample, apparent: null }));

  it('pass thresholds that random strangers hardly pass, and the card says how often', () => {
    const [bin] = calibrate(samples, rules).bins;
    expect(bin?.llrImpostors).toBe('look-alike');
    expect(bin?.lookAlikes?.fmr['1e-3']).toBeGreaterThan(0.0015);
  });

  it('make a card that promises less, since they are whom a card is lent to', () => {
    const [careful] = calibrate(samples, rules).bins;
    const [careless] = calibrate(blind, rules).bins;
    if (!careful || !careless) throw new Error('no bin');
    expect(careless.llrImpostors).toBe('random');
    const crossing = careless.matchCut - 0.05;
    expect(llrAt(careful, crossing)).toBeLessThan(llrAt(careless, crossing));
  });
});
