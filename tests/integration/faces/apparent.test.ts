import { createRequire } from 'node:module';
import path from 'node:path';
import type * as FaceApi from '@vladmandic/face-api';
import { expect, it } from 'vitest';
import { faceApiModelDir } from '../../../models/build/ensure-models.ts';
import { openApparentReader } from '../../../src/faces/engine/apparent.ts';
import { drawRegion } from '../../../src/faces/resample.ts';
import { samplePhoto } from './support.ts';

const require = createRequire(import.meta.url);

/** face-api itself, on TensorFlow.js's WebAssembly. */
async function referenceNet(): Promise<{ net: FaceApi.AgeGenderNet; tf: typeof FaceApi.tf }> {
  const faceapi: typeof FaceApi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const tfjs: typeof import('@tensorflow/tfjs') = require('@tensorflow/tfjs');
  const wasm: typeof import('@tensorflow/tfjs-backend-wasm') = require('@tensorflow/tfjs-backend-wasm');
  const folder = path.join(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');
  wasm.setWasmPaths(`${folder}${path.sep}`);
  await tfjs.setBackend('wasm');
  await tfjs.ready();
  const net = new faceapi.AgeGenderNet();
  await net.loadFromDisk(faceApiModelDir());
  return { net, tf: faceapi.tf };
}

it('reads the age and sex that face-api reads', async () => {
  const { net, tf } = await referenceNet();
  const reader = await openApparentReader();
  for (const sample of [1, 3, 5]) {
    const photo = await samplePhoto(sample);
    const side = Math.min(photo.width, photo.height);
    const chip = drawRegion(photo, { x: 0, y: 0, width: side, height: side }, 112, 112);
    const [ours] = await reader.read([chip]);
    const answer = await net.predictAgeAndGender(tf.tensor3d(chip.data, [112, 112, 3], 'int32'));
    const theirs = Array.isArray(answer) ? answer[0] : answer;
    expect(ours?.ageYears).toBeCloseTo(theirs?.age ?? Number.NaN, 2);
    expect(ours?.sex).toBe(theirs?.gender);
  }
  await expect(reader.read([{ width: 4, height: 4, data: new Uint8Array(48) }])).rejects.toMatchObject({
    code: 'invalid_input',
  });
  await reader.close();
});
