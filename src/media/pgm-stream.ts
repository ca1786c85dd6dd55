import { DomainError } from '../platform/errors.ts';
import { frameMemory } from './frame-memory.ts';
import { bytesOfYuv } from './yuv.ts';

const NEWLINE = 10;
const HEADER_LIMIT = 40;
const LARGEST_SIDE = 8_192;

export interface RawFrame {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Cuts ffmpeg's stream of `pgmyuv` pictures (`P5\n<width> <height·3/2>\n255\n` and the bytes) into frames.
 * @throws DomainError `source_unavailable` on anything else; a picture that is cut off by the end is left out
 */
export async function* parsePgmStream(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<RawFrame> {
  let header = '';
  let lines = 0;
  let frame: { width: number; height: number; data: Uint8Array; filled: number } | null = null;
  for await (const chunk of chunks) {
    let at = 0;
    while (at < chunk.length) {
      if (frame === null) {
        const byte = chunk[at++] as number;
        header += String.fromCharCode(byte);
        if (byte === NEWLINE) lines++;
        if (lines === 3) {
          frame = startFrame(header);
          header = '';
          lines = 0;
        } else if (header.length > HEADER_LIMIT) throw garbled();
        continue;
      }
      const take = Math.min(chunk.length - at, frame.data.length - frame.filled);
      frame.data.set(chunk.subarray(at, at + take), frame.filled);
      frame.filled += take;
      at += take;
      if (frame.filled === frame.data.length) {
        yield { width: frame.width, height: frame.height, data: frame.data };
        frame = null;
      }
    }
  }
}

function startFrame(header: string): { width: number; height: number; data: Uint8Array; filled: number } {
  const match = /^P5\n(\d+) (\d+)\n255\n$/.exec(header);
  const width = Number(match?.[1]);
  const rows = Number(match?.[2]);
  const height = (rows * 2) / 3;
  if (
    !match ||
    width < 2 ||
    width > LARGEST_SIDE ||
    width % 2 !== 0 ||
    height > LARGEST_SIDE ||
    height < 2 ||
    height % 2 !== 0
  )
    throw garbled();
  return { width, height, data: frameMemory.take(bytesOfYuv(width, height)), filled: 0 };
}

const garbled = (): DomainError =>
  new DomainError('source_unavailable', 'the decoder wrote something that is no picture', {
    remedy: 'Check FFMPEG_PATH: it must name ffmpeg itself.',
  });
