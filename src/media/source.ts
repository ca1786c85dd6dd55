import type { Clock } from '../platform/clock.ts';
import { DomainError } from '../platform/errors.ts';
import type { RtspTransport } from './ffmpeg/arguments.ts';
import { type FootageIndex, readFootageIndex } from './footage-index.ts';
import type { VideoSource } from './frame.ts';
import { openLive } from './live-source.ts';
import { type MediaTools, normaliseSource, probeVideo } from './probe.ts';
import { openRecorded } from './recorded-source.ts';
import type { Slots } from './slots.ts';
import type { StartPacer } from './start-pacer.ts';

export interface SourceOptions {
  readonly tools: MediaTools;
  /** Domain time: paces footage, stamps live frames. */
  readonly clock: Clock;
  /** A path, `file:`, `rtsp(s)://`, `rtmp(s)://`, `http(s)://`, or `footage:/abs/index.json` (played as if live). */
  readonly url: string;
  /** The camera's main stream, where `url` is its sub-stream: opened only for close looks that last. */
  readonly mainUrl?: string;
  readonly signal: AbortSignal;
  /** Where recorded footage is taken up again, epoch ms. */
  readonly fromAt?: number;
  /** A plain file is played as if live from this moment on; left out: from time 0, as fast as it is read. */
  readonly startsAt?: number;
  /** Analysed frames per second. Default 4. */
  readonly fps?: number;
  /**
   * Recorded footage: pictures per second while nothing happens, of keyframes only. A live stream shows its keyframes as they
   * come. Null: always read everything. Default 1.
   */
  readonly glanceFps?: number | null;
  /** Frames are scaled to fit; an upright picture is fitted in the upright limit. Default 1920×1080. */
  readonly limit?: { readonly width: number; readonly height: number };
  /** Length of recorded segments; null: record nothing. Default null. */
  readonly segmentSeconds?: number | null;
  readonly transport?: RtspTransport;
  readonly watchdogMs?: number;
  readonly queueFrames?: number;
  /** Who may decode whole groups of pictures of live streams at the same time. */
  readonly slots?: Slots;
  /** Paces the connections of live streams. */
  readonly starts?: StartPacer;
  readonly firstPauseMs?: number;
  readonly mostPauseMs?: number;
}

const FOOTAGE = 'footage:';

export const isFootage = (url: string): boolean => url.startsWith(FOOTAGE);

/**
 * Opens a camera or a recording. A plain file starts at time 0 and is read as fast as it can; a `footage:` index has times of
 * its own and keeps to the clock.
 * @throws DomainError `source_unavailable` (file: missing or no video), `invalid_input`, `config_invalid`
 */
export async function openSource(options: SourceOptions): Promise<VideoSource> {
  const { tools, signal } = options;
  const common = {
    tools,
    signal,
    fps: options.fps ?? 4,
    limit: options.limit ?? { width: 1920, height: 1080 },
    segmentSeconds: options.segmentSeconds ?? null,
  };
  if (!(common.fps > 0 && common.fps <= 60))
    throw new DomainError('invalid_input', `${common.fps} frames per second cannot be analysed`, {
      remedy: 'Use 1 to 15.',
    });
  const glanceFps = options.glanceFps === undefined ? 1 : options.glanceFps;
  const from = options.fromAt === undefined ? {} : { fromAt: options.fromAt };
  if (isFootage(options.url)) {
    const index = await readFootageIndex(options.url.slice(FOOTAGE.length));
    return openRecorded({ ...common, ...from, index, pace: options.clock, glanceFps });
  }
  const { url, live } = normaliseSource(options.url);
  if (!live) {
    await probeVideo(tools, url, { signal });
    const startsAt = options.startsAt ?? 0;
    const index: FootageIndex = { startsAt, segments: [{ startsAt, file: url.slice('file:'.length) }] };
    return openRecorded({
      ...common,
      ...from,
      index,
      pace: options.startsAt === undefined ? null : options.clock,
      glanceFps,
    });
  }
  return openLive({
    ...common,
    clock: options.clock,
    url,
    ...(options.mainUrl === undefined ? {} : { mainUrl: options.mainUrl }),
    glance: glanceFps !== null,
    ...(options.slots ? { slots: options.slots } : {}),
    ...(options.starts ? { starts: options.starts } : {}),
    ...(options.transport ? { transport: options.transport } : {}),
    watchdogMs: options.watchdogMs ?? 6_500,
    queueFrames: options.queueFrames ?? 8,
    ...(options.firstPauseMs === undefined ? {} : { firstPauseMs: options.firstPauseMs }),
    ...(options.mostPauseMs === undefined ? {} : { mostPauseMs: options.mostPauseMs }),
  });
}
