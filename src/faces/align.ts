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
 * The points that an aligned face is laid on, and where they stand in a chip of side 1: nose, eyes and mouth without the
 * lower lip of dlib's mean face with a border of a quarter of the face (dlib, get_face_chip_details), on which the
 * recognition network was trained. Numbers are those of the 68-point scheme (Sagonas et al., 300 Faces in the Wild, 2013):
 * [landmark, x, y].
 */
const MEAN_FACE: readonly (readonly [landmark: number, x: number, y: number])[] = [
  [27, 0.490127, 0.203352],
  [28, 0.490127, 0.307009],
  [29, 0.490127, 0.409805],
  [30, 0.490127, 0.515625],
  [31, 0.36688, 0.587326],
  [32, 0.426036, 0.609345],
  [33, 0.490127, 0.628106],
  [34, 0.554217, 0.609345],
  [35, 0.613373, 0.587326],
  [36, 0.121737, 0.216423],
  [37, 0.187122, 0.178758],
  [38, 0.265825, 0.179852],
  [39, 0.334606, 0.231733],
  [40, 0.260918, 0.245099],
  [41, 0.182743, 0.244077],
  [42, 0.645647, 0.231733],
  [43, 0.714428, 0.179852],
  [44, 0.793132, 0.178758],
  [45, 0.858516, 0.216423],
  [46, 0.79751, 0.244077],
  [47, 0.719335, 0.245099],
  [48, 0.254149, 0.780233],
  [49, 0.340985, 0.745405],
  [50, 0.428858, 0.727388],
  [51, 0.490127, 0.742578],
  [52, 0.551395, 0.727388],
  [53, 0.639268, 0.745405],
  [54, 0.726104, 0.780233],
  [60, 0.290379, 0.784792],
  [61, 0.428096, 0.778746],
  [62, 0.490127, 0.785343],
  [63, 0.552157, 0.778746],
  [64, 0.689874, 0.784792],
];
const BORDER = 0.25;

/** The square in the aligned chip's pixels that SSD's boxes frame (their median on LFW, a little tighter): centre 73, 72. */
const UPRIGHT_FRAME = { x: 3, y: 2, side: 140 };

const inChip = (value: number) => ((BORDER + value) / (1 + 2 * BORDER)) * DESCRIPTOR_CHIP_SIZE;
const chipPoints: readonly Point[] = MEAN_FACE.map(([, x, y]) => ({ x: inChip(x), y: inChip(y) }));

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
  const inImage = MEAN_FACE.map(([landmark]) => landmarks[landmark] ?? { x: 0, y: 0 });
  const toChip = fitSimilarity(inImage, chipPoints);
  return toChip && invertSimilarity(toChip);
}

/** The face turned upright and scaled to 150×150, eyes and nose where the recognition network expects them. */
export const cutAlignedChip = (image: RgbImage, chipToImage: Similarity): RgbImage =>
  warp(image, chipToImage, DESCRIPTOR_CHIP_SIZE, DESCRIPTOR_CHIP_SIZE);
