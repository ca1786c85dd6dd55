import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureModels } from '../../../models/build/ensure-models.ts';
import { cutLandmarkChip } from '../../../src/faces/align.ts';
import { createFaceAnalyzer } from '../../../src/faces/analyzer.ts';
import type { EngineDetection, FaceEngine } from '../../../src/faces/engine/engine.ts';
import { createFaceApiEngine } from '../../../src/faces/engine/face-api-engine.ts';
import { createOnnxEngine } from '../../../src/faces/engine/onnx-engine.ts';
import { drawRegion } from '../../../src/faces/resample.ts';
import { compareTemplates } from '../../../src/faces/template.ts';
import { blank, samplePhoto } from './support.ts';

let onnx: FaceEngine;
let reference: FaceEngine;
beforeAll(async () => {
  [onnx, reference] = await Promise.all([createOnnxEngine({ models: await ensureModels() }), createFaceApiEngine()]);
});
afterAll(() => Promise.all([onnx?.close(), reference?.close()]));

const inSquare = async (sample: number, side: number) => {
  const photo = await samplePhoto(sample);
  const whole = Math.max(photo.width, photo.height);
  return drawRegion(photo, { x: 0, y: 0, width: whole, height: whole }, side, side);
};

/** Largest difference of two lists of boxes in pixels; infinite when they are of different length. */
function largestDifference(a: readonly EngineDetection[], b: readonly EngineDetection[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const sides = ['x', 'y', 'width', 'height'] as const;
  return Math.max(
    0,
    ...a.flatMap(({ box }, i) => sides.map((side) => Math.abs(box[side] - (b[i]?.box[side] ?? Number.NaN)))),
  );
}
const largestGap = (a: Float32Array, b: Float32Array) =>
  Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN))));

describe('the ONNX engine against face-api itself', () => {
  it.each([1, 4, 5])('finds the same faces in sample %i, within a pixel', async (sample) => {
    const picture = await inSquare(sample, 512);
    const faces = await onnx.detectSsd(picture, { minScore: 0.4 });
    expect(faces.length).toBeGreaterThan(2);
    expect(largestDifference(faces, await reference.detectSsd(picture, { minScore: 0.4 }))).toBeLessThan(1);
  });

  it.each([320, 416])('finds the same faces with the tiny detector at %i', async (side) => {
    const picture = await inSquare(6, side);
    const faces = await onnx.detectTiny(picture, { minScore: 0.3 });
    expect(faces.length).toBeGreaterThan(0);
    expect(largestDifference(faces, await reference.detectTiny(picture, { minScore: 0.3 }))).toBeLessThan(1);
  });

  it('sees the same landmarks and gives the same descriptors for the same chips', async () => {
    const photo = await samplePhoto(3);
    const faces = await createFaceAnalyzer({ engine: onnx }).analyze(photo, { mode: 'portrait', minFacePx: 100 });
    const landmarkChips = faces.map(({ box }) => cutLandmarkChip(photo, box).chip);
    const aligned = [...faces.map(({ chip }) => chip), blank(150, 150, 128)];
    const [a, b] = [await onnx.landmarks(landmarkChips), await reference.landmarks(landmarkChips)];
    for (const [i, values] of a.entries()) expect(largestGap(values, b[i] ?? new Float32Array())).toBeLessThan(1e-4);
    const [c, d] = [await onnx.describe(aligned), await reference.describe(aligned)];
    for (const [i, values] of c.entries()) expect(largestGap(values, d[i] ?? new Float32Array())).toBeLessThan(1e-4);
  });

  it('makes templates that can be compared across engines', async () => {
    const photo = await samplePhoto(6);
    const template = async (engine: FaceEngine) => {
      const analyzer = createFaceAnalyzer({ engine });
      return analyzer.describe((await analyzer.analyze(photo, { mode: 'portrait', minFacePx: 150 })).slice(0, 1));
    };
    const [[a], [b]] = [await template(onnx), await template(reference)];
    if (!a || !b) throw new Error('no face');
    expect(compareTemplates(a, b)).toBeCloseTo(compareTemplates(a, a), 4);
  });
});

describe('an engine', () => {
  it('gives a batch the descriptors it gives one by one', async () => {
    const chips = [0, 60, 120, 180, 240, 90, 30, 200, 10, 77].map((value) => blank(150, 150, value));
    const together = await onnx.describe(chips);
    for (const [i, chip] of chips.entries()) {
      const [alone] = await onnx.describe([chip]);
      expect(largestGap(together[i] ?? new Float32Array(), alone ?? new Float32Array())).toBeLessThan(1e-5);
    }
    expect(await onnx.describe([])).toEqual([]);
  });

  it('refuses pictures of the wrong size instead of guessing', async () => {
    await expect(onnx.describe([blank(149, 150)])).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(onnx.detectTiny(blank(100, 64), { minScore: 0.5 })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(
      onnx.detectSsd({ ...blank(512, 512), data: new Uint8Array(9) }, { minScore: 0.5 }),
    ).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });

  it('takes the tiny detector to pictures that are not square', async () => {
    const photo = await samplePhoto(5);
    const wide = drawRegion(photo, { x: 0, y: 0, width: 1920, height: 1440 }, 640, 480);
    expect((await onnx.detectTiny(wide, { minScore: 0.4 })).length).toBeGreaterThanOrEqual(4);
  });

  it('takes bytes from a larger buffer as they are', async () => {
    const pool = Buffer.alloc(150 * 150 * 3 + 64, 90);
    const view = { width: 150, height: 150, data: pool.subarray(64) };
    const [[a], [b]] = [await onnx.describe([view]), await onnx.describe([blank(150, 150, 90)])];
    expect(largestGap(a ?? new Float32Array(), b ?? new Float32Array([1]))).toBe(0);
  });
});
