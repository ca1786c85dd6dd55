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
