import { fstatSync, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';

/** A group of pictures in a fragmented MP4: `moof` and `mdat`, whole on disk. */
export interface Fragment {
  readonly offset: number;
  readonly size: number;
  /** On the stream's own clock; null where the file does not say it. */
  readonly durationMs: number | null;
}

/** Reads a fragmented MP4 while another process is still writing it. */
export interface FragmentReader {
  /** Fragments that became whole since the last call. */
  fresh(): Fragment[];
  /** What a decoder must be given before the first fragment (`ftyp`, `moov`). Null: not written yet. */
  head(): Promise<Buffer | null>;
  read(fragment: Pick<Fragment, 'offset' | 'size'>): Promise<Buffer>;
  close(): Promise<void>;
}

const BOX_HEADER = 16;
/** A `moof` of one group is some kilobytes. More is no file of ours. */
const LARGEST_MOOF = 4 * 1024 * 1024;

/** ISO/IEC 14496-12. @param file is closed with the reader */
export function createFragmentReader(file: FileHandle): FragmentReader {
  let at = 0;
  let headEnd: number | null = null;
  let timescale = 0;
  let defaultDuration = 0;
  let moof: { offset: number; durationMs: number | null } | null = null;

  const bytes = async (offset: number, length: number): Promise<Buffer> => {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  };

  // A few bytes that were written a moment ago: to wait for another thread would cost far more than to read them.
  const few = (offset: number, length: number): Buffer => {
    const buffer = Buffer.allocUnsafe(length);
    return buffer.subarray(0, readSync(file.fd, buffer, 0, length, offset));
  };

  return {
    fresh() {
      const { size: end } = fstatSync(file.fd);
      const found: Fragment[] = [];
      while (at + 8 <= end) {
        const header = boxHeader(few(at, Math.min(BOX_HEADER, end - at)));
        if (header === null || at + header.size > end) break;
        if (header.type === 'moov') {
          const moov = few(at, header.size);
          timescale = timescaleOf(moov);
          defaultDuration = trexDurationOf(moov);
          headEnd = at + header.size;
        } else if (header.type === 'moof') {
          const durationMs =
            header.size <= LARGEST_MOOF ? durationOf(few(at, header.size), timescale, defaultDuration) : null;
          moof = { offset: at, durationMs };
        } else if (header.type === 'mdat' && moof !== null) {
          found.push({ offset: moof.offset, size: at + header.size - moof.offset, durationMs: moof.durationMs });
          moof = null;
        }
        at += header.size;
      }
      return found;
    },
    head: async () => (headEnd === null ? null : bytes(0, headEnd)),
    read: ({ offset, size }) => bytes(offset, size),
    close: () => file.close(),
  };
}

function boxHeader(buffer: Buffer): { type: string; size: number } | null {
  const type = buffer.toString('latin1', 4, 8);
  const short = buffer.readUInt32BE(0);
  if (short !== 1) return short < 8 ? null : { type, size: short };
  return buffer.length < 16 ? null : { type, size: Number(buffer.readBigUInt64BE(8)) };
}

/** The content of the first box at a path of nested boxes. */
function boxAt(buffer: Buffer, path: readonly string[]): Buffer | null {
  const [type, ...rest] = path;
  if (type === undefined) return buffer;
  for (let at = 0; at + 8 <= buffer.length; ) {
    const header = boxHeader(buffer.subarray(at, at + BOX_HEADER));
    if (header === null || at + header.size > buffer.length) return null;
    if (header.type === type) return boxAt(buffer.subarray(at + 8, at + header.size), rest);
    at += header.size;
  }
  return null;
}

function timescaleOf(moov: Buffer): number {
  const mdhd = boxAt(moov, ['moov', 'trak', 'mdia', 'mdhd']);
  if (mdhd === null || mdhd.length < 24) return 0;
  return mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12);
}

function trexDurationOf(moov: Buffer): number {
  const trex = boxAt(moov, ['moov', 'mvex', 'trex']);
  return trex !== null && trex.length >= 16 ? trex.readUInt32BE(12) : 0;
}

const TFHD_BASE_OFFSET = 0x1;
const TFHD_DESCRIPTION = 0x2;
const TFHD_DURATION = 0x8;
const TRUN_DATA_OFFSET = 0x1;
const TRUN_FIRST_FLAGS = 0x4;
const TRUN_DURATION = 0x100;
/** Size, flags and composition offset of a sample: four bytes each, where they are there. */
const TRUN_OTHERS = [0x200, 0x400, 0x800] as const;

function durationOf(moof: Buffer, timescale: number, fallback: number): number | null {
  const tfhd = boxAt(moof, ['moof', 'traf', 'tfhd']);
  const trun = boxAt(moof, ['moof', 'traf', 'trun']);
  if (timescale === 0 || tfhd === null || trun === null || tfhd.length < 8 || trun.length < 8) return null;
  const tfhdFlags = tfhd.readUIntBE(1, 3);
  let each = fallback;
  if (tfhdFlags & TFHD_DURATION) {
    const offset = 8 + (tfhdFlags & TFHD_BASE_OFFSET ? 8 : 0) + (tfhdFlags & TFHD_DESCRIPTION ? 4 : 0);
    if (tfhd.length < offset + 4) return null;
    each = tfhd.readUInt32BE(offset);
  }
  const trunFlags = trun.readUIntBE(1, 3);
  const count = trun.readUInt32BE(4);
  let ticks = each * count;
  if (trunFlags & TRUN_DURATION) {
    const stride = 4 + 4 * TRUN_OTHERS.filter((flag) => trunFlags & flag).length;
    let at = 8 + (trunFlags & TRUN_DATA_OFFSET ? 4 : 0) + (trunFlags & TRUN_FIRST_FLAGS ? 4 : 0);
    ticks = 0;
    for (let i = 0; i < count && at + 4 <= trun.length; i++, at += stride) ticks += trun.readUInt32BE(at);
  }
  return ticks === 0 ? null : (ticks * 1000) / timescale;
}
