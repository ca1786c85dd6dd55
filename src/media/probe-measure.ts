import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FfmpegOutput, frameOutput, inputOf, type RtspTransport } from './ffmpeg/arguments.ts';
import { sourceFailure } from './ffmpeg/failure.ts';
import { fitWithin, type VideoInfo } from './ffmpeg/probe-output.ts';
import { parsePgmStream } from './pgm-stream.ts';
import type { MediaTools } from './probe.ts';
import type { YuvImage } from './yuv.ts';

/** The packets of the stream as they are, a line each (`framecrc`), written out as they come. */
export const packetOutput = (path: string): FfmpegOutput => ({
  options: ['-map', '0:v:0', '-an', '-sn', '-dn', '-c:v', 'copy', '-flush_packets', '1', '-f', 'framecrc'],
  target: { path },
});

export interface StreamSample {
  /** ffmpeg's `framecrc` lines of the video's packets. */
  readonly packets: string;
  /** Pictures about a second apart, spread over what was read. */
  readonly pictures: readonly YuvImage[];
  /** Pixels of the source to a pixel of `pictures`. */
  readonly scale: number;
  /** Real time that reading took, seconds. */
  readonly wallSeconds: number;
}

const MOST_PICTURES = 12;
const LIMIT = { width: 1920, height: 1080 };
const LOOK_EVERY_MS = 1_000;

/**
 * Reads a source for a while: its packets untouched, and pictures of it. A live one is read until `enough` says so, asked
 * about once a second with what came so far, or until `mostMs` of real time; a recorded one for `mostMs` of its own time.
 * @throws DomainError `source_unavailable` when nothing came
 */
export async function sampleStream(
  tools: MediaTools,
  url: string,
  video: VideoInfo,
  options: {
    readonly live: boolean;
    readonly transport?: RtspTransport;
    readonly mostMs: number;
    readonly enough: (packets: string) => boolean;
    readonly signal?: AbortSignal;
  },
): Promise<StreamSample> {
  const { live, mostMs } = options;
  const size = fitWithin(video, LIMIT);
  const dir = await mkdtemp(join(tmpdir(), 'claimsight-probe-'));
  const path = join(dir, 'packets');
  try {
    const input = inputOf(url, options.transport ? { transport: options.transport } : {});
    const frames = frameOutput({ size, fps: 1, sampling: live ? 'arrival' : 'grid', pixelAspect: video.pixelAspect });
    const running = tools.run({
      input: live ? input : { ...input, before: [...input.before, '-t', (mostMs / 1000).toFixed(3)] },
      outputs: [frames, packetOutput(path)],
    });
    const over = new AbortController();
    const stop = (): void => running.stop();
    options.signal?.addEventListener('abort', stop, { once: true });
    if (options.signal?.aborted) stop();
    const startedAt = tools.timer.now();
    // Recorded footage is read faster than it lasts; a broken file may still never end.
    const watch = (async () => {
      let seen = 0;
      for (let now = startedAt; now - startedAt < mostMs * (live ? 1 : 2); now = tools.timer.now()) {
        await tools.timer.sleep(LOOK_EVERY_MS, over.signal);
        const { size: bytes } = await stat(path).catch(() => ({ size: 0 }));
        if (!live || bytes === seen) continue;
        seen = bytes;
        if (options.enough(await readFile(path, 'utf8'))) break;
      }
      running.stop();
    })().catch(() => undefined);
    let pictures: YuvImage[] = [];
    let every = 1;
    let count = 0;
    try {
      for await (const raw of parsePgmStream(running.stdout)) {
        if (count++ % every === 0) pictures.push({ ...raw, matrix: video.matrix });
        if (pictures.length <= MOST_PICTURES) continue;
        pictures = pictures.filter((_, i) => i % 2 === 0);
        every *= 2;
      }
      await running.done;
    } finally {
      over.abort();
      options.signal?.removeEventListener('abort', stop);
      running.kill();
      await watch;
    }
    options.signal?.throwIfAborted();
    const wallSeconds = (tools.timer.now() - startedAt) / 1000;
    const packets = await readFile(path, 'utf8').catch(() => '');
    if (pictures.length === 0 && !/^0,/m.test(packets)) throw sourceFailure(url, running.log);
    return { packets, pictures, scale: video.width / size.width, wallSeconds };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
