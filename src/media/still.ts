import sharp from 'sharp';
import { DomainError } from '../platform/errors.ts';
import { inputOf, stillJob } from './ffmpeg/arguments.ts';
import { lastWords } from './ffmpeg/failure.ts';
import type { RgbImage } from './image.ts';
import type { MediaTools } from './probe.ts';

/** Encodes RGB as JPEG. @param quality 1..100 */
export const encodeJpeg = (image: RgbImage, quality = 88): Promise<Buffer> =>
  sharp(image.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .jpeg({ quality })
    .toBuffer();

/**
 * The picture of recorded footage at `offsetMs` from its start, as JPEG.
 * @throws DomainError `source_unavailable` when there is none
 */
export async function extractStill(tools: MediaTools, url: string, offsetMs: number): Promise<Buffer> {
  const running = tools.run(stillJob(inputOf(url, { seekSeconds: offsetMs / 1000 })));
  const chunks: Buffer[] = [];
  for await (const chunk of running.stdout) chunks.push(chunk as Buffer);
  await running.done;
  const jpeg = Buffer.concat(chunks);
  if (jpeg.length < 4 || jpeg.readUInt16BE(0) !== 0xffd8) {
    throw new DomainError('source_unavailable', 'the footage has no picture at this moment', {
      ffmpeg: lastWords(running.log),
    });
  }
  return jpeg;
}
