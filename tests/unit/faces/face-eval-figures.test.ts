import { describe, expect, it } from 'vitest';
import { parsePairs } from '../../../src/faces/face-eval.ts';
import { allPairs, type EvaluatedPhoto, measure } from '../../../src/faces/face-eval-figures.ts';
import { loadModelCard } from '../../../src/faces/load-model-card.ts';
import { TEMPLATE_VERSION } from '../../../src/faces/template.ts';

const card = await loadModelCard();
const photo = (person: number, wobble: number): EvaluatedPhoto => {
  const vector = new Float32Array(128);
  vector[person] = 1;
  vector[100] = wobble;
  const length = Math.hypot(1, wobble);
  return {
    person: `p${person}`,
    quality: 0.9,
    apparent: null,
    template: { version: TEMPLATE_VERSION, vector: vector.map((v) => v / length) },
  };
};
const photos = Array.from({ length: 40 }, (_, i) => photo(i % 10, (i % 4) * 0.02));

describe('measuring on a folder of photographs', () => {
  it('finds a perfect pipeline perfect', () => {
    expect(measure(photos, allPairs(photos.length), card)).toMatchObject({
      people: 10,
      photos: 40,
      genuine: 60,
      impostor: 720,
      fta: 0,
      eer: 0,
      tar: { '1e-2': 1, '1e-3': 1, '1e-4': 1 },
      accuracy: 1,
      realisedFmr: 0,
      minCllr: 0,
      fnmrSingle: 0,
      fnmrTemplate: 0,
    });
  });

  it('counts photographs without a face against the pipeline, not out of the figures', () => {
    const some = photos.map((p, i) => (i < 4 ? { ...p, template: null, quality: 0 } : p));
    const figures = measure(some, allPairs(some.length), card);
    expect(figures).toMatchObject({ fta: 4, genuine: 60, impostor: 720 });
    expect(figures.tar['1e-3']).toBeCloseTo(48 / 60, 6);
    expect(figures.accuracy).toBeLessThan(0.95);
    expect(figures.fnmrTemplate).toBeCloseTo(4 / 40, 6);
  });

  it('measures a card without calibration too, without its figures', () => {
    const figures = measure(photos, allPairs(photos.length), { calibration: null });
    expect(figures).toMatchObject({ realisedFmr: null, cllr: null, eer: 0 });
  });
});

describe('pairs.txt', () => {
  const list = [1, 2, 10].flatMap((n) =>
    ['Ann_Lee', 'Bo_Ek'].map((person) => ({
      person,
      file: `/x/${person}/${person}_${String(n).padStart(4, '0')}.jpg`,
    })),
  );
  const place = (person: string, n: number) =>
    list.findIndex((p) => p.person === person && p.file.includes(`_${String(n).padStart(4, '0')}`));

  it('is read with its folds', () => {
    const pairs = parsePairs('2\t1\nAnn_Lee\t1\t10\nAnn_Lee\t1\tBo_Ek\t2\nBo_Ek\t1\t2\nBo_Ek\t2\tAnn_Lee\t2\n', list);
    expect(pairs).toEqual([
      { a: place('Ann_Lee', 1), b: place('Ann_Lee', 10), fold: 0 },
      { a: place('Ann_Lee', 1), b: place('Bo_Ek', 2), fold: 0 },
      { a: place('Bo_Ek', 1), b: place('Bo_Ek', 2), fold: 1 },
      { a: place('Bo_Ek', 2), b: place('Ann_Lee', 2), fold: 1 },
    ]);
  });

  it('that names a photograph that is not there is refused with its line', () => {
    expect(() => parsePairs('Ann_Lee 1 7', list)).toThrow(/Ann_Lee 1 7/);
  });
});
