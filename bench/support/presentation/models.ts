import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { createCutter } from '../../../src/demo/footage/cutouts.ts';
import type { FaceRef } from '../../../src/demo/scenario.ts';
import type { FaceAnalyzer } from '../../../src/faces/analyzer.ts';
import { decodeImage } from '../../../src/media/decode-image.ts';
import type { Model } from './cast.ts';
import { rasterOf } from './scene.ts';

/** Printed and shown photographs are cut so many face widths wide and high about the face, where the photograph goes so far. */
const PHOTO = { width: 2.2, height: 2.7 };

/** A person for the scenes, from one face of a photograph (faces counted from the left). */
export async function modelOf(analyzer: FaceAnalyzer, file: string, index: number): Promise<Model> {
  const ref = { photo: file, index } as FaceRef;
  const cutout = await createCutter({ analyzer, baseDir: '.' })(ref);
  const bytes = await readFile(file);
  const whole = await decodeImage(bytes);
  const faces = (await analyzer.analyze(whole, { mode: 'portrait' })).sort((a, b) => a.box.x - b.box.x);
  const face = faces[index];
  if (!face) throw new Error(`${file} shows no face ${index}`);
  const { box } = face;
  const left = Math.max(0, Math.round(box.x + box.width / 2 - (PHOTO.width / 2) * box.width));
  const top = Math.max(0, Math.round(box.y + box.height / 2 - (PHOTO.height / 2) * box.width));
  const width = Math.min(whole.width - left, Math.round(PHOTO.width * box.width));
  const height = Math.min(whole.height - top, Math.round(PHOTO.height * box.width));
  const photo = await rasterOf(
    sharp(whole.data, { raw: { width: whole.width, height: whole.height, channels: 3 } }).extract({
      left,
      top,
      width,
      height,
    }),
    3,
  );
  return {
    ...{ name: `${file}#${index}`, cutout, photo, photoFaceWidth: box.width },
    photoLandmarks: face.landmarks.map(({ x, y }) => ({ x: x - left, y: y - top })),
  };
}
