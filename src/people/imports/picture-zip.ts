import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import { DomainError } from '../../platform/errors.ts';
import { MAX_PICTURE_BYTES } from '../picture-file.ts';
import { RowRefusal } from './refusals.ts';

const MAX_ENTRIES = 20_000;
/** Unpacked, all together: what a bomb would exceed, and honest pictures hardly compress. */
const MAX_TOTAL_BYTES = 4 * 1024 ** 3;
const ENCRYPTED = 0x1;
const UTF8_NAME = 0x800;

/** A file of the zip, by its place in it. */
export interface ZippedPicture {
  readonly name: string;
  /** Its content. @throws RowRefusal */
  read(): Promise<Buffer>;
}

export interface LoadedPicture {
  /** Its place in the zip, from 1. */
  readonly number: number;
  readonly name: string;
  readonly content: Buffer | RowRefusal;
}

/** The files of a zip of portraits, in order. @throws DomainError `invalid_input` when it is no zip, or beyond all bounds */
export async function openPictureZip(file: Buffer): Promise<ZippedPicture[]> {
  const zip = await fromBufferPromise(file, { decodeStrings: false, lazyEntries: true }).catch((error: unknown) => {
    throw damaged(error);
  });
  if (zip.entryCount > MAX_ENTRIES) throw tooLarge(`${zip.entryCount} files`);
  const pictures: ZippedPicture[] = [];
  let total = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      if (isFurniture(name)) continue;
      total += entry.uncompressedSize;
      if (total > MAX_TOTAL_BYTES) throw tooLarge('more than 4 GB unpacked');
      pictures.push({ name, read: () => readEntry(zip, entry, name) });
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw damaged(error);
  }
  return pictures;
}

/** With `decodeStrings: false` names are bytes: UTF-8 where marked, else what a Chinese Windows wrote. */
function nameOf(entry: Entry): string {
  const bytes = entry.fileName as unknown as Buffer;
  if ((entry.generalPurposeBitFlag & UTF8_NAME) !== 0) return bytes.toString('utf8');
  return new TextDecoder('gb18030').decode(bytes);
}

/** Folders, and what file managers leave behind. */
const isFurniture = (name: string): boolean =>
  name.endsWith('/') || name.startsWith('__MACOSX/') || /(^|\/)(\.DS_Store|Thumbs\.db|desktop\.ini)$/.test(name);

const isUnsafe = (name: string): boolean =>
  name.includes('\\') ||
  name.startsWith('/') ||
  /^[a-z]:/i.test(name) ||
  name.split('/').includes('..') ||
  name.includes('\0');

async function readEntry(zip: ZipFile, entry: Entry, name: string): Promise<Buffer> {
  if (isUnsafe(name)) throw new RowRefusal('unsafe_name');
  if ((entry.generalPurposeBitFlag & ENCRYPTED) !== 0) throw new RowRefusal('encrypted');
  if (entry.uncompressedSize > MAX_PICTURE_BYTES) throw new RowRefusal('picture_too_large');
  const parts: Buffer[] = [];
  let size = 0;
  try {
    // Told sizes are not believed: yauzl itself stops an entry that unpacks to more than it says.
    for await (const part of await zip.openReadStreamPromise(entry)) {
      size += (part as Buffer).length;
      if (size > MAX_PICTURE_BYTES) throw new RowRefusal('picture_too_large');
      parts.push(part as Buffer);
    }
  } catch (error) {
    if (error instanceof RowRefusal) throw error;
    throw new RowRefusal('unreadable');
  }
  return Buffer.concat(parts);
}

const damaged = (cause: unknown): DomainError =>
  new DomainError(
    'invalid_input',
    '照片压缩包损坏或不是 ZIP 文件 / the file of portraits is damaged, or no zip',
    { remedy: '重新压缩后上传 / pack it again' },
    { cause },
  );

const tooLarge = (what: string): DomainError =>
  new DomainError('payload_too_large', `照片压缩包过大 / the zip of portraits is too large: ${what}`, {
    remedy: '分成几次导入 / split it into several imports',
  });
