import type { RgbImage } from '../../media/image.ts';
import type { Point } from '../geometry.ts';
import { luminance } from '../resample.ts';
import { borderFound, meanBorder } from './border.ts';
import { lookAtPresentation } from './look.ts';
import type { PresentationKind } from './presentation.ts';

/** One picture has no others to be compared with: a margin must stand on all four sides, whatever hangs behind somebody, … */
const SIDES = 4;
const MARGIN = 0.92;
/** … and a pattern must be finer and plainer than what clothes, beards and encoders make. */
const MOIRE = 12;

/** What a single picture of a face shows of paper or a screen around or before it; null: nothing, or it is too small to tell. */
export function pictureOfPicture(
  image: RgbImage,
  face: { readonly landmarks: readonly Point[]; readonly chip: RgbImage },
): PresentationKind | null {
  const { width, height } = image;
  const look = lookAtPresentation({ width, height, data: Uint8Array.from(luminance(image)) }, face);
  if (look === null) return null;
  if ((look.moire ?? 0) >= MOIRE) return 'screen';
  return borderFound(meanBorder([look.border]), SIDES).margin >= MARGIN ? 'held_picture' : null;
}
