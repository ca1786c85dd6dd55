import type { RgbImage } from '../media/image.ts';
import { cutLandmarkChip, type LandmarkChip, landmarksInImage, recutLandmarkChip } from './align.ts';
import { type FaceEngine, LANDMARK_COUNT } from './engine/engine.ts';
import type { Box, Point } from './geometry.ts';
import { mirror } from './resample.ts';

/**
 * Landmarks of faces, in two looks: the detector's box first, then the face turned upright.
 * @param thorough the second look also at the mirror image; their mean errs less than either
 */
export async function locateLandmarks(
  engine: FaceEngine,
  image: RgbImage,
  faces: readonly { readonly box: Box }[],
  { thorough }: { readonly thorough: boolean },
): Promise<Point[][]> {
  const first = await read(
    engine,
    faces.map(({ box }) => cutLandmarkChip(image, box)),
  );
  const upright = first.map((points) => recutLandmarkChip(image, points));
  const chips = upright.filter((chip) => chip !== null);
  const second = await (thorough ? readBothWays(engine, chips) : read(engine, chips));
  let next = 0;
  return first.map((points, i) => (upright[i] ? (second[next++] ?? points) : points));
}

async function read(engine: FaceEngine, chips: readonly LandmarkChip[]): Promise<Point[][]> {
  const values = await engine.landmarks(chips.map(({ chip }) => chip));
  return chips.map(({ toImage }, i) => landmarksInImage(values[i] ?? new Float32Array(), toImage));
}

async function readBothWays(engine: FaceEngine, chips: readonly LandmarkChip[]): Promise<Point[][]> {
  const values = await engine.landmarks(chips.flatMap(({ chip }) => [chip, mirror(chip)]));
  return chips.map(({ toImage }, i) => {
    const [seen, mirrored] = [values[2 * i] ?? new Float32Array(), values[2 * i + 1] ?? new Float32Array()];
    return landmarksInImage(
      seen.map((value, at) => (value + turnedBack(mirrored, at)) / 2),
      toImage,
    );
  });
}

/** A number of a mirror image's landmarks as it stands in the picture itself. */
function turnedBack(mirrored: Float32Array, at: number): number {
  const landmark = MIRRORED[at >> 1] ?? 0;
  return at % 2 === 0 ? 1 - (mirrored[2 * landmark] ?? 0) : (mirrored[2 * landmark + 1] ?? 0);
}

/** Pairs of the 68-point scheme that change places in a mirror, as [from, to, their mirror images' first, step]. */
const MIRROR_RUNS: readonly (readonly [from: number, to: number, first: number, step: -1 | 1])[] = [
  [0, 16, 16, -1],
  [17, 26, 26, -1],
  [27, 30, 27, 1],
  [31, 35, 35, -1],
  [36, 39, 45, -1],
  [40, 41, 47, -1],
  [42, 45, 39, -1],
  [46, 47, 41, -1],
  [48, 54, 54, -1],
  [55, 59, 59, -1],
  [60, 64, 64, -1],
  [65, 67, 67, -1],
];
/** Which landmark each becomes in a mirror. */
export const MIRRORED: readonly number[] = Array.from({ length: LANDMARK_COUNT }, (_, i) => {
  const run = MIRROR_RUNS.find(([from, to]) => i >= from && i <= to);
  return run ? run[2] + run[3] * (i - run[0]) : i;
});
