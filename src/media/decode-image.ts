import sharp from 'sharp';
import { DomainError } from '../platform/errors.ts';
import type { RgbImage } from './image.ts';

/** A photograph of a modern telephone has up to 50 million pixels; more is a mistake or an attack. */
const MAX_INPUT_PIXELS = 64_000_000;
const DEFAULT_MAX_SIDE = 4096;

export interface DecodeImageOptions {
  /** Larger pictures are made smaller until their longer side fits, in pixels. */
  readonly maxSide?: number;
}

/**
 * Decodes a photograph (JPEG, PNG, WebP, GIF's first frame, TIFF…) upright, as its EXIF orientation says, on white where it is
 * transparent. Throws `unsupported_media` for anything that is not a whole picture, `payload_too_large` beyond 64
 * million pixels.
 */
export async function decodeImage(file: Uint8Array, options: DecodeImageOptions = {}): Promise<RgbImage> {
  const maxSide = options.maxSide ?? DEFAULT_MAX_SIDE;
  if (file.length === 0) throw notAPicture('The picture file is empty.');
  try {
    const source = sharp(file, { limitInputPixels: false, failOn: 'error', animated: false });
    const { width = 0, height = 0 } = await source.metadata();
    if (width * height > MAX_INPUT_PIXELS) throw tooLarge(width, height);
    const { data, info } = await source
      .rotate()
      .resize({ width: maxSide, height: maxSide, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    if (info.channels !== 3) throw notAPicture(`The picture has ${info.channels} colour channels instead of 3.`);
    return { width: info.width, height: info.height, data };
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw notAPicture('The file is not a picture, or it is damaged.', error);
  }
}

const notAPicture = (message: string, cause?: unknown) =>
  new DomainError(
    'unsupported_media',
    message,
    { remedy: 'Send the photograph again as a whole JPEG or PNG file.' },
    { cause },
  );

const tooLarge = (width: number, height: number) =>
  new DomainError('payload_too_large', `The picture has ${width}×${height} pixels.`, {
    remedy: `Make it smaller than ${MAX_INPUT_PIXELS / 1_000_000} million pixels.`,
  });
