import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** One picture of an H.264 film, as FLV carries it. */
export interface FlvPicture {
  /** From the film's beginning. */
  readonly ms: number;
  readonly key: boolean;
  readonly data: Buffer;
}

export interface FlvFilm {
  /** What the decoder is set up by; equal for films of one encoder. */
  readonly setup: Buffer;
  readonly pictures: readonly FlvPicture[];
}

const TAG_HEADER = 11;
const VIDEO = 9;

/** Reads an MP4's pictures by copying it into FLV. */
export async function readFlvFilm(ffmpeg: string, file: string): Promise<FlvFilm> {
  const { stdout } = await run(ffmpeg, ['-v', 'error', '-i', file, '-c', 'copy', '-f', 'flv', '-'], {
    encoding: 'buffer',
    maxBuffer: 1 << 30,
  });
  const pictures: FlvPicture[] = [];
  let setup: Buffer | null = null;
  for (let at = 13; at + TAG_HEADER <= stdout.length; ) {
    const size = stdout.readUIntBE(at + 1, 3);
    const ms = stdout.readUIntBE(at + 4, 3) + stdout.readUInt8(at + 7) * 0x1000000;
    const data = stdout.subarray(at + TAG_HEADER, at + TAG_HEADER + size);
    if (stdout[at] === VIDEO && data.length > 5) {
      if (data[1] === 0) setup = data;
      else if (data[1] === 1) pictures.push({ ms, key: data[0] === 0x17, data });
    }
    at += TAG_HEADER + size + 4;
  }
  if (setup === null) throw new Error(`${file} is no H.264 film`);
  return { setup, pictures };
}

export const FLV_HEADER = Buffer.from([0x46, 0x4c, 0x56, 1, 1, 0, 0, 0, 9, 0, 0, 0, 0]);

export function flvTag(ms: number, data: Buffer): Buffer {
  const tag = Buffer.allocUnsafe(TAG_HEADER + data.length + 4);
  tag[0] = VIDEO;
  tag.writeUIntBE(data.length, 1, 3);
  tag.writeUIntBE(ms & 0xffffff, 4, 3);
  tag[7] = (ms >>> 24) & 0xff;
  tag.writeUIntBE(0, 8, 3);
  data.copy(tag, TAG_HEADER);
  tag.writeUInt32BE(TAG_HEADER + data.length, TAG_HEADER + data.length);
  return tag;
}
