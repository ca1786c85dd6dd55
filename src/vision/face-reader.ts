import type { FaceAnalyzer } from '../faces/analyzer.ts';
import { type FaceEngine, TINY_INPUT_STEP } from '../faces/engine/engine.ts';
import {
  type Box,
  boxCentre,
  intersectionOverSmaller,
  intersectionOverUnion,
  type Point,
  squareAround,
} from '../faces/geometry.ts';
import { suppressOverlaps } from '../faces/nms.ts';
import { lookAtPresentation, type PresentationLook } from '../faces/presentation/look.ts';
import { drawRegion } from '../faces/resample.ts';
import type { FaceTemplate } from '../faces/template.ts';
import type { RgbImage } from '../media/image.ts';
import { evenRect, type Rect, toRgb, toRgbHalf, toRgbSmaller, type YuvImage } from '../media/yuv.ts';
import { calmed } from './calm.ts';

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
  /** The same by the models that serve beside the one in use. */
  readonly also?: readonly FaceTemplate[];
  /** What says whether it is a face or a picture of one; left out: not looked at. */
  readonly presentation?: PresentationLook | null;
}

/** Whether two templates taken by one camera within minutes are one person. `unsure` must never merge two people. */
export type Likeness = 'same' | 'unsure' | 'different';

/** All that watching needs of the faces room. */
export interface FaceReader {
  /**
   * Cheap: every near face of the frame. `fine` also sees far ones, as the frame shows them at full size: in all of it, which
   * costs several times as much, or only in `regions`.
   */
  find(
    frame: YuvImage,
    options?: { readonly fine?: boolean; readonly regions?: readonly Rect[] },
  ): Promise<FoundFace[]>;
  /** Cheapest: the faces that are still about where these were a moment ago, and nobody else. */
  follow(frame: YuvImage, faces: readonly Box[]): Promise<FoundFace[]>;
  /** Dear: one answer per face, in order. */
  describe(frame: YuvImage, faces: readonly FoundFace[]): Promise<ObservedFace[]>;
  likeness(a: Float32Array, b: Float32Array): Likeness;
  /** Model and pipeline of the templates: those of two never mix. */
  readonly modelVersion: string;
}

/** Frames with a longer side than this are searched for faces at a part of their size: about the other. */
const SMALLER_FROM_PX = 900;
const SMALLER_ABOUT_PX = 700;
/** The quick detector sees faces of 36 pixels; of those that it just sees it misses some. */
const NEAR_FACE_PX = 42;
const ENLARGED = 4 / 3;
const ENLARGE_UP_TO_PIXELS = 160_000;
/** The same face seen at two scales. */
const SAME_AT_TWO_SCALES = 0.55;
/** Weak, but enough where a face was a moment ago. */
const LEAST_SCORE = 0.25;
/** Who is followed is looked for in a square of so many times his face, … */
const FOLLOWED_WITHIN = 2.8;
const MIN_FOLLOWED_PX = 40;
/** … drawn with so many pixels each side: the face gets the size that the quick detector knows best. */
const FOLLOWED_PX = 160;
/** A face whose middle lies nearer to the square's edge than this share of it may be cut off. */
const CUT_OFF = 0.12;
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

/**
 * Of imitated camera pictures of half of *Labeled Faces in the Wild*, by quality low to high: strangers reach the one in 10, 3
 * and 1 of 10,000 pairs, the right people in 44 to 76 of 100; of these under 1 of 100 falls below the other.
 */
