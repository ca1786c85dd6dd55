import type { RgbImage } from '../../media/image.ts';
import type { Point } from '../geometry.ts';
import { luminance } from '../resample.ts';
import { BORDER_REACH, BORDER_SIDE, type BorderProfile, borderProfile } from './border.ts';
import { MOIRE_SIDE, moireOf } from './moire.ts';
import { shapeOf } from './rigid.ts';

/** Brightness row by row; what stands behind it (a frame's colours) is not looked at. */
export interface GreyPlane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Side of the patch that is kept of an aligned face. */
export const PATCH_SIDE = 28;
/** The part of the aligned chip (150 pixels) that is face: from brows to mouth. */
const PATCH_FROM = 33;
const PATCH_STEP = 3;

/** One look at a face, as far as it says whether it is a face or a picture of one. Nothing of it identifies anybody but the patch. */
export interface PresentationLook {
  /** Eyes' middle in the frame, and the distance between them, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly unit: number;
  /** Tilt, as its cosine and sine. */
  readonly cos: number;
  readonly sin: number;
  readonly shape: Float32Array;
  /** Brightness of the aligned face, PATCH_SIDE². Biometric: memory only. */
  readonly patch: Float32Array;
  /** Null: the face is too small in the picture for fine patterns. */
  readonly moire: number | null;
  readonly border: BorderProfile;
}

/** A face is about so many eye distances wide. */
const FACE_WIDTH = 2.1;
/** From the eyes' middle to the face's, in eye distances. */
const FACE_MIDDLE = 0.45;
/** A face must be so wide, in pixels, for the square of fine patterns to be mostly face. */
const LEAST_MOIRE_FACE_PX = 52;
const LEAST_UNIT_PX = 10;

/**
 * Looks at a face of a frame. Costs about a twentieth of its description.
 * @param landmarks 68 points in the frame's pixels @param chip the aligned face
 * @returns null when it is too small to say anything
 */
export function lookAtPresentation(
  frame: GreyPlane,
  face: { readonly landmarks: readonly Point[]; readonly chip: RgbImage },
): PresentationLook | null {
  const { landmarks, chip } = face;
  const shape = shapeOf(landmarks);
  const eyes = eyesOf(landmarks);
  if (shape === null || eyes.unit < LEAST_UNIT_PX) return null;
  const width = FACE_WIDTH * eyes.unit;
  return {
    ...{ ...eyes, shape },
    patch: patchOf(chip),
    moire: width < LEAST_MOIRE_FACE_PX ? null : moireOf(squareOf(frame, eyes)),
    border: borderProfile(surroundingsOf(frame, eyes)),
  };
}

type Eyes = Pick<PresentationLook, 'x' | 'y' | 'unit' | 'cos' | 'sin'>;

const faceMiddle = ({ x, y, unit, cos, sin }: Eyes): Point => ({
  x: x - sin * FACE_MIDDLE * unit,
  y: y + cos * FACE_MIDDLE * unit,
});

function eyesOf(landmarks: readonly Point[]): Eyes {
  let [lx, ly, rx, ry] = [0, 0, 0, 0];
  for (let i = 0; i < 6; i++) {
    lx += (landmarks[36 + i]?.x ?? 0) / 6;
    ly += (landmarks[36 + i]?.y ?? 0) / 6;
    rx += (landmarks[42 + i]?.x ?? 0) / 6;
    ry += (landmarks[42 + i]?.y ?? 0) / 6;
  }
  const unit = Math.hypot(rx - lx, ry - ly);
  const over = unit > 0 ? unit : 1;
  return { x: (lx + rx) / 2, y: (ly + ry) / 2, unit, cos: (rx - lx) / over, sin: (ry - ly) / over };
}

function patchOf(chip: RgbImage): Float32Array {
  const grey = luminance(chip);
  const patch = new Float32Array(PATCH_SIDE * PATCH_SIDE);
  for (let row = 0; row < PATCH_SIDE; row++) {
    for (let col = 0; col < PATCH_SIDE; col++) {
      let sum = 0;
      for (let i = 0; i < PATCH_STEP; i++)
        for (let j = 0; j < PATCH_STEP; j++)
          sum += grey[(PATCH_FROM + row * PATCH_STEP + i) * chip.width + PATCH_FROM + col * PATCH_STEP + j] ?? 0;
      patch[row * PATCH_SIDE + col] = sum / PATCH_STEP ** 2;
    }
  }
  return patch;
}

/** The frame's own pixels around a point: any resampling would blur what is looked for. */
export function squareOf(frame: GreyPlane, eyes: Eyes): Float32Array {
  const { x, y } = faceMiddle(eyes);
  const { width, height, data } = frame;
  const within = (value: number, limit: number): number => Math.min(Math.max(0, value), limit - 1);
  const left = Math.round(x - MOIRE_SIDE / 2);
  const top = Math.round(y - MOIRE_SIDE / 2);
  const grey = new Float32Array(MOIRE_SIDE * MOIRE_SIDE);
  for (let row = 0; row < MOIRE_SIDE; row++)
    for (let col = 0; col < MOIRE_SIDE; col++)
      grey[row * MOIRE_SIDE + col] = data[within(top + row, height) * width + within(left + col, width)] as number;
  return grey;
}

/** Brightness around a face, upright: each value the mean of some pixels that it covers, NaN beyond the frame. */
export function surroundingsOf(frame: GreyPlane, eyes: Eyes): Float32Array {
  const middle = faceMiddle(eyes);
  const { unit, cos, sin } = eyes;
  const step = (2 * BORDER_REACH * FACE_WIDTH * unit) / BORDER_SIDE;
  const { width, height, data } = frame;
  const grey = new Float32Array(BORDER_SIDE * BORDER_SIDE);
  // Four samples a value, or one where a value is about a pixel.
  const samples = step > 1.3 ? 2 : 1;
  const [dx, dy] = [(cos * step) / samples, (sin * step) / samples];
  const fine = BORDER_SIDE * samples;
  const share = 1 / (samples * samples);
  for (let row = 0; row < fine; row++) {
    const [u, v] = [0.5 - fine / 2, row + 0.5 - fine / 2];
    let x = middle.x + u * dx - v * dy;
    let y = middle.y + u * dy + v * dx;
    const line = Math.floor(row / samples) * BORDER_SIDE;
    for (let col = 0; col < fine; col++, x += dx, y += dy) {
      const at = line + (samples === 2 ? col >> 1 : col);
      const inside = x >= 0 && y >= 0 && x < width && y < height;
      const value = inside ? (data[(y | 0) * width + (x | 0)] as number) * share : Number.NaN;
      grey[at] = (grey[at] as number) + value;
    }
  }
  return grey;
}
