import type { RgbImage } from '../media/image.ts';
import { DESCRIPTOR_DIMENSION, type FaceEngine } from './engine/engine.ts';
import type { Point } from './geometry.ts';
import { mirror } from './resample.ts';
import { TEMPLATE_VERSION, templateVector } from './template.ts';

export interface FaceInPicture {
  readonly image: RgbImage;
  /** 68 points in the picture. */
  readonly landmarks: readonly Point[];
  /** The face turned upright as dlib has it, 150×150. */
  readonly chip: RgbImage;
}

/** What turns an aligned face into a template: a network, and how it wants the face. */
export interface Embedder {
  /** Model and pipeline. Templates of two versions are never compared. */
  readonly templateVersion: string;
  /** Numbers of a template. */
  readonly dimension: number;
  /** The face as this network wants it; null when the landmarks are of no use. */
  cut(face: FaceInPicture): RgbImage | null;
  /** A vector of unit length per face, in the same order; null where the network gave no numbers of any length. */
  describe(crops: readonly RgbImage[]): Promise<(Float32Array | null)[]>;
  close(): Promise<void>;
}

/** The built-in network: dlib's chip and its mirror image. The engine stays the caller's to close. */
export function builtinEmbedder(engine: FaceEngine, templateVersion: string = TEMPLATE_VERSION): Embedder {
  return {
    templateVersion,
    dimension: DESCRIPTOR_DIMENSION,
    cut: ({ chip }) => chip,
    describe: async (crops) =>
      pairwise(await engine.describe(crops.flatMap((crop) => [crop, mirror(crop)])), crops.length),
    close: async () => undefined,
  };
}

/** Templates from descriptors of faces and their mirror images, which follow one another. */
export function pairwise(descriptors: readonly Float32Array[], faces: number): (Float32Array | null)[] {
  return Array.from({ length: faces }, (_, i) => {
    const [descriptor, mirrored] = [descriptors[2 * i], descriptors[2 * i + 1]];
    if (!descriptor || !mirrored) throw new Error('The engine gave fewer descriptors than chips.');
    return usable(templateVector([descriptor, mirrored]));
  });
}

/** A vector that can be compared; null for one without length or with something else than numbers in it. */
export function usable(vector: Float32Array): Float32Array | null {
  const length = Math.hypot(...vector);
  return Math.abs(length - 1) < 1e-3 ? vector : null;
}
