import type { RgbImage } from '../media/image.ts';
import { DomainError } from '../platform/errors.ts';
import { confirmingView, quickViews, secondViews, suits, thoroughViews, type View } from './detect-views.ts';
import type { EngineDetection, FaceEngine } from './engine/engine.ts';
import { type Box, intersectionOverSmaller, intersectionOverUnion } from './geometry.ts';
import { suppressOverlaps } from './nms.ts';
import { drawRegion } from './resample.ts';

/** How to search: `portrait` is thorough (SSD at several scales), `video` quick (tiny detector, SSD only to confirm). */
export type DetectionMode = 'portrait' | 'video';

export interface DetectOptions {
  readonly mode: DetectionMode;
  /**
   * Smaller faces need not be found and are left out. Pixels of the face's shorter side. Unless given: 40, and for a portrait
   * a sixteenth of the picture's longer side where that is more.
   */
  readonly minFacePx?: number;
  /** Where to look, in the picture's pixels. */
  readonly roi?: Box;
}

export interface DetectedFace {
  readonly box: Box;
  /** 0..1 */
  readonly score: number;
  readonly detector: 'ssd' | 'tiny';
}

export const DEFAULT_MIN_FACE_PX = 40;
const SSD_MIN_SCORE = 0.5;
/** A best face below this is looked at again at other scales. */
const SSD_SURE_SCORE = 0.8;
/** Where nothing better is found, what SSD takes for a face with less certainty; the quality says so. */
const SSD_LAST_RESORT_SCORE = 0.3;
const TINY_MIN_SCORE = 0.2;
/** Below this the tiny detector also sees faces in wallpaper: ask SSD. */
const TINY_SURE_SCORE = 0.6;
const SSD_CONFIRM_SCORE = 0.4;
const MAX_CONFIRMING_LOOKS = 3;
/** The same face seen at two scales. A box inside another is a part of a face taken for a face. */
const SAME_FACE_OVERLAP = 0.55;

/**
 * Finds faces, best first. Boxes are in the picture's pixels and are as SSD draws them: from forehead to chin.
 * Throws `invalid_input` for a region that is not in the picture.
 */
export async function detectFaces(
  engine: FaceEngine,
  image: RgbImage,
  options: DetectOptions,
): Promise<DetectedFace[]> {
  const area = searchArea(image, options.roi);
  const minFacePx = Math.max(8, options.minFacePx ?? defaultMinFacePx(area, options.mode));
  const search = options.mode === 'portrait' ? searchThoroughly : searchQuickly;
  const found = await search(engine, image, area, minFacePx);
  const inside = found.filter(({ box }) => centreIsInside(box, area));
  const bigEnough = inside.filter(({ box }) => Math.min(box.width, box.height) >= minFacePx * 0.8);
  return suppressOverlaps(bigEnough, SAME_FACE_OVERLAP, intersectionOverSmaller);
}

const defaultMinFacePx = (area: Box, mode: DetectionMode): number =>
  mode === 'portrait' ? Math.max(DEFAULT_MIN_FACE_PX, Math.max(area.width, area.height) / 16) : DEFAULT_MIN_FACE_PX;

async function searchThoroughly(engine: FaceEngine, image: RgbImage, area: Box, minFacePx: number) {
  const found: DetectedFace[] = [];
  for (const view of thoroughViews(area, minFacePx))
    found.push(...(await lookWithSsd(engine, image, view, SSD_MIN_SCORE)));
  const best = () => Math.max(0, ...found.map(({ score }) => score));
  for (const view of secondViews(area)) {
    if (best() >= SSD_SURE_SCORE) break;
    found.push(...(await lookWithSsd(engine, image, view, best() > 0 ? SSD_MIN_SCORE : SSD_LAST_RESORT_SCORE)));
  }
  return found;
}

async function lookWithSsd(engine: FaceEngine, image: RgbImage, view: View, minScore: number): Promise<DetectedFace[]> {
  const picture = drawRegion(image, view.region, view.width, view.height);
  const detections = await engine.detectSsd(picture, { minScore });
  return detections.map((detection) => ({ ...toImage(detection, view), detector: 'ssd' }));
}

async function searchQuickly(engine: FaceEngine, image: RgbImage, area: Box, minFacePx: number) {
  const found: DetectedFace[] = [];
  for (const view of quickViews(area, minFacePx)) {
    const picture = drawRegion(image, view.region, view.width, view.height);
    for (const detection of await engine.detectTiny(picture, { minScore: TINY_MIN_SCORE })) {
      const { box, score } = toImage(detection, view);
      found.push({ box: likeSsd(box), score, detector: 'tiny' });
    }
  }
  const candidates = suppressOverlaps(found, SAME_FACE_OVERLAP, intersectionOverSmaller);
  const sure = candidates.filter(({ score }) => score >= TINY_SURE_SCORE);
  const unsure = candidates.filter(({ score }) => score < TINY_SURE_SCORE);
  return [...sure, ...(await confirm(engine, image, unsure))];
}

/**
 * Asks SSD, close up, which of the candidates are faces; takes its better boxes. One look serves all candidates of similar
 * size inside it. After a few looks the least likely candidates are given up: the next frame shows them again.
 */
async function confirm(
  engine: FaceEngine,
  image: RgbImage,
  candidates: readonly DetectedFace[],
): Promise<DetectedFace[]> {
  const looks: { readonly view: View; readonly seen: readonly DetectedFace[] }[] = [];
  const faces: DetectedFace[] = [];
  for (const { box } of candidates) {
    let look = looks.find(({ view }) => suits(view, box));
    if (!look) {
      if (looks.length >= MAX_CONFIRMING_LOOKS) continue;
      const view = confirmingView(box);
      look = { view, seen: await lookWithSsd(engine, image, view, SSD_CONFIRM_SCORE) };
      looks.push(look);
    }
    const face = look.seen.find((seen) => intersectionOverUnion(seen.box, box) > 0.3);
    if (face) faces.push(face);
  }
  return faces;
}

/** The tiny detector draws boxes half as wide again as SSD does, of about the same height and centre. */
function likeSsd({ x, y, width, height }: Box): Box {
  const narrower = Math.min(width, height * 0.85);
  return { x: x + (width - narrower) / 2, y, width: narrower, height };
}

const toImage = ({ box, score }: EngineDetection, { region, width, height }: View): EngineDetection => ({
  box: {
    x: region.x + (box.x * region.width) / width,
    y: region.y + (box.y * region.height) / height,
    width: (box.width * region.width) / width,
    height: (box.height * region.height) / height,
  },
  score,
});

function centreIsInside(box: Box, area: Box): boolean {
  const x = box.x + box.width / 2 - area.x;
  const y = box.y + box.height / 2 - area.y;
  return x >= 0 && y >= 0 && x <= area.width && y <= area.height;
}

function searchArea(image: RgbImage, roi: Box | undefined): Box {
  const whole = { x: 0, y: 0, width: image.width, height: image.height };
  if (!roi) return whole;
  const x = Math.max(0, roi.x);
  const y = Math.max(0, roi.y);
  const area = {
    x,
    y,
    width: Math.min(image.width, roi.x + roi.width) - x,
    height: Math.min(image.height, roi.y + roi.height) - y,
  };
  if (!(area.width >= 1 && area.height >= 1))
    throw new DomainError(
      'invalid_input',
      `The region of interest does not lie in the picture of ${image.width}×${image.height}.`,
      {
        remedy: 'Give a region inside the picture, in its pixels.',
      },
    );
  return area;
}
