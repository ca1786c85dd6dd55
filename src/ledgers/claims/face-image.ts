import { sha256 } from '../../platform/crypto.ts';
import type { IncomingBody } from './intake.ts';
import type { FaceImage } from './request-face.ts';

/** The field, however a HIS spells it; the quotes may be escaped where `input` is JSON in a string. A list counts by its first. */
const FIELD = /(\\*)"face_?image\1"\s*:\s*(?:\[\s*)?\1"/gi;
const MARK = /"face_?image/i;
const DATA_URL = /^data:[\w/+.-]*;base64,/i;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const BACKSLASH = 0x5c;
const QUOTE = 0x22;

/** What base64 makes of so many bytes, with room for line breaks. */
export const base64Length = (bytes: number): number => Math.ceil((bytes / 3) * 4.2);

/** Pictures beyond the limit are still read to their end, so that the message around them can be taken: up to this. */
export const MOST_TIMES_TOO_LARGE = 4;

/**
 * Takes face pictures out of a body as it came, before anything of it is kept: in their place their hash stands
 * (`sha256:…`). Whatever becomes of the message then, in quarantine too, holds no picture.
 * @param limits the body without the pictures, and one picture decoded, in bytes
 */
export function withoutFaceImages(
  body: IncomingBody,
  limits: { readonly bodyBytes: number; readonly keptOfTooLarge: number; readonly imageBytes: number },
): { readonly body: IncomingBody; readonly image: FaceImage | null } {
  const latin = body.bytes.toString('latin1');
  if (!MARK.test(latin)) return { body: bounded(body, body.bytes, 0, limits), image: null };
  const parts: Buffer[] = [];
  let image: FaceImage | null = null;
  let from = 0;
  let removed = 0;
  FIELD.lastIndex = 0;
  for (let field = FIELD.exec(latin); field !== null; field = FIELD.exec(latin)) {
    const start = FIELD.lastIndex;
    const end = endOfValue(body.bytes, start, field[1]?.length ?? 0);
    const text = latin.slice(start, end);
    if (!text.startsWith('sha256:') && text !== '') {
      const taken = decoded(text, limits.imageBytes);
      image ??= taken;
      const mark = Buffer.from(
        taken.bytes === null ? `sha256:${hex(Buffer.from(text, 'latin1'))}` : markOf(taken.bytes),
      );
      parts.push(body.bytes.subarray(from, start), mark);
      removed += end - start - mark.byteLength;
      from = end;
    }
    FIELD.lastIndex = end;
  }
  parts.push(body.bytes.subarray(from));
  return { body: bounded(body, Buffer.concat(parts), removed, limits), image };
}

export const markOf = (picture: Buffer): string => `sha256:${hex(picture)}`;
export const hex = (bytes: Buffer): string => sha256(bytes).toString('hex');

/** Where the string ends that began at `start`: before its closing quote, or where the body was cut off. */
function endOfValue(bytes: Buffer, start: number, escapes: number): number {
  const quote = bytes.indexOf(QUOTE, start);
  if (quote < 0) return bytes.byteLength;
  let end = quote;
  for (let i = 0; i < escapes && end > start && bytes[end - 1] === BACKSLASH; i++) end -= 1;
  return end;
}

function decoded(text: string, mostBytes: number): FaceImage {
  const plain = text.replace(DATA_URL, '').replace(/\\+[nrt]|\\+(?=\/)|\s/g, '');
  if (plain.length > base64Length(mostBytes)) return { bytes: null, refused: 'too_large' };
  if (!BASE64.test(plain)) return { bytes: null, refused: 'not_a_picture' };
  const bytes = Buffer.from(plain, 'base64');
  return bytes.byteLength > mostBytes ? { bytes: null, refused: 'too_large' } : { bytes, refused: null };
}

/** The limit holds for the message without its pictures. */
function bounded(
  body: IncomingBody,
  bytes: Buffer,
  removed: number,
  limits: { readonly bodyBytes: number; readonly keptOfTooLarge: number },
): IncomingBody {
  const totalBytes = body.totalBytes - removed;
  const tooLarge = body.tooLarge || totalBytes > limits.bodyBytes;
  return { totalBytes, tooLarge, bytes: tooLarge ? bytes.subarray(0, limits.keptOfTooLarge) : bytes };
}
