import type { RgbImage } from '../media/image.ts';
import { cutAlignedChip } from './align.ts';
import { lengthByCrowding } from './crowding.ts';
import { DESCRIPTOR_CHIP_SIZE, DESCRIPTOR_DIMENSION, type FaceEngine } from './engine/engine.ts';
import { applySimilarity, type Point, type Similarity } from './geometry.ts';
import { mirror } from './resample.ts';
import { scaled, TEMPLATE_VERSION, templateVector } from './template.ts';

export interface FaceInPicture {
  readonly image: RgbImage;
  /** 68 points in the picture. */
  readonly landmarks: readonly Point[];
  /** The face turned upright as dlib has it, 150×150, and how its points go back into the picture. */
  readonly chip: RgbImage;
  readonly chipToImage: Similarity;
  /** A portrait: it is described once and compared for years. */
  readonly thorough: boolean;
}

/** What turns an aligned face into a template: a network, and how it wants the face. */
export interface Embedder {
  /** Model and pipeline. Templates of two versions are never compared. */
  readonly templateVersion: string;
  /** Numbers of a template. */
  readonly dimension: number;
  /** The face as this network wants it, in one look or several; none when the landmarks are of no use. */
  cut(face: FaceInPicture): readonly RgbImage[];
  /**
   * A vector per face, the mean of its looks, in the same order; null where the network gave no numbers of
   * any length.
   */
  describe(crops: readonly (readonly RgbImage[])[]): Promise<(Float32Array | null)[]>;
  close(): Promise<void>;
}

/**
 * Two looks at a portrait that differ by what landmarks err: their mean comes nearer to the face than the one between them
 * (docs/adr/0021). Scale, turn in radians, shift in pixels of the chip.
 */
const PORTRAIT_LOOKS = [
  { scale: 1.04, turn: 0.03, shift: 1.5 },
  { scale: 0.96, turn: -0.03, shift: -1.5 },
] as const;

/** The built-in network: dlib's chip and its mirror image. The engine stays the caller's to close. */
export function builtinEmbedder(engine: FaceEngine, templateVersion: string = TEMPLATE_VERSION): Embedder {
  return {
    templateVersion,
    dimension: DESCRIPTOR_DIMENSION,
    cut: ({ image, chip, chipToImage, thorough }) =>
      thorough ? PORTRAIT_LOOKS.map((look) => cutAlignedChip(image, besides(chipToImage, look))) : [chip],
    async describe(crops) {
      const vectors = await meanOfLooks(crops, (chips) => engine.describe(chips), { mirrored: true });
      return vectors.map((vector) => vector && scaled(vector, lengthByCrowding(vector)));
    },
    close: async () => undefined,
  };
}

/** A chip cut a little larger or smaller around its middle, turned and shifted. */
function besides(toImage: Similarity, { scale, turn, shift }: (typeof PORTRAIT_LOOKS)[number]): Similarity {
  const middle = DESCRIPTOR_CHIP_SIZE / 2;
  const look = { a: scale * Math.cos(turn), b: scale * Math.sin(turn) };
  const corner = applySimilarity(toImage, {
    x: middle - (look.a * middle - look.b * middle) + shift,
    y: middle - (look.b * middle + look.a * middle),
  });
  return {
    a: toImage.a * look.a - toImage.b * look.b,
    b: toImage.a * look.b + toImage.b * look.a,
    tx: corner.x,
    ty: corner.y,
  };
}

/** A template for each face from all its looks; with `mirrored` also from their mirror images. */
export async function meanOfLooks(
  faces: readonly (readonly RgbImage[])[],
  describe: (chips: readonly RgbImage[]) => Promise<readonly Float32Array[]>,
  { mirrored }: { readonly mirrored: boolean },
): Promise<(Float32Array | null)[]> {
  const looks = faces.map((crops) => (mirrored ? crops.flatMap((crop) => [crop, mirror(crop)]) : crops));
  const descriptors = await describe(looks.flat());
  let next = 0;
  return looks.map((own) => {
    const from = next;
    next += own.length;
    const described = descriptors.slice(from, next);
    if (described.length < own.length) throw new Error('The network gave fewer descriptors than chips.');
    return usable(templateVector(described));
  });
}

/** A vector that can be compared; null for one without length or with something else than numbers in it. */
export function usable(vector: Float32Array): Float32Array | null {
  const length = Math.hypot(...vector);
  return Math.abs(length - 1) < 1e-3 ? vector : null;
}
