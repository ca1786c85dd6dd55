import { resolve } from 'node:path';
import type { Clock } from '../platform/clock.ts';
import { DomainError } from '../platform/errors.ts';
import { fileUrl, inputOf, lengthJob, probeJob, type RtspTransport, schemeOf } from './ffmpeg/arguments.ts';
import { sourceFailure } from './ffmpeg/failure.ts';
import type { RunFfmpeg, RunningFfmpeg } from './ffmpeg/fluent-adapter.ts';
import { assertMayOpen, type FfmpegBinary } from './ffmpeg/locate.ts';
import { parseLength, parseProbe, type VideoInfo } from './ffmpeg/probe-output.ts';

/** What every reader of video needs. */
export interface MediaTools {
  readonly binary: FfmpegBinary;
  readonly run: RunFfmpeg;
  /** Real time, for watchdogs and pauses: ffmpeg and networks do not live in a simulated day. */
  readonly timer: Clock;
  /** What to open of a stream's address, asked before every connection: names may mean another place by now. Left out: itself. */
  readonly address?: (url: string) => Promise<string>;
}

const KNOWN_SCHEMES = new Set(['file', 'rtsp', 'rtsps', 'rtmp', 'rtmps', 'http', 'https']);

/**
 * A camera's address in the form that ffmpeg opens: a path becomes a `file:` URL.
 * @throws DomainError `invalid_input` for a scheme that we do not read
 */
export function normaliseSource(source: string): { readonly url: string; readonly live: boolean } {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(source) || /^file:/i.test(source) ? schemeOf(source) : null;
  if (scheme === null) return { url: fileUrl(resolve(source)), live: false };
  if (!KNOWN_SCHEMES.has(scheme)) {
    throw new DomainError('invalid_input', `sources of the kind ${scheme}: are not read`, {
      remedy: 'Use a file, rtsp, rtmp or http(s) address.',
    });
  }
  if (scheme === 'file') return { url: fileUrl(resolve(decodeFilePath(source))), live: false };
  return { url: source, live: true };
}

const decodeFilePath = (url: string): string =>
  url.startsWith('file://') ? decodeURIComponent(new URL(url).pathname) : url.slice('file:'.length);

/**
 * Decodes one frame and tells what the source is.
 * @throws DomainError `source_unavailable` with ffmpeg's last words and a remedy, also after `timeoutMs` without a frame
 */
export async function probeVideo(
  tools: MediaTools,
  url: string,
  options: {
    readonly transport?: RtspTransport;
    readonly patient?: boolean;
    readonly timeoutMs?: number;
    readonly signal?: AbortSignal;
  } = {},
): Promise<VideoInfo> {
  assertMayOpen(tools.binary, url);
  const running = tools.run(probeJob(inputOf(url, options)));
  running.stdout.resume();
  const over = new AbortController();
  let timedOut = false;
  const watchdog = tools.timer.sleep(options.timeoutMs ?? 20_000, over.signal).then(
    () => {
      timedOut = true;
      running.kill();
    },
    () => undefined,
  );
  try {
    await doneOrAborted(running, options.signal);
  } finally {
    over.abort();
    await watchdog;
  }
  const video = parseProbe(running.log.join('\n'));
  if (video) return video;
  throw sourceFailure(url, timedOut ? [...running.log, 'Connection timed out'] : running.log);
}

/** Waits for ffmpeg's end, and brings it about when the signal comes. @throws the signal's reason */
async function doneOrAborted(running: RunningFfmpeg, signal?: AbortSignal): Promise<void> {
  const abort = (): void => running.kill();
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();
  await running.done;
  signal?.removeEventListener('abort', abort);
  signal?.throwIfAborted();
}

/** Containers without a table of their own: what seems their length is their last time stamp less their first. */
const WITHOUT_TABLE = new Set(['mpegts', 'mpeg']);
const SAME_LENGTH_MS = 1_500;

/**
 * How long a recording is whose time stamps jump (recorders write several recordings into one file, cameras start again at
 * zero). Such a file can only be read from its beginning: a position in it cannot be found by time.
 * @returns null when its time stamps run on from the first picture to the last @throws the signal's reason
 */
export async function lengthOfBroken(
  tools: MediaTools,
  file: string,
  video: VideoInfo,
  signal: AbortSignal,
): Promise<number | null> {
  if (!WITHOUT_TABLE.has(video.format) || video.durationMs === null) return null;
  const running = tools.run(lengthJob(inputOf(fileUrl(file))));
  running.stdout.resume();
  await doneOrAborted(running, signal);
  const length = parseLength(running.log.join('\n'));
  return length === null || Math.abs(length - video.durationMs) < SAME_LENGTH_MS ? null : length;
}
