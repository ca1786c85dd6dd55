import { SSD_INPUT_SIZE, TINY_INPUT_STEP } from './engine/engine.ts';
import type { Box } from './geometry.ts';

/**
 * Which parts of a picture a detector is shown, and at which scale. Pure arithmetic on what was measured with 22 clear faces
 * and 240 blurred, noisy, dark ones drawn at many sizes: SSD finds clear faces of 30 to 300 pixels in its 512, and poor ones
 * for certain only at about 50; the tiny detector finds 36 to 250, and poor ones best at 40 to 50. Enlarging does not help.
 */
const SSD_SMALLEST_FACE_PX = 30;
const SSD_BEST_FACE_PX = 50;
const TINY_BEST_FACE_PX = 40;
/** Here a face that fills the picture is no larger than the tiny detector finds. */
const TINY_COARSEST_SIDE = 96;
/** A finer look would cost more than one with SSD. */
const TINY_MAX_SIDE = 1280;
const MAX_TILES_PER_SIDE = 6;

/** A part of the picture (it may reach beyond the edges) and the size in pixels at which the detector sees it. */
export interface View {
  readonly region: Box;
  readonly width: number;
  readonly height: number;
}

/**
 * Views for a thorough search with SSD, coarsest first: the whole with a border that doubles it (SSD misses faces that fill
 * the picture), then, as far as the smallest wanted face needs it, the whole and overlapping tiles.
 */
export function thoroughViews(area: Box, minFacePx: number): View[] {
  const side = Math.max(area.width, area.height);
  const largestUsefulView = (minFacePx * SSD_INPUT_SIZE) / SSD_SMALLEST_FACE_PX;
  const views = [square(area, side * 2)];
  if (side * 2 > largestUsefulView) views.push(wholeView(area));
  if (side > largestUsefulView * 1.05) views.push(...tiles(area, largestUsefulView));
  return views;
}

/** Where the first views show nothing for certain: SSD knows some sizes better than those between them. */
export function secondViews(area: Box): View[] {
  const side = Math.max(area.width, area.height);
  return [square(area, side * 4), square(area, side * 1.5), wholeView(area)];
}

/** The whole area without a border, for SSD. */
const wholeView = (area: Box): View => square(area, Math.max(area.width, area.height));

/**
 * Views for a quick search with the tiny detector: as fine as the smallest wanted face needs, then half as large each time
 * for larger faces. All coarser views together cost a third of the finest.
 */
export function quickViews(area: Box, minFacePx: number): View[] {
  const longSide = Math.max(area.width, area.height);
  const views: View[] = [];
  let scale = Math.min(1, TINY_BEST_FACE_PX / minFacePx, TINY_MAX_SIDE / longSide);
  do {
    views.push(atScale(area, scale));
    scale /= 2;
  } while (longSide * scale >= TINY_COARSEST_SIDE);
  return views;
}

/** A square view for SSD around a possible face, which then has SSD's best size. */
export function confirmingView(face: Box): View {
  const side = Math.max(face.width, face.height);
  return square(face, (side * SSD_INPUT_SIZE) / SSD_BEST_FACE_PX);
}

/** Whether a confirming view made for another face shows this one whole and at about the right size. */
export function suits({ region, width }: View, face: Box): boolean {
  const shown = (Math.max(face.width, face.height) * width) / region.width;
  const inside =
    face.x >= region.x &&
    face.y >= region.y &&
    face.x + face.width <= region.x + region.width &&
    face.y + face.height <= region.y + region.height;
  return inside && shown >= SSD_BEST_FACE_PX * 0.7 && shown <= SSD_BEST_FACE_PX * 1.4;
}

/** A square of `side` around the area's centre, as SSD takes it. */
function square(area: Box, side: number): View {
  const region = {
    x: area.x + area.width / 2 - side / 2,
    y: area.y + area.height / 2 - side / 2,
    width: side,
    height: side,
  };
  return { region, width: SSD_INPUT_SIZE, height: SSD_INPUT_SIZE };
}

/** The area at a scale, filled up to the right and below to multiples of 32. */
function atScale(area: Box, scale: number): View {
  const up = (pixels: number) => Math.max(1, Math.ceil(pixels / TINY_INPUT_STEP - 1e-6)) * TINY_INPUT_STEP;
  const width = up(area.width * scale);
  const height = up(area.height * scale);
  return { region: { x: area.x, y: area.y, width: width / scale, height: height / scale }, width, height };
}

/** Tiles that overlap by a quarter, so that a face on a seam is whole in one of them. */
function tiles(area: Box, wantedSide: number): View[] {
  const count = (side: number, tile: number) =>
    side <= tile ? 1 : Math.min(MAX_TILES_PER_SIDE, Math.ceil((side - tile) / (tile * 0.75)) + 1);
  const columns = count(area.width, wantedSide);
  const rows = count(area.height, wantedSide);
  const side = Math.max(wantedSide, area.width / (1 + (columns - 1) * 0.75), area.height / (1 + (rows - 1) * 0.75));
  const at = (index: number, of: number, length: number) =>
    of === 1 ? (length - side) / 2 : (index * (length - side)) / (of - 1);
  return Array.from({ length: rows * columns }, (_, i) => ({
    region: {
      x: area.x + at(i % columns, columns, area.width),
      y: area.y + at(Math.floor(i / columns), rows, area.height),
      width: side,
      height: side,
    },
    width: SSD_INPUT_SIZE,
    height: SSD_INPUT_SIZE,
  }));
}
