import type * as FaceApi from '@vladmandic/face-api';
import { expect, it } from 'vitest';
import { faceApiModelDir } from '../../../models/build/ensure-models.ts';
import { openApparentReader } from '../../../src/faces/engine/apparent.ts';
import { loadFaceApi } from '../../../src/faces/engine/face-api-engine.ts';
import { drawRegion } from '../../../src/faces/resample.ts';
import { samplePhoto } from './support.ts';

/** face-api itself. */
async function referenceNet(): Promise<{ net: FaceApi.AgeGenderNet; tf: typeof FaceApi.tf }> {
  const { faceapi } = await loadFaceApi();
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
