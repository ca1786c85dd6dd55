import { createReadStream, type ReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** What is in a file, unpacked; `source` is the file as it lies there, for how far it has been read. */
export type PackedFile = Readable & { readonly source: ReadStream };

/** Opens a file; one whose name ends in .gz is unpacked. Errors come with the reading. */
export function openPacked(path: string): PackedFile {
  const source = createReadStream(path, { highWaterMark: 1 << 20 });
  if (!/\.gz$/i.test(path)) return Object.assign(source, { source });
  const unpacked = createGunzip({ chunkSize: 1 << 18 });
  source.on('error', (error) => unpacked.destroy(error));
  return Object.assign(source.pipe(unpacked), { source });
}
