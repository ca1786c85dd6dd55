import type { RgbImage } from '../media/image.ts';
import { fitSimilarity, invertSimilarity, type Point, type Similarity } from './geometry.ts';
import { warp } from './resample.ts';

/**
 * Where ArcFace's networks expect the eyes, the tip of the nose and the corners of the mouth in a picture of 112×112 (Deng et
 * al., ArcFace, 2019; the points of InsightFace's `face_align`).
 */
const ARCFACE_SIDE = 112;
const ARCFACE_POINTS: readonly Point[] = [
  { x: 38.2946, y: 51.6963 },
  { x: 73.5318, y: 51.5014 },
  { x: 56.0252, y: 71.7366 },
  { x: 41.5493, y: 92.3655 },
  { x: 70.7299, y: 92.2041 },
];

/** The five points of ArcFace out of 68: the eyes' centres, nose tip, mouth corners; left is the picture's left. */
export function arcfacePoints(landmarks: readonly Point[]): Point[] {
  const at = (i: number): Point => landmarks[i] ?? { x: 0, y: 0 };
  const centre = (from: number): Point => {
    const eye = Array.from({ length: 6 }, (_, i) => at(from + i));
    return { x: eye.reduce((sum, { x }) => sum + x, 0) / 6, y: eye.reduce((sum, { y }) => sum + y, 0) / 6 };
  };
  return [centre(36), centre(42), at(30), at(48), at(54)];
}

/** The similarity from ArcFace's aligned picture of `side` × `side` to the picture. Null when the landmarks fall together. */
export function arcfaceAlignment(landmarks: readonly Point[], side: number): Similarity | null {
  const scale = side / ARCFACE_SIDE;
  const wanted = ARCFACE_POINTS.map(({ x, y }) => ({ x: x * scale, y: y * scale }));
  const toChip = fitSimilarity(arcfacePoints(landmarks), wanted);
  return toChip && invertSimilarity(toChip);
}

/** The face as ArcFace's networks want it. Null when the landmarks are of no use. */
export function cutArcfaceChip(image: RgbImage, landmarks: readonly Point[], side: number): RgbImage | null {
  const toImage = arcfaceAlignment(landmarks, side);
  return toImage && warp(image, toImage, side, side);
}
