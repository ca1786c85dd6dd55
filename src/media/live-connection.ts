import type { Clock } from '../platform/clock.ts';
import { DomainError } from '../platform/errors.ts';
import { containerFor, type FrameSize, frameOutput, inputOf, type RtspTransport } from './ffmpeg/arguments.ts';
import { sourceFailure } from './ffmpeg/failure.ts';
import { fitWithin, type VideoInfo } from './ffmpeg/probe-output.ts';
import type { RecordedSegment } from './frame.ts';
import { type GopRing, openGopRing } from './gop-ring.ts';
import { parsePgmStream, type RawFrame } from './pgm-stream.ts';
import { type MediaTools, probeVideo } from './probe.ts';
import { openSegmentFolder } from './segments.ts';

/** How a live stream is read: its keyframes, with the groups between them on disk, or every frame. */
export type LiveReading = 'keyframes' | 'every_frame';

export interface ConnectionOptions {
  readonly tools: MediaTools;
  readonly clock: Clock;
  readonly url: string;
  readonly transport?: RtspTransport;
  readonly patient: boolean;
  /** Wait longer for the first word. */
  readonly longer?: boolean;
  readonly reading: LiveReading;
  readonly fps: number;
  readonly limit: FrameSize;
  readonly segmentSeconds: number | null;
  /** Without a picture for this long ffmpeg is killed. */
  readonly watchdogMs: number;
  readonly signal: AbortSignal;
}

/** A stream that shows itself, from its probe on. */
export interface LiveConnection {
  readonly video: VideoInfo;
  readonly size: FrameSize;
  readonly reading: LiveReading;
  /** Null where every frame is read. */
  readonly ring: GopRing | null;
  /** Pictures with the time of their arrival. @throws DomainError when the stream has ended: why */
  pictures(): AsyncGenerator<{ readonly at: number; readonly raw: RawFrame }>;
  /** Recorded pieces that were finished since the last call. */
  segments(over?: boolean): Promise<RecordedSegment[]>;
  /** Nothing needs its files any more. */
  remove(): Promise<void>;
}

/** Length of the ring's files where nothing is recorded. */
const FILE_SECONDS = 10;
/** No keyframe for this long while keyframes are all that is decoded: the camera sends them too rarely, or nothing at all. */
const PATIENT_PROBE_MS = 20_000;
const QUICK_PROBE_MS = 3_500;
const LONG_PROBE_MS = 12_000;
const LEAST_PATIENCE_MS = 4_500;
const MISSED_GOPS = 2.5;
export const KEYFRAME_PATIENCE_MS = 6_500;
/** Keyframes that come more often than this say nothing new. */
const KEYFRAMES_PER_SECOND = 1.2;
/** A segment's time from the stream's own clock may stray this far from ours before we follow. */
const DRIFT_MS = 2_000;
const LISTED = 64;

export const starvedError = (ms: number): DomainError =>
  new DomainError('source_unavailable', `no picture for ${Math.round(ms / 1000)} s`, {
    remedy: 'Check that the camera has power and network.',
  });

/** Probes the stream and connects to it with one ffmpeg: pictures on its pipe, the compressed stream beside it. */
export async function openConnection(options: ConnectionOptions): Promise<LiveConnection> {
  const { tools, url, signal, clock, segmentSeconds } = options;
  const { timer } = tools;
  const transport = { patient: options.patient, ...(options.transport ? { transport: options.transport } : {}) };
  // A camera that says nothing at all is asked anew soon; one that sends without a keyframe yet is given its time.
  const timeoutMs = options.patient
    ? Math.max(options.watchdogMs, PATIENT_PROBE_MS)
    : Math.min(options.watchdogMs * (options.longer ? 2 : 1), options.longer ? LONG_PROBE_MS : QUICK_PROBE_MS);
  const video = await probeVideo(tools, url, { ...transport, timeoutMs, signal });
  const size = fitWithin(video, options.limit);
  const keyframes = options.reading === 'keyframes' && containerFor(video.codec) === 'mp4';
  const ring = keyframes ? await openGopRing({ seconds: segmentSeconds ?? FILE_SECONDS }) : null;
  const folder =
    ring !== null || segmentSeconds === null
      ? null
      : await openSegmentFolder({ codec: video.codec, seconds: segmentSeconds, listed: LISTED });
  const watchdogMs = keyframes ? Math.max(options.watchdogMs, KEYFRAME_PATIENCE_MS) : options.watchdogMs;
  /** Once it is known how often keyframes come, two that are missed say enough. */
  const patience = (): number =>
    ring?.gopMs == null ? watchdogMs : Math.min(watchdogMs, Math.max(LEAST_PATIENCE_MS, MISSED_GOPS * ring.gopMs));
  let anchor: number | null = null;

  async function* pictures(): AsyncGenerator<{ at: number; raw: RawFrame }> {
    const output = frameOutput({
      size,
      pixelAspect: video.pixelAspect,
      sampling: 'arrival',
      fps: keyframes ? KEYFRAMES_PER_SECOND : options.fps,
    });
    const beside = ring?.output ?? folder?.output;
    const running = tools.run({
      input: inputOf(url, { ...transport, known: true, keyframesOnly: keyframes, quiet: true }),
      outputs: beside ? [output, beside] : [output],
    });
    const over = new AbortController();
    const abort = (): void => running.stop();
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    // A patient connection takes its time before the first picture.
    let heardAt = timer.now() + (options.patient ? PATIENT_PROBE_MS / 2 : 0);
    let starved = false;
    const watchdog = (async () => {
      for (;;) {
        const patienceMs = patience();
        await timer.sleepUntil(heardAt + patienceMs, over.signal);
        if (timer.now() - heardAt < patienceMs) continue;
        starved = true;
        running.kill();
        return;
      }
    })().catch(() => undefined);
    try {
      for await (const raw of parsePgmStream(running.stdout)) {
        const at = clock.now();
        heardAt = timer.now();
        anchor ??= at;
        await ring?.scan(at);
        yield { at, raw };
      }
      await running.done;
      await ring?.scan(clock.now());
      throw starved ? starvedError(patience()) : sourceFailure(url, running.log, 'the stream ended');
    } finally {
      over.abort();
      signal.removeEventListener('abort', abort);
      running.kill();
      await watchdog;
    }
  }

  return {
    video,
    size,
    reading: keyframes ? 'keyframes' : 'every_frame',
    ring,
    pictures,
    async segments(over = false) {
      if (ring) return segmentSeconds === null ? [] : ring.finished(over);
      if (!folder || anchor === null) return [];
      const finished: RecordedSegment[] = [];
      for (const segment of await folder.finished(anchor)) {
        const strayed = clock.now() - segment.to;
        if (strayed < 0 || strayed > DRIFT_MS + (segmentSeconds ?? 0) * 1000)
          anchor += strayed < 0 ? strayed : strayed - DRIFT_MS;
        finished.push(segment);
      }
      return finished;
    },
    remove: async () => {
      await ring?.remove();
      await folder?.remove();
    },
  };
}
