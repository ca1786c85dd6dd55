import { drawRegion } from '../../src/faces/resample.ts';
import type { RgbImage } from '../../src/media/image.ts';

export const NAIVE_FPS = 5;
export const NAIVE_SIZE = { width: 640, height: 360 };
export const NAIVE_INPUT = 416;

/** The picture as face-api's tiny detector is shown it: its longer side 416, black below. */
export const letterboxed = (picture: RgbImage): RgbImage => {
  const side = Math.max(picture.width, picture.height);
  return drawRegion(picture, { x: 0, y: 0, width: side, height: side }, NAIVE_INPUT, NAIVE_INPUT);
};
