import type { Box } from '../faces/geometry.ts';
import type { YuvImage } from '../media/yuv.ts';
import { createActivity, elsewhere, outside } from './activity.ts';
import { type FaceReader, type FoundFace, nearFacePx, sameFacesOnce } from './face-reader.ts';
import { NEWCOMER_SCORE, predicted, type Track } from './tracker.ts';

/**
 * Where in a picture faces are looked for, so that little is spent on what is known: around those who are followed at each
 * look; in all of it now and then, when something else moves, or when somebody is not where he was; for far faces, which need
 * the picture at full size, where something moves.
 */
export interface Search {
  /** What moved, in blocks of the motion gate's grid. */
  moved(at: number, blocks: readonly number[]): void;
  /** Faces of a picture. @param changed blocks that changed since the last look */
  faces(
    at: number,
    image: YuvImage,
    tracks: readonly Track[],
    changed: readonly number[],
  ): Promise<readonly FoundFace[]>;
  /**
   * Faces of a still picture: of those who are followed, and of whoever is near them. Null: something else changed since the
   * last look.
   */
  stayers(image: YuvImage, tracks: readonly Track[], changed: readonly number[]): Promise<readonly FoundFace[] | null>;
  /** Whether a picture in which nothing moved shows a face all the same. @param fineEveryMs so often far ones too */
  somebody(at: number, image: YuvImage, fineEveryMs: number): Promise<boolean>;
}

/** Between two looks at all of the picture those in sight are followed, as long as only they move. */
const WIDE_LOOK_MS = 4_000;
/** The same, while somebody is not where he was. */
const LOST_LOOK_MS = 350;
const MOST_FOLLOWED = 3;
const ELSEWHERE_BLOCKS = 4;
/** All of the picture at full size, while somebody is in sight … */
const FINE_LOOK_MS = 15_000;
/** … while nobody is and something moves all over it … */
const FRUITLESS_FINE_LOOK_MS = 3_000;
/** … and while what moves is looked at as finely. */
const FRUITLESS_REGION_LOOK_MS = 10_000;
/** A face in a still picture that is worth reading the footage again for. */
export const WORTH_A_LOOK_SCORE = 0.55;
/** What moves farther from a face than this share of its size is a body: his own, or that of somebody who hides in its outline. */
const HEAD_AROUND = 0.5;

export function createSearch(reader: FaceReader, grid: { readonly cols: number; readonly rows: number }): Search {
  const activity = createActivity(grid.cols, grid.rows);
  let widelyAt = Number.NEGATIVE_INFINITY;
  let finelyAt = Number.NEGATIVE_INFINITY;

  const somethingElse = (changed: readonly number[], image: YuvImage, known: readonly Box[]): boolean =>
    elsewhere(changed, grid, image, known).length >= ELSEWHERE_BLOCKS;

  const everywhere = async (at: number, image: YuvImage, known: readonly Box[]): Promise<readonly FoundFace[]> => {
    widelyAt = at;
    const anybody = known.length > 0;
    const moving = activity.region(at, image, known);
    const patience = anybody ? FINE_LOOK_MS : moving === null ? FRUITLESS_FINE_LOOK_MS : FRUITLESS_REGION_LOOK_MS;
    const wholly = at - finelyAt >= patience;
    const region = wholly ? null : moving;
    if (wholly) finelyAt = at;
    const fine = wholly || region !== null;
    const found = await reader.find(image, { fine, ...(region ? { regions: [region] } : {}) });
    if (fine || anybody || found.length === 0 || found.some(({ score }) => score >= NEWCOMER_SCORE)) return found;
    // Something that might be a face: the finer look decides.
    finelyAt = at;
    return reader.find(image, { fine: true });
  };

  return {
    moved: activity.moved,
    async faces(at, image, tracks, changed) {
      // A quick look at the whole sees near faces: of many people only the far ones are worth a picture of their own.
      const near = nearFacePx(image);
      const few = tracks.length <= MOST_FOLLOWED;
      const expected = tracks.filter(({ box }) => few || box.height < near).map((track) => predicted(track, at));
      const followed = expected.length === 0 ? [] : await reader.follow(image, expected);
      const known = [...expected, ...tracks.map(({ box }) => box), ...followed.map(({ box }) => box)];
      const patience =
        tracks.length === 0 || somethingElse(changed, image, known)
          ? 0
          : followed.length < tracks.length
            ? LOST_LOOK_MS
            : WIDE_LOOK_MS;
      if (at - widelyAt < patience) return followed;
      return sameFacesOnce([...followed, ...(await everywhere(at, image, known))]);
    },
    async stayers(image, tracks, changed) {
      const known = tracks.map(({ box }) => box);
      if (tracks.length > MOST_FOLLOWED || somethingElse(changed, image, known)) return null;
      const followed = await reader.follow(image, known);
      if (outside(changed, grid, image, known.map(headOf)).length < ELSEWHERE_BLOCKS) return followed;
      return sameFacesOnce([...followed, ...(await reader.find(image))]);
    },
    async somebody(at, image, fineEveryMs) {
      const fine = at - finelyAt >= fineEveryMs;
      if (fine) finelyAt = at;
      return (await reader.find(image, { fine })).some(({ score }) => score >= WORTH_A_LOOK_SCORE);
    },
  };
}

const headOf = ({ x, y, width, height }: Box): Box => ({
  x: x - HEAD_AROUND * width,
  y: y - HEAD_AROUND * height,
  width: (1 + 2 * HEAD_AROUND) * width,
  height: (1 + 2 * HEAD_AROUND) * height,
});
