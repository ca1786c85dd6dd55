import type { RgbImage } from '../media/image.ts';
import { DESCRIPTOR_CHIP_SIZE, LANDMARK_CHIP_SIZE, LANDMARK_COUNT } from './engine/engine.ts';
import {
  applySimilarity,
  type Box,
  fitSimilarity,
  invertSimilarity,
  type Point,
  type Similarity,
  squareAround,
} from './geometry.ts';
import { warp } from './resample.ts';

/**
 * The five points of an aligned face, and where they stand in a chip of side 1: eye corners and the base of the nose of
 * dlib's mean face with a border of a quarter of the face (dlib, get_face_chip_details), on which the recognition
 * network was trained. Numbers are those of the 68-point scheme (Sagonas et al., 300 Faces in the Wild, 2013).
 */
const FIVE_POINTS: readonly { readonly landmark: number; readonly x: number; readonly y: number }[] = [
  { landmark: 36, x: 0.121737, y: 0.216423 },
  { landmark: 39, x: 0.334606, y: 0.231733 },
  { landmark: 42, x: 0.645647, y: 0.231733 },
  { landmark: 45, x: 0.858516, y: 0.216423 },
  { landmark: 33, x: 0.490127, y: 0.628106 },
];
const BORDER = 0.25;

/** The square in the aligned chip's pixels that SSD's boxes frame (their median on LFW, a little tighter): centre 73, 72. */
const UPRIGHT_FRAME = { x: 3, y: 2, side: 140 };

const inChip = (value: number) => ((BORDER + value) / (1 + 2 * BORDER)) * DESCRIPTOR_CHIP_SIZE;
const chipPoints: readonly Point[] = FIVE_POINTS.map(({ x, y }) => ({ x: inChip(x), y: inChip(y) }));

/** What a landmark chip shows, and how its points go back into the picture. */
export interface LandmarkChip {
  readonly chip: RgbImage;
  readonly toImage: Similarity;
}

/** The upright square around a detected face, as the landmark network wants it. */
export function cutLandmarkChip(image: RgbImage, face: Box): LandmarkChip {
  const square = squareAround(face, Math.max(face.width, face.height));
  const toImage = { a: square.width / LANDMARK_CHIP_SIZE, b: 0, tx: square.x, ty: square.y };
  return { chip: warp(image, toImage, LANDMARK_CHIP_SIZE, LANDMARK_CHIP_SIZE), toImage };
}

/**
 * The landmark chip once more, now turned upright and framed by the first landmarks: the same framing whichever detector
 * drew the box, and a tilted head comes out straight. Null when the first landmarks are of no use.
 */
export function recutLandmarkChip(image: RgbImage, landmarks: readonly Point[]): LandmarkChip | null {
  const chipToImage = alignment(landmarks);
  if (!chipToImage) return null;
  const scale = UPRIGHT_FRAME.side / LANDMARK_CHIP_SIZE;
  const corner = applySimilarity(chipToImage, { x: UPRIGHT_FRAME.x, y: UPRIGHT_FRAME.y });
  const toImage = { a: chipToImage.a * scale, b: chipToImage.b * scale, tx: corner.x, ty: corner.y };
  return { chip: warp(image, toImage, LANDMARK_CHIP_SIZE, LANDMARK_CHIP_SIZE), toImage };
}

/** 68 points in the picture from the network's 136 numbers in 0..1 of the chip. */
export function landmarksInImage(values: Float32Array, toImage: Similarity): Point[] {
  return Array.from({ length: LANDMARK_COUNT }, (_, i) =>
    applySimilarity(toImage, {
      x: (values[2 * i] ?? 0) * LANDMARK_CHIP_SIZE,
      y: (values[2 * i + 1] ?? 0) * LANDMARK_CHIP_SIZE,
    }),
  );
}

/** The similarity from an aligned chip of 150×150 to the picture. Null when the landmarks all fall on one point. */
export function alignment(landmarks: readonly Point[]): Similarity | null {
  const inImage = FIVE_POINTS.map(({ landmark }) => landmarks[landmark] ?? { x: 0, y: 0 });
  const toChip = fitSimilarity(inImage, chipPoints);
  return toChip && invertSimilarity(toChip);
}

/** The face turned upright and scaled to 150×150, eyes and nose where the recognition network expects them. */
export const cutAlignedChip = (image: RgbImage, chipToImage: Similarity): RgbImage =>
  warp(image, chipToImage, DESCRIPTOR_CHIP_SIZE, DESCRIPTOR_CHIP_SIZE);
