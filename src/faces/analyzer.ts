import type { RgbImage } from '../media/image.ts';
import {
  alignment,
  cutAlignedChip,
  cutLandmarkChip,
  type LandmarkChip,
  landmarksInImage,
  recutLandmarkChip,
} from './align.ts';
import { type DetectedFace, type DetectOptions, detectFaces } from './detect.ts';
import type { FaceEngine } from './engine/engine.ts';
import type { Box, Point } from './geometry.ts';
import { assessQuality, type FaceQuality } from './quality.ts';
import { mirror } from './resample.ts';
import { type FaceTemplate, TEMPLATE_VERSION, templateFrom } from './template.ts';

/** A face found in a picture, measured and cut out, not yet described. */
export interface Face {
  /** Forehead to chin, in the picture's pixels; may reach beyond the edge. */
  readonly box: Box;
  /** 68 points in the picture's pixels. */
  readonly landmarks: readonly Point[];
  readonly quality: FaceQuality;
  readonly detector: DetectedFace['detector'];
  /** The aligned face, 150×150. Biometric: keep it in memory, or encrypted. */
  readonly chip: RgbImage;
}

export interface FaceAnalyzer {
  readonly templateVersion: string;
  /** Faces of a picture, best detector score first. Empty when there is none. Throws `invalid_input` for a bad region. */
  analyze(image: RgbImage, options: DetectOptions): Promise<Face[]>;
  /** One template per face, in the same order. Costs two descriptors each (the face and its mirror image). */
  describe(faces: readonly Pick<Face, 'chip'>[]): Promise<FaceTemplate[]>;
}

/** Faces from pictures, with any engine. The engine stays the caller's to close. */
export function createFaceAnalyzer({ engine }: { readonly engine: FaceEngine }): FaceAnalyzer {
  return {
    templateVersion: TEMPLATE_VERSION,

    async analyze(image, options) {
      const detections = await detectFaces(engine, image, options);
      const landmarks = await locateLandmarks(engine, image, detections);
      return detections.flatMap((detection, i) => {
        const points = landmarks[i] ?? [];
        const chipToImage = alignment(points);
        if (!chipToImage) return [];
        const chip = cutAlignedChip(image, chipToImage);
        const { box, score, detector } = detection;
        const quality = assessQuality({ box, landmarks: points, chip, detectorScore: score });
        return [{ box, landmarks: points, quality, detector, chip }];
      });
    },

    async describe(faces) {
      const descriptors = await engine.describe(faces.flatMap(({ chip }) => [chip, mirror(chip)]));
      return faces.map((_, i) => {
        const [descriptor, mirrored] = [descriptors[2 * i], descriptors[2 * i + 1]];
        if (!descriptor || !mirrored) throw new Error('The engine gave fewer descriptors than chips.');
        return templateFrom(descriptor, mirrored);
      });
    },
  };
}

/** Landmarks in two looks: the detector's box first, then the face turned upright. */
async function locateLandmarks(
  engine: FaceEngine,
  image: RgbImage,
  faces: readonly DetectedFace[],
): Promise<Point[][]> {
  const first = await readLandmarks(
    engine,
    faces.map(({ box }) => cutLandmarkChip(image, box)),
  );
  const upright = first.map((points) => recutLandmarkChip(image, points));
  const second = await readLandmarks(
    engine,
    upright.filter((chip) => chip !== null),
  );
  let next = 0;
  return first.map((points, i) => (upright[i] ? (second[next++] ?? points) : points));
}

async function readLandmarks(engine: FaceEngine, chips: readonly LandmarkChip[]): Promise<Point[][]> {
  const values = await engine.landmarks(chips.map(({ chip }) => chip));
  return chips.map(({ toImage }, i) => landmarksInImage(values[i] ?? new Float32Array(), toImage));
}
