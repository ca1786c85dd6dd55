import { expect, it } from 'vitest';
import { loadModelCard } from '../../../src/faces/load-model-card.ts';
import type { ModelCard } from '../../../src/faces/model-card.ts';
import { AppearanceDraft } from '../../../src/vision/appearance.ts';
import { DEFAULT_LIKENESS } from '../../../src/vision/face-reader.ts';
import { likenessOf } from '../../../src/vision/likeness.ts';

const builtin = await loadModelCard();
const own = { files: { embedder: 'x.onnx' } };

it('another model’s faces are not joined by the built-in one’s limits: two people would become one', () => {
  expect(likenessOf(builtin)).toEqual(DEFAULT_LIKENESS);
  expect(likenessOf({ ...own, calibration: null })).toEqual({ sameFrom: 2, differentBelow: -2 });
  const given = { sameFrom: 0.5, differentBelow: 0.1 };
  expect(likenessOf({ ...own, calibration: null, likeness: given } as ModelCard)).toEqual(given);
  const high = builtin.calibration?.bins.at(-1);
  const fitted = likenessOf({ ...own, calibration: builtin.calibration });
  expect(fitted.sameFrom).toBeGreaterThanOrEqual(high?.thresholds['1e-5'] ?? 2);
  expect(fitted.differentBelow).toBe(high?.mismatchCut);
});

it('an appearance pools what each model said of its shots, and keeps them apart', () => {
  const draft = new AppearanceDraft(0, 'new');
  const shot = (at: number, newer: number[], older: number[] | null) =>
    draft.add(at, {
      box: { x: 0, y: 0, width: 10, height: 10 },
      detectorScore: 1,
      quality: 0.8,
      template: Float32Array.from(newer),
      ...(older && { also: [{ version: 'old', vector: Float32Array.from(older) }] }),
    });
  shot(0, [1, 0, 0], [1, 0]);
  shot(2_000, [0, 1, 0], [0, 1]);
  shot(4_000, [0, 1, 0], null);
  const told = draft.described;
  expect(told?.version).toBe('new');
  expect([...(told?.vector ?? [])].map((value) => Math.round(value * 100) / 100)).toEqual([0.45, 0.89, 0]);
  expect(told?.also?.map(({ version, vector }) => [version, Math.round((vector[0] ?? 0) * 100) / 100])).toEqual([
    ['old', 0.71],
  ]);
});
