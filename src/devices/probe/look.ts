import type { FaceAnalyzer } from '../../faces/analyzer.ts';
import type { Box } from '../../faces/geometry.ts';
import type { RgbImage } from '../../media/image.ts';
import { lumaGrid, toRgb, type YuvImage } from '../../media/yuv.ts';

/** A face that a picture of the probe shows, in the source's pixels. */
export interface ProbedFace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The box's mean side. */
  readonly facePx: number;
  readonly interOcularPx: number;
  /** 0..1 */
  readonly sharpness: number;
  readonly yaw: number;
  /** Touches the picture's edge: seen in part. */
  readonly cutOff: boolean;
}

export interface ProbedPicture {
  readonly image: YuvImage;
  readonly faces: readonly ProbedFace[];
  /** Boxes of `faces` in the pixels of `image`. */
  readonly boxes: readonly Box[];
}

export interface PictureLight {
  /** Mean luma, 0..255. */
  readonly brightness: number;
  /** Standard deviation of block means: next to nothing when something covers the lens. */
  readonly structure: number;
}

/** Finds faces in a picture. */
export type FindFaces = (image: RgbImage) => Promise<readonly FoundProbeFace[]>;
export interface FoundProbeFace {
  readonly box: Box;
  readonly interOcularPx: number;
  readonly sharpness: number;
  readonly yaw: number;
  readonly score: number;
}

const LEAST_FACE_PX = 20;
const LEAST_SCORE = 0.45;
/** What has neither two eyes nor any detail is a pattern that looked like a face: a curtain, a calendar. */
const isFace = (quality: { interOcularPx: number; facePx: number; sharpness: number }): boolean =>
  quality.interOcularPx >= 0.1 * quality.facePx || quality.sharpness >= 0.1;

export const findFacesWith =
  (analyzer: FaceAnalyzer): FindFaces =>
  async (image) => {
    const faces = await analyzer.analyze(image, { mode: 'video', minFacePx: LEAST_FACE_PX });
    return faces
      .filter(({ quality }) => quality.detectorScore >= LEAST_SCORE && isFace(quality))
      .map(({ box, quality }) => ({
        box,
        interOcularPx: quality.interOcularPx,
        sharpness: quality.sharpness,
        yaw: quality.yaw,
        score: quality.detectorScore,
      }));
  };

const round = (value: number): number => Math.round(value * 10) / 10;

/** Looks at pictures of a source. @param scale pixels of the source to a pixel of the picture */
export async function lookAtPictures(
  pictures: readonly YuvImage[],
  scale: number,
  findFaces: FindFaces,
): Promise<ProbedPicture[]> {
  const looked: ProbedPicture[] = [];
  for (const image of pictures) {
    const found = await findFaces(toRgb(image));
    const faces = found.map(({ box, interOcularPx, sharpness, yaw }) => ({
      x: Math.round(box.x * scale),
      y: Math.round(box.y * scale),
      width: Math.round(box.width * scale),
      height: Math.round(box.height * scale),
      facePx: round(Math.sqrt(Math.max(0, box.width * box.height)) * scale),
      interOcularPx: round(interOcularPx * scale),
      sharpness: Math.round(sharpness * 100) / 100,
      yaw: Math.round(yaw),
      cutOff:
        box.x < -0.1 * box.width ||
        box.y < -0.1 * box.height ||
        box.x + box.width > image.width + 0.1 * box.width ||
        box.y + box.height > image.height + 0.1 * box.height,
    }));
    looked.push({ image, faces, boxes: found.map(({ box }) => box) });
  }
  return looked;
}

/** The picture that tells most: the one with the largest whole face, else the last. */
export function tellingPicture(pictures: readonly ProbedPicture[]): ProbedPicture | null {
  const worth = ({ faces }: ProbedPicture): number =>
    Math.max(0, ...faces.map((face) => face.facePx * (face.cutOff ? 0.5 : 1)));
  return pictures.reduce<ProbedPicture | null>(
    (best, each) => (best === null || worth(each) >= worth(best) ? each : best),
    null,
  );
}

export function lightOf(image: YuvImage): PictureLight {
  const grid = lumaGrid(image, 32, 18);
  const mean = grid.reduce((sum, value) => sum + value, 0) / grid.length;
  const variance = grid.reduce((sum, value) => sum + (value - mean) ** 2, 0) / grid.length;
  return { brightness: round(mean), structure: round(Math.sqrt(variance)) };
}
