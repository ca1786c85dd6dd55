import type { RgbImage } from '../media/image.ts';
import { recutLandmarkChip } from './align.ts';
import type { Face } from './analyzer.ts';
import type { Apparent, ApparentReader } from './engine/apparent.ts';

/** Ages that look this near are alike. The network errs by about as much. */
const ALIKE_WITHIN_YEARS = 5;

/** Whether two faces look of one sex and age: the impostors whom one would choose. */
export const areAlike = (a: Apparent | null, b: Apparent | null): boolean =>
  a !== null && b !== null && a.sex === b.sex && Math.abs(a.ageYears - b.ageYears) <= ALIKE_WITHIN_YEARS;

/** What a face looks like; null where its landmarks are of no use. */
export async function apparentOf(reader: ApparentReader, image: RgbImage, face: Face): Promise<Apparent | null> {
  const upright = recutLandmarkChip(image, face.landmarks);
  const [apparent] = upright ? await reader.read([upright.chip]) : [];
  return apparent ?? null;
}
