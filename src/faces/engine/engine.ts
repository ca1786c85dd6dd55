import type { RgbImage } from '../../media/image.ts';
import type { Scored } from '../nms.ts';

/** Side of the picture that the thorough detector takes, in pixels. */
export const SSD_INPUT_SIZE = 512;
/** The quick detector takes sides that are multiples of this. */
export const TINY_INPUT_STEP = 32;
/** Side of a chip for landmarks, in pixels. */
export const LANDMARK_CHIP_SIZE = 112;
/** Side of an aligned chip for a descriptor, in pixels. */
export const DESCRIPTOR_CHIP_SIZE = 150;
export const DESCRIPTOR_DIMENSION = 128;
export const LANDMARK_COUNT = 68;

/** One face in a picture given to a detector: box in that picture's pixels, score 0..1. */
export type EngineDetection = Scored;

/**
 * The face networks, and nothing but the networks: pictures in, numbers out. What is cut out of which frame, at which
 * scale and how it is aligned is decided outside, so that every engine is held to the same pictures.
 * All methods throw `invalid_input` for a picture of the wrong size.
 */
export interface FaceEngine {
  readonly name: 'onnx' | 'face-api';
  /** Engine and library versions, for records. Not part of a template's version: engines agree to 1e-4. */
  readonly version: string;
  /** SSD MobileNetV1 on one picture of 512×512. Overlapping boxes (IoU over 0.5) are already suppressed. */
  detectSsd(picture: RgbImage, options: { readonly minScore: number }): Promise<EngineDetection[]>;
  /** TinyFaceDetector on one picture whose sides are multiples of 32. IoU over 0.4 is already suppressed. */
  detectTiny(picture: RgbImage, options: { readonly minScore: number }): Promise<EngineDetection[]>;
  /** 68 landmarks per chip of 112×112: 136 numbers x0, y0, x1, y1, … in 0..1 of the chip. */
  landmarks(chips: readonly RgbImage[]): Promise<Float32Array[]>;
  /** A descriptor of 128 numbers per aligned chip of 150×150, as the network gives it (not of unit length). */
  describe(chips: readonly RgbImage[]): Promise<Float32Array[]>;
  close(): Promise<void>;
}
