import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { decodeImage } from '../media/decode-image.ts';
import type { RgbImage } from '../media/image.ts';
import { DomainError } from '../platform/errors.ts';
import type { Face, FaceAnalyzer } from './analyzer.ts';
import { boxCentre } from './geometry.ts';

/** A photograph of a known person in a folder DIR/person/photo.jpg. */
export interface Photo {
  readonly person: string;
  readonly file: string;
}

const PICTURE = /\.(jpe?g|png|webp|bmp|tiff?)$/i;

/** The photographs under DIR/person/, in a stable order. Throws `invalid_input` when there are none. */
export async function listPhotos(dir: string): Promise<Photo[]> {
  const photos: Photo[] = [];
  try {
    for (const person of (await readdir(dir)).sort()) {
      const own = path.join(dir, person);
      // A link to a folder is one too.
      if (!(await stat(own).catch(() => null))?.isDirectory()) continue;
      const files = (await readdir(own)).filter((name) => PICTURE.test(name)).sort();
      photos.push(...files.map((name) => ({ person, file: path.join(own, name) })));
    }
  } catch (error) {
    throw new DomainError(
      'invalid_input',
      `The folder ${dir} cannot be read.`,
      { remedy: 'Give a folder that exists.' },
      { cause: error },
    );
  }
  if (photos.length === 0)
    throw new DomainError('invalid_input', `There is no photograph under ${dir}.`, {
      remedy: 'Lay the photographs out as DIR/person/photo.jpg.',
    });
  return photos;
}

/** A photograph decoded, with its main face; null when it cannot be decoded or shows no face. */
export async function readMainFace(
  analyzer: FaceAnalyzer,
  photo: Photo,
  minFacePx: number,
): Promise<{ image: RgbImage; face: Face } | null> {
  try {
    const image = await decodeImage(await readFile(photo.file));
    const face = mainFace(await analyzer.analyze(image, { mode: 'portrait', minFacePx }), image);
    return face && { image, face };
  } catch (error) {
    if (error instanceof DomainError && error.code === 'unsupported_media') return null;
    throw error;
  }
}

/** The face that a photograph is of: certain, large and near the middle. */
export function mainFace(faces: readonly Face[], image: Pick<RgbImage, 'width' | 'height'>): Face | null {
  const weight = (face: Face) => {
    const centre = boxCentre(face.box);
    const offCentre = Math.hypot(centre.x / image.width - 0.5, centre.y / image.height - 0.5);
    return face.quality.detectorScore * Math.sqrt(face.quality.facePx) * Math.max(0.05, 1 - 1.8 * offCentre);
  };
  return faces.reduce<Face | null>((best, face) => (best && weight(best) >= weight(face) ? best : face), null);
}
