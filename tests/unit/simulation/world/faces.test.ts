import { beforeAll, describe, expect, it } from 'vitest';
import { dotProduct } from '../../../../src/faces/template.ts';
import type { City } from '../../../../src/simulation/world/city.ts';
import { fitFaceModel } from '../../../../src/simulation/world/face-model.ts';
import type { Face } from '../../../../src/simulation/world/face-space.ts';
import { STREAM } from '../../../../src/simulation/world/random.ts';
import { faceOf } from '../../../../src/simulation/world/visit.ts';
import { cardCalibration, smallCity } from './small-city.ts';

const PEOPLE = 1000;
let city: City;
let faces: Face[];
let portraits: Float32Array[];

beforeAll(async () => {
  city = await smallCity({ overrides: { people: { enrolleesMin: PEOPLE, enrolleesMax: PEOPLE } } });
  // One of each household, with good and fresh portraits: the card is about strangers of whom nothing else is known.
  const people = Array.from({ length: PEOPLE }, (_, i) => city.population.person(i % 8, i % PEOPLE));
  faces = people.map((person) => ({
    ...faceOf(person, city.parameters),
    kin: null,
    portraitQuality: 1,
    portraitLoss: 0,
  }));
  portraits = faces.map((face) => city.faces.portraitVector(face));
});

const scoresAt = (quality: number): { genuine: number[]; impostor: number[] } => {
  const genuine: number[] = [];
  const impostor: number[] = [];
  faces.forEach((face, i) => {
    const seen = city.faces.observedVector(face, quality, city.random(STREAM.face, i, 1, 1));
    const again = city.faces.observedVector(face, quality, city.random(STREAM.face, i, 2, 2));
    portraits.forEach((portrait, j) => {
      if (i !== j) impostor.push(dotProduct(portrait, seen));
    });
    genuine.push(dotProduct(portraits[i] ?? seen, seen), dotProduct(portraits[i] ?? again, again));
  });
  return { genuine, impostor };
};
const share = (scores: readonly number[], holds: (score: number) => boolean): number =>
  scores.filter(holds).length / scores.length;

describe('faces of the city', () => {
  it.each(cardCalibration.bins.map((bin) => [bin.name, bin] as const))(
    'score as the model card says in quality bin %s',
    (_, bin) => {
      const { genuine, impostor } = scoresAt(bin.minQuality + 0.05);
      // 2,000 genuine scores, two of each person: a standard error below 1.6 %.
      expect(Math.abs(share(genuine, (s) => s >= bin.matchCut) - (1 - bin.fnmrAtMatchCut))).toBeLessThan(0.05);
      expect(share(genuine, (s) => s < bin.mismatchCut)).toBeLessThan(4 * cardCalibration.mismatchFnmr);
      // A million impostor scores of 1,000 people.
      const above = (rate: '1e-2' | '1e-3' | '1e-4'): number => share(impostor, (s) => s > bin.thresholds[rate]);
      expect(above('1e-2') / 1e-2).toBeGreaterThan(0.88);
      expect(above('1e-2') / 1e-2).toBeLessThan(1.12);
      expect(above('1e-3') / 1e-3).toBeGreaterThan(0.75);
      expect(above('1e-3') / 1e-3).toBeLessThan(1.3);
      expect(above('1e-4') / 1e-4).toBeGreaterThan(0.4);
      expect(above('1e-4') / 1e-4).toBeLessThan(1.8);
    },
  );

  it('have unit length and the dimension asked for', () => {
    const [face] = faces;
    if (!face) throw new Error('no face');
    const seen = city.faces.observedVector(face, 0.5, city.random(STREAM.face, 9));
    expect(seen).toHaveLength(city.parameters.faces.dimension);
    expect(dotProduct(seen, seen)).toBeCloseTo(1, 5);
    expect(dotProduct(portraits[0] ?? seen, portraits[0] ?? seen)).toBeCloseTo(1, 5);
  });

  it('are more alike among kin than among strangers, and in a person’s own pictures most', () => {
    const kin: number[] = [];
    const strangers: number[] = [];
    const own: number[] = [];
    for (let i = 0; i < 400; i++) {
      const [a, b] = [faces[i], faces[i + 1]];
      if (!a || !b) continue;
      const related = (index: number): Face => ({ ...a, clinic: 0, index: 20_000 + index, kin: 50_000 + i });
      const seen = (face: Face, which: number): Float32Array =>
        city.faces.observedVector(face, 0.7, city.random(STREAM.face, i, which));
      const portrait = city.faces.portraitVector(related(2 * i));
      kin.push(dotProduct(portrait, seen(related(2 * i + 1), 1)));
      strangers.push(dotProduct(portrait, seen(b, 2)));
      own.push(dotProduct(seen(a, 3), seen(a, 4)));
    }
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(kin)).toBeGreaterThan(mean(strangers) + 0.02);
    expect(mean(own)).toBeGreaterThan(mean(kin) + 0.03);
  });

  it('lose likeness to an old portrait', () => {
    const [face] = faces;
    if (!face) throw new Error('no face');
    const score = (loss: number): number =>
      dotProduct(
        city.faces.portraitVector({ ...face, portraitLoss: loss }),
        city.faces.observedVector({ ...face, portraitLoss: loss }, 0.7, city.random(STREAM.face, 1)),
      );
    expect(score(0) - score(0.02)).toBeCloseTo(0.02, 3);
  });

  it('are refused where no faces can have such scores', () => {
    expect(() => fitFaceModel(cardCalibration, { ...city.parameters.faces, identityDimensions: 90 }, [1])).toThrow(
      'No faces have the scores',
    );
  });
});
