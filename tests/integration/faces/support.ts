import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { decodeImage } from '../../../src/media/decode-image.ts';
import type { RgbImage } from '../../../src/media/image.ts';

const demo = path.join(
  path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
  'demo',
);

/** face-api's sample photographs 1 to 6 and how many faces are in each. */
export const SAMPLE_FACES: Readonly<Record<number, number>> = { 1: 3, 2: 3, 3: 3, 4: 4, 5: 5, 6: 4 };

export const samplePhoto = async (number: number): Promise<RgbImage> =>
  decodeImage(await readFile(path.join(demo, `sample${number}.jpg`)));

export const blank = (width: number, height: number, value = 0): RgbImage => ({
  width,
  height,
  data: new Uint8Array(width * height * 3).fill(value),
});