export const DEFAULT_LIKENESS: LikenessLimits = { sameFrom: 0.925, differentBelow: 0.875 };

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
    const also = template?.also && { also: template.also };
    const landmarks = face.landmarks.map((point) => ({ x: point.x + x, y: point.y + y }));
    const presentation = lookAtPresentation(frame, { landmarks, chip: face.chip });
    return { box: placed, detectorScore, quality: value, template: template?.vector ?? null, ...also, presentation };
  };

  /** Faces of a part of the frame, in the frame's pixels. */
  const search = async (part: RgbImage, left: number, top: number, factor: number): Promise<FoundFace[]> => {
    const found = await engine.detectTiny(filledUp(part), { minScore: LEAST_SCORE });
    return found.map(({ box, score }) => {
      // It draws boxes half as wide again as a face is; close looks and pairing want the face.
      const width = Math.min(box.width, box.height * 0.85);
      const x = box.x + (box.width - width) / 2;
      return {
        box: { x: left + x * factor, y: top + box.y * factor, width: width * factor, height: box.height * factor },
        score,
      };
    });
  };

  return {
    modelVersion: analyzer.templateVersion,
    async find(picture, { fine = false, regions } = {}) {
      const frame = calmed(picture);
      const factor = factorOf(frame);
      const found: FoundFace[] = [];
      if (!fine || regions !== undefined || factor > 2)
        found.push(...(await search(smaller(frame, factor), 0, 0, factor)));
      if (fine && factor > 1) {
        for (const region of regions ?? [{ x: 0, y: 0, width: frame.width, height: frame.height }]) {
          const { x, y } = evenRect(region, frame);
          const part = toRgb(frame, region);
          // Faces of 28 to 36 pixels, which it misses else. In all of the frame that would cost too much.
          const larger = regions !== undefined && part.width * part.height <= ENLARGE_UP_TO_PIXELS;
          found.push(...(await search(larger ? enlarged(part) : part, x, y, larger ? 1 / ENLARGED : 1)));
        }
      } else if (fine && regions === undefined) found.push(...(await search(toRgb(frame), 0, 0, 1)));
      return sameFacesOnce(found);
    },
    async follow(picture, faces) {
      const frame = calmed(picture);
      const found: FoundFace[] = [];
      for (const face of faces) {
        const square = squareAround(
          face,
          Math.max(MIN_FOLLOWED_PX, FOLLOWED_WITHIN * Math.max(face.width, face.height)),
        );
        const scale = square.width / FOLLOWED_PX;
        const seen = await search(drawFollowed(frame, square), square.x, square.y, scale);
        found.push(...seen.filter(({ box }) => isWithin(boxCentre(box), square, CUT_OFF * square.width)));
      }
      return sameFacesOnce(found);
    },
    async describe(frame, faces) {
      const picture = calmed(frame);
      const observed: ObservedFace[] = [];
      for (const face of faces) observed.push(await describeOne(picture, face));
      return observed;
    },
    likeness(a, b) {
      let cosine = 0;
      for (let i = 0; i < a.length; i++) cosine += (a[i] ?? 0) * (b[i] ?? 0);
      return cosine >= limits.sameFrom ? 'same' : cosine < limits.differentBelow ? 'different' : 'unsure';
    },
  };
}

/** Faces that were seen at several scales, each once, as it was seen best. */
export const sameFacesOnce = (found: readonly FoundFace[]): FoundFace[] =>
  suppressOverlaps(found, SAME_AT_TWO_SCALES, intersectionOverSmaller);

function drawFollowed(frame: YuvImage, square: Box): RgbImage {
  if (square.width > FOLLOWED_PX) return toRgbSmaller(frame, FOLLOWED_PX, FOLLOWED_PX, square);
  const { x, y } = evenRect(square, frame);
  const here = { ...square, x: square.x - x, y: square.y - y };
  return drawRegion(toRgb(frame, square), here, FOLLOWED_PX, FOLLOWED_PX);
}

function smaller(frame: YuvImage, factor: number): RgbImage {
  if (factor === 1) return toRgb(frame);
  if (factor === 2) return toRgbHalf(frame);
  const [width, height] = [Math.floor(frame.width / factor), Math.floor(frame.height / factor)];
  return toRgbSmaller(frame, width, height, { x: 0, y: 0, width: width * factor, height: height * factor });
}

const isWithin = ({ x, y }: Point, area: Box, margin: number): boolean =>
  x >= area.x + margin &&
  y >= area.y + margin &&
  x <= area.x + area.width - margin &&
  y <= area.y + area.height - margin;

/** Faces that are smaller than this, in pixels, may escape a look that is not fine. */
export const nearFacePx = (frame: { readonly width: number; readonly height: number }): number =>
  NEAR_FACE_PX * factorOf(frame);

/** By how much a frame is made smaller for a quick look. */
function factorOf({ width, height }: { readonly width: number; readonly height: number }): number {
  const side = Math.max(width, height);
  return side <= SMALLER_FROM_PX ? 1 : Math.ceil(side / SMALLER_ABOUT_PX);
}

function enlarged(part: RgbImage): RgbImage {
  const width = Math.round(part.width * ENLARGED);
  const height = Math.round(part.height * ENLARGED);
  return drawRegion(part, { x: 0, y: 0, width: width / ENLARGED, height: height / ENLARGED }, width, height);
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
