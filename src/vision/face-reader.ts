import type { FaceAnalyzer } from '../faces/analyzer.ts';
import { type FaceEngine, TINY_INPUT_STEP } from '../faces/engine/engine.ts';
import { type Box, intersectionOverUnion } from '../faces/geometry.ts';
import type { RgbImage } from '../media/image.ts';
import { toRgb, toRgbHalf, type YuvImage } from '../media/yuv.ts';

/** A face as the quick detector saw it; the box is in pixels of the frame. */
export interface FoundFace {
  readonly box: Box;
  /** Detector's confidence, 0..1. */
  readonly score: number;
}

/** A face looked at closely. */
export interface ObservedFace {
  readonly box: Box;
  readonly detectorScore: number;
  /** 0..1; what a comparison with it is worth. */
  readonly quality: number;
  /** Unit length; null when there is no face after all, or too poor a picture to describe. */
  readonly template: Float32Array | null;
}

/** Whether two templates taken by one camera within minutes are one person. `unsure` must never merge two people. */
export type Likeness = 'same' | 'unsure' | 'different';

/** All that watching needs of the faces room. */
export interface FaceReader {
  /** Cheap: every face of the frame. `fine` costs four times as much and also sees faces half as large. */
  find(frame: YuvImage, options?: { readonly fine?: boolean }): Promise<FoundFace[]>;
  /** Dear: one answer per face, in order. */
  describe(frame: YuvImage, faces: readonly FoundFace[]): Promise<ObservedFace[]>;
  likeness(a: Float32Array, b: Float32Array): Likeness;
  /** Model and pipeline of the templates: those of two never mix. */
  readonly modelVersion: string;
}

/** Frames with a longer side than this are searched for faces at half their size. */
const HALVE_FROM_PX = 900;
/** Weak, but enough where a face was a moment ago. */
const LEAST_SCORE = 0.25;
/** A crop for a close look shows the face in this multiple of its size. */
const CROP = 2.2;
const LEAST_QUALITY = 0.02;
const SAME_FACE_OVERLAP = 0.25;

/**
 * Cosine of two unit templates of the built-in network, both of some quality, taken minutes apart by one camera. Wide apart,
 * since a merge of two people is worse than one person counted twice.
 */
export interface LikenessLimits {
  readonly sameFrom: number;
  readonly differentBelow: number;
}

/** Measured on face-api's sample photographs: 230 pairs of different people lay below 0.935. */
export const DEFAULT_LIKENESS: LikenessLimits = { sameFrom: 0.95, differentBelow: 0.9 };

/** The faces room's engine and analyzer as a reader of camera frames. */
export function createFaceReader(options: {
  readonly engine: FaceEngine;
  readonly analyzer: FaceAnalyzer;
  readonly limits?: LikenessLimits;
}): FaceReader {
  const { engine, analyzer, limits = DEFAULT_LIKENESS } = options;

  const describeOne = async (frame: YuvImage, found: FoundFace): Promise<ObservedFace> => {
    const { box } = found;
    const side = CROP * Math.max(box.width, box.height);
    // Even edges, so that the crop's corner in the frame is known exactly.
    const x = 2 * Math.floor(Math.max(0, box.x + box.width / 2 - side / 2) / 2);
    const y = 2 * Math.floor(Math.max(0, box.y + box.height / 2 - side / 2) / 2);
    const crop = toRgb(frame, { x, y, width: side, height: side });
    const faces = await analyzer.analyze(crop, {
      mode: 'video',
      minFacePx: Math.max(16, Math.min(box.width, box.height) / 2),
    });
    const here = { ...box, x: box.x - x, y: box.y - y };
    const face = faces
      .map((each) => ({ each, overlap: intersectionOverUnion(each.box, here) }))
      .filter(({ overlap }) => overlap >= SAME_FACE_OVERLAP)
      .sort((a, b) => b.overlap - a.overlap)[0]?.each;
    if (!face) return { box, detectorScore: found.score, quality: 0, template: null };
    const placed = { ...face.box, x: face.box.x + x, y: face.box.y + y };
    const { value, detectorScore } = face.quality;
    if (value < LEAST_QUALITY) return { box: placed, detectorScore, quality: value, template: null };
    const [template] = await analyzer.describe([face]);
    return { box: placed, detectorScore, quality: value, template: template?.vector ?? null };
  };

  return {
    modelVersion: analyzer.templateVersion,
    async find(frame, { fine = false } = {}) {
      // The quick detector sees faces of 36 to 250 pixels of what it is shown: at half size, 72 to 500 of the frame.
      const scale = Math.max(frame.width, frame.height) > HALVE_FROM_PX && !fine ? 2 : 1;
      const picture = filledUp(scale === 2 ? toRgbHalf(frame) : toRgb(frame));
      const found = await engine.detectTiny(picture, { minScore: LEAST_SCORE });
      return found.map(({ box, score }) => {
        // It draws boxes half as wide again as a face is; close looks and pairing want the face.
        const width = Math.min(box.width, box.height * 0.85);
        const x = box.x + (box.width - width) / 2;
        return { box: { x: x * scale, y: box.y * scale, width: width * scale, height: box.height * scale }, score };
      });
    },
    async describe(frame, faces) {
      const observed: ObservedFace[] = [];
      for (const face of faces) observed.push(await describeOne(frame, face));
      return observed;
    },
    likeness(a, b) {
      let cosine = 0;
      for (let i = 0; i < a.length; i++) cosine += (a[i] ?? 0) * (b[i] ?? 0);
      return cosine >= limits.sameFrom ? 'same' : cosine < limits.differentBelow ? 'different' : 'unsure';
    },
  };
}

/** The picture with black to the right and below, up to the sides that the detector takes. */
function filledUp(image: RgbImage): RgbImage {
  const up = (pixels: number): number => Math.ceil(pixels / TINY_INPUT_STEP) * TINY_INPUT_STEP;
  const [width, height] = [up(image.width), up(image.height)];
  if (width === image.width && height === image.height) return image;
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < image.height; y++)
    data.set(image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3), y * width * 3);
  return { width, height, data };
}
