import { DomainError } from '../platform/errors.ts';

/** A portrait from a telephone has 3 to 8 MB. */
export const MAX_PICTURE_BYTES = 20 * 1024 * 1024;

/** What a picture's first bytes say it is, whatever its name or its sender says; null for anything but JPEG and PNG. */
export function pictureTypeOf(file: Uint8Array): 'image/jpeg' | 'image/png' | null {
  if (file.length > 3 && file[0] === 0xff && file[1] === 0xd8 && file[2] === 0xff) return 'image/jpeg';
  const png = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return file.length > png.length && png.every((byte, i) => file[i] === byte) ? 'image/png' : null;
}

/** @throws DomainError `unsupported_media` or `payload_too_large` */
export function assertPicture(file: Uint8Array): 'image/jpeg' | 'image/png' {
  if (file.length > MAX_PICTURE_BYTES) {
    throw new DomainError('payload_too_large', `the picture has more than ${MAX_PICTURE_BYTES / 1024 / 1024} MB`, {
      remedy: 'Make it smaller; 1000 pixels are enough.',
    });
  }
  const type = pictureTypeOf(file);
  if (type === null) {
    throw new DomainError('unsupported_media', 'this is neither a JPEG nor a PNG picture', {
      remedy: 'Send the photograph as a JPEG or PNG file.',
    });
  }
  return type;
}
