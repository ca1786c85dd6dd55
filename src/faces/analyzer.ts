import type { RgbImage } from '../media/image.ts';
import { alignment, cutAlignedChip } from './align.ts';
import { type DetectedFace, type DetectOptions, detectFaces } from './detect.ts';
import { builtinEmbedder, type Embedder } from './embedder.ts';
import type { FaceEngine } from './engine/engine.ts';
import type { Box, Point } from './geometry.ts';
import { locateLandmarks } from './landmarks.ts';
import { assessQuality, type FaceQuality } from './quality.ts';
import type { FaceTemplate } from './template.ts';

/** A face found in a picture, measured and cut out, not yet described. */
export interface Face {
  /** Forehead to chin, in the picture's pixels; may reach beyond the edge. */
  readonly box: Box;
  /** 68 points in the picture's pixels. */
  readonly landmarks: readonly Point[];
  readonly quality: FaceQuality;
  readonly detector: DetectedFace['detector'];
  /** The face turned upright, 150×150: what its quality is measured on. Biometric: keep it in memory, or encrypted. */
  readonly chip: RgbImage;
  /** The face as each embedder wants it, the one in use first; some take several looks. Biometric too. */
  readonly crops: readonly (readonly RgbImage[])[];
}

export interface FaceAnalyzer {
  readonly templateVersion: string;
  /** Numbers of a template. */
  readonly dimension: number;
  /** Faces of a picture, best detector score first. Empty when there is none. Throws `invalid_input` for a bad region. */
  analyze(image: RgbImage, options: DetectOptions): Promise<Face[]>;
  /**
   * One template per face, in the same order, with those of the models that serve beside the one in use; null where its network
   * gave nothing usable.
   */
  describe(faces: readonly Pick<Face, 'crops'>[]): Promise<(FaceTemplate | null)[]>;
}

/**
 * Faces from pictures, with any engine. Engine and embedders stay the caller's to close.
 * @param embedders the one in use, then those that still serve beside it; default: the engine's own
 */
export function createFaceAnalyzer(options: {
  readonly engine: FaceEngine;
  readonly embedders?: readonly [Embedder, ...Embedder[]];
}): FaceAnalyzer {
  const { engine, embedders = [builtinEmbedder(engine)] } = options;
  const [inUse, ...others] = embedders;

  const describeWith = async (embedder: Embedder, faces: readonly Pick<Face, 'crops'>[], place: number) => {
    const crops = faces.map((face) => face.crops[place] ?? []);
    if (crops.some((own) => own.length === 0)) throw new Error('A face was cut out for other embedders.');
    return embedder.describe(crops);
  };

  return {
    templateVersion: inUse.templateVersion,
    dimension: inUse.dimension,

    async analyze(image, options) {
      const detections = await detectFaces(engine, image, options);
      const thorough = options.mode === 'portrait';
      const landmarks = await locateLandmarks(engine, image, detections, { thorough });
      return detections.flatMap((detection, i) => {
        const points = landmarks[i] ?? [];
        const chipToImage = alignment(points);
        if (!chipToImage) return [];
        const chip = cutAlignedChip(image, chipToImage);
        const crops = embedders.map((embedder) =>
          embedder.cut({ image, landmarks: points, chip, chipToImage, thorough }),
        );
        if (crops.some((own) => own.length === 0)) return [];
        const { box, score, detector } = detection;
        const quality = assessQuality({ box, landmarks: points, chip, detectorScore: score });
        return [{ box, landmarks: points, quality, detector, chip, crops }];
      });
    },

    async describe(faces) {
      const vectors = await describeWith(inUse, faces, 0);
      const beside = await Promise.all(others.map((embedder, i) => describeWith(embedder, faces, i + 1)));
      return vectors.map((vector, face) => {
        if (vector === null) return null;
        const also = others.flatMap(({ templateVersion }, i): FaceTemplate[] => {
          const other = beside[i]?.[face];
          return other ? [{ version: templateVersion, vector: other }] : [];
        });
        return { version: inUse.templateVersion, vector, ...(also.length > 0 && { also }) };
      });
    },
  };
}
