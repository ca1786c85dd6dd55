import type { Clock } from '../platform/clock.ts';
import { DomainError } from '../platform/errors.ts';
import { createDroppingQueue, pauseBeforeAttempt } from './bounded-queue.ts';
import { frameOutput, inputOf, type RtspTransport } from './ffmpeg/arguments.ts';
import { sourceFailure } from './ffmpeg/failure.ts';
import { fitWithin } from './ffmpeg/probe-output.ts';
import type { SourceEvent, VideoSource } from './frame.ts';
import { parsePgmStream } from './pgm-stream.ts';
import { type MediaTools, probeVideo } from './probe.ts';
import { openSegmentFolder } from './segments.ts';

export interface LiveOptions {
  readonly tools: MediaTools;
  /** Gives frames their time. */
  readonly clock: Clock;
  readonly url: string;
  readonly transport?: RtspTransport;
  readonly fps: number;
  readonly limit: { readonly width: number; readonly height: number };
  readonly segmentSeconds: number | null;
  /** Without a frame for this long ffmpeg is killed and started again. */
  readonly watchdogMs: number;
  /** Frames that wait for a slow reader; beyond that the oldest is dropped and counted. */
  readonly queueFrames: number;
  readonly firstPauseMs?: number;
  readonly mostPauseMs?: number;
  readonly signal: AbortSignal;
}

const SILENT_STEP_MS = 2_000;
const SILENT_AFTER_MS = 3_000;
/** A connection that held this long was a good one: the next pause is short again. */
const GOOD_CONNECTION_MS = 30_000;
/** A segment's time from the stream's own clock may stray this far from ours before we follow. */
const DRIFT_MS = 2_000;

/** A camera that does not wait: one ffmpeg with two outputs, watched, restarted at growing intervals, for ever. */
export function openLive(options: LiveOptions): VideoSource {
  const { tools, url, signal, clock } = options;
  const { timer } = tools;
  const queue = createDroppingQueue<SourceEvent>(options.queueFrames, (event) => event.kind === 'frame');
  let seq = 0;
  let lastPictureAt: number | null = null;
  let trouble: string | null = null;
  const startedAt = clock.now();

  const say = (event: SourceEvent): void => queue.push(event);

  /** One connection, from its probe to its end; throws the DomainError that says why it ended. */
  const connect = async (patient: boolean): Promise<never> => {
    const transport = { patient, ...(options.transport ? { transport: options.transport } : {}) };
    const video = await probeVideo(tools, url, { ...transport, timeoutMs: options.watchdogMs, signal });
    const size = fitWithin(video, options.limit);
    const folder =
      options.segmentSeconds === null
        ? null
        : await openSegmentFolder({ codec: video.codec, seconds: options.segmentSeconds });
    const frames = frameOutput({ size, fps: options.fps, sampling: 'arrival', pixelAspect: video.pixelAspect });
    const running = tools.run({ input: inputOf(url, transport), outputs: folder ? [frames, folder.output] : [frames] });
    const over = new AbortController();
    const abort = (): void => running.stop();
    signal.addEventListener('abort', abort, { once: true });
    let heardAt = timer.now();
    let starved = false;
    const watchdog = (async () => {
      for (;;) {
        await timer.sleepUntil(heardAt + options.watchdogMs, over.signal);
        if (timer.now() - heardAt < options.watchdogMs) continue;
        starved = true;
        running.kill();
        return;
      }
    })().catch(() => undefined);
    let anchor: number | null = null;
    let listedAt = 0;
    const hand = async (): Promise<void> => {
      if (!folder || anchor === null) return;
      for (const segment of await folder.finished(anchor)) {
        const strayed = clock.now() - segment.to;
        if (strayed < 0 || strayed > DRIFT_MS + (options.segmentSeconds ?? 0) * 1000)
          anchor += strayed < 0 ? strayed : strayed - DRIFT_MS;
        say({ kind: 'segment', segment });
      }
    };
    try {
      for await (const raw of parsePgmStream(running.stdout)) {
        const at = clock.now();
        heardAt = timer.now();
        if (anchor === null) {
          anchor = at;
          say({ kind: 'connected', at, video, size });
        }
        lastPictureAt = at;
        trouble = null;
        say({ kind: 'frame', frame: { at, seq: seq++, gear: 'close', image: { ...raw, matrix: video.matrix } } });
        if (at - listedAt >= 1_000) {
          listedAt = at;
          await hand();
        }
      }
      await running.done;
      await hand();
      throw starved
        ? new DomainError('source_unavailable', `no picture for ${Math.round(options.watchdogMs / 1000)} s`, {
            remedy: 'Check that the camera has power and network.',
          })
        : sourceFailure(url, running.log, 'the stream ended');
    } finally {
      over.abort();
      signal.removeEventListener('abort', abort);
      running.kill();
      await watchdog;
      // The reader may still be busy with the files just handed over: they are in its care, the folder goes with the process.
      if (folder) folders.push(folder.remove);
    }
  };
  const folders: (() => Promise<void>)[] = [];

  const run = async (): Promise<void> => {
    let patient = false;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const began = timer.now();
      const seqBefore = seq;
      const reason = await connect(patient).catch((error: unknown) => error);
      if (signal.aborted) break;
      const error =
        reason instanceof DomainError
          ? reason
          : new DomainError('source_unavailable', 'the stream could not be read', {}, { cause: reason });
      if (timer.now() - began >= GOOD_CONNECTION_MS) attempt = 1;
      trouble = error.message;
      // No picture at all: perhaps the stream needs longer to say what it is.
      patient = seq === seqBefore && !patient;
      say({ kind: 'failed', at: clock.now(), error });
      await timer
        .sleep(pauseBeforeAttempt(attempt, options.firstPauseMs, options.mostPauseMs), signal)
        .catch(() => undefined);
    }
  };

  /** Says that there is no picture, whatever keeps it away: a slow connect, a pause, a stream that stalls. */
  const listen = async (): Promise<void> => {
    for (;;) {
      await timer.sleep(SILENT_STEP_MS, signal);
      const since = lastPictureAt ?? startedAt;
      if (clock.now() - since > SILENT_AFTER_MS)
        say({ kind: 'silent', at: clock.now(), since, reason: trouble ?? 'no picture' });
    }
  };

  async function* events(): AsyncGenerator<SourceEvent> {
    void listen().catch(() => undefined);
    const running = run().finally(() => {
      say({ kind: 'ended', at: clock.now() });
      queue.close();
    });
    try {
      for (let event = await queue.take(); event !== null; event = await queue.take()) yield event;
    } finally {
      await running;
      await Promise.all(folders.map((remove) => remove()));
    }
  }

  return {
    events,
    canGoBack: false,
    get framesDropped() {
      return queue.dropped;
    },
    lookCloser: () => undefined,
    relax: () => undefined,
  };
}
