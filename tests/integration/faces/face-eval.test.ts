import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFaceAnalyzer } from '../../../src/faces/analyzer.ts';
import { runFaceCalibrate } from '../../../src/faces/calibrate-run.ts';
import { openFaceEngine } from '../../../src/faces/engine/open-engine.ts';
import { runFaceEval } from '../../../src/faces/face-eval.ts';
import { drawRegion } from '../../../src/faces/resample.ts';
import type { RgbImage } from '../../../src/media/image.ts';
import { blank, samplePhoto } from './support.ts';

let dir: string;
const quiet = () => undefined;

/** A folder of people: a clean and a small, dim picture of each face of a sample photograph, and two files without a face. */
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'claimsight-eval-'));
  const image = await samplePhoto(6);
  const engine = await openFaceEngine();
  const faces = await createFaceAnalyzer({ engine }).analyze(image, { mode: 'portrait' });
  await engine.close();
  for (const [i, { box }] of faces.entries()) {
    const region = {
      x: box.x - box.width * 0.3,
      y: box.y - box.height * 0.2,
      width: box.height * 1.4,
      height: box.height * 1.4,
    };
    const small = drawRegion(image, region, 120, 120);
    await save(`person_${i}/person_${i}_0001.jpg`, drawRegion(image, region, 250, 250));
    await save(`person_${i}/person_${i}_0002.jpg`, { ...small, data: small.data.map((value) => value * 0.8) });
  }
  await save('person_0/person_0_0003.jpg', blank(200, 200, 90));
  await writeFile(path.join(dir, 'person_1', 'person_1_0003.jpg'), 'not a picture');
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function save(name: string, { width, height, data }: RgbImage): Promise<void> {
  const file = path.join(dir, name);
  await mkdir(path.dirname(file), { recursive: true });
  await sharp(data, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 92 })
    .toFile(file);
}

describe('face-eval', () => {
  it('measures a folder of photographs and counts those without a face against the pipeline', async () => {
    const result = await runFaceEval({ images: dir, onProgress: quiet });
    expect(result).toMatchObject({ people: 4, photos: 10, fta: 2, genuine: 8, impostor: 37 });
    expect(result.tar['1e-3']).toBeCloseTo(4 / 8, 6);
    expect(result.calibrationId).toMatch(/^faceapi-dlib-128\//);
    for (const key of ['eer', 'accuracy', 'realisedFmr', 'cllr', 'minCllr'] as const)
      expect(result[key]).toBeTypeOf('number');
  });

  it('measures the pairs of a file, as LFW has them', async () => {
    const pairs = path.join(dir, 'pairs.txt');
    await writeFile(
      pairs,
      '1\t2\nperson_0\t1\t2\nperson_2\t1\t2\nperson_0\t1\tperson_1\t1\nperson_2\t1\tperson_3\t2\n',
    );
    expect(await runFaceEval({ images: dir, pairs, onProgress: quiet })).toMatchObject({
      genuine: 2,
      impostor: 2,
      accuracy: 1,
    });
  });

  it('fails with a remedy where there is nothing to measure', async () => {
    const empty = await mkdtemp(path.join(tmpdir(), 'claimsight-eval-empty-'));
    await expect(runFaceEval({ images: empty, onProgress: quiet })).rejects.toMatchObject({ code: 'invalid_input' });
    await expect(runFaceEval({ images: path.join(empty, 'x'), onProgress: quiet })).rejects.toMatchObject({
      code: 'invalid_input',
      details: { remedy: expect.any(String) },
    });
    await rm(empty, { recursive: true });
  });
});

describe('face-calibrate', () => {
  it('writes no card from too few people', async () => {
    const out = path.join(dir, 'card.json');
    await expect(runFaceCalibrate({ images: dir, out, onProgress: quiet })).rejects.toMatchObject({
      code: 'invalid_input',
      details: { remedy: expect.stringContaining('people') },
    });
  });
});
