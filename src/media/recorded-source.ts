import type { Clock } from '../platform/clock.ts';
import type { DomainError } from '../platform/errors.ts';
import { fileUrl, frameOutput, inputOf } from './ffmpeg/arguments.ts';
import { sourceFailure } from './ffmpeg/failure.ts';
import type { RunningFfmpeg } from './ffmpeg/fluent-adapter.ts';
import { fitWithin, type VideoInfo } from './ffmpeg/probe-output.ts';
import { type FootageIndex, placeAt } from './footage-index.ts';
import type { Frame, Gear, RecordedSegment, SourceEvent, VideoSource } from './frame.ts';
import { parsePgmStream } from './pgm-stream.ts';
import { lengthOfBroken, type MediaTools, probeVideo } from './probe.ts';
import { openSegmentFolder, type SegmentFolder, segmentFile } from './segments.ts';

export interface RecordedOptions {
  readonly tools: MediaTools;
  readonly index: FootageIndex;
  /** Played as if live: a moment is delivered only once this clock has reached it. Null: as fast as it is read. */
  readonly pace: Clock | null;
  /** Begin here instead of at the index's start, epoch ms. */
  readonly fromAt?: number;
  readonly fps: number;
  /** Null: never glance, always decode everything. */
  readonly glanceFps: number | null;
  readonly limit: { readonly width: number; readonly height: number };
  /** Null: no recording. */
  readonly segmentSeconds: number | null;
  readonly signal: AbortSignal;
}

const SILENT_STEP_MS = 2_000;
/** Files that follow each other this closely are one piece of footage. */
const SEAM_MS = 1_500;
/** Keyframes further apart than this are too rare for glancing: a visitor would be seen too late. */
const RAREST_KEYFRAMES_MS = 3_500;

interface OpenFile {
  readonly file: string;
  readonly startsAt: number;
  readonly endsAt: number;
  readonly video: VideoInfo;
}

/**
 * Recorded footage as a source. Frames stand on a grid from each file's start, so that reading again from a position
 * gives the same frames; nothing is dropped: a slow reader holds ffmpeg back.
 */
export function openRecorded(options: RecordedOptions): VideoSource {
  const { tools, index, signal } = options;
  const videos = new Map<string, VideoInfo | DomainError>();
  let gear: Gear = options.glanceFps === null ? 'close' : 'glance';
  let turn: { gear: Gear; fromAt: number | null } | null = null;
  let seq = 0;
  let current: string | null = null;
  /** Files in which glancing sees nothing: keyframes too rare, or only the tail after the last one is left. */
  const closeOnly = new Set<string>();
  /** Files in which no position can be found by time. */
  const broken = new Set<string>();

  const videoOf = async (file: string): Promise<VideoInfo | DomainError> => {
    let video = videos.get(file);
    if (!video) {
      video = await probeVideo(tools, fileUrl(file), { signal }).catch((error: DomainError) => {
        signal.throwIfAborted();
        return error;
      });
      const length = 'codec' in video ? await lengthOfBroken(tools, file, video, signal) : null;
      if ('codec' in video && length !== null) {
        video = { ...video, durationMs: length };
        broken.add(file);
        closeOnly.add(file);
      }
      videos.set(file, video);
    }
    return video;
  };
  const pace = (at: number): Promise<void> => (options.pace ? options.pace.sleepUntil(at, signal) : Promise.resolve());

  async function* silence(from: number, until: number | null, reason: string): AsyncGenerator<SourceEvent> {
    for (let at = from; until === null || at < until; at += SILENT_STEP_MS) {
      await pace(at);
      yield { kind: 'silent', at, since: from, reason };
    }
  }

  async function* readFile(open: OpenFile, from: number): AsyncGenerator<SourceEvent, number> {
    const fps = gear === 'glance' && options.glanceFps !== null ? options.glanceFps : options.fps;
    const periodMs = 1000 / fps;
    const first = Math.max(0, Math.ceil((from - open.startsAt) / periodMs - 1e-6));
    const size = fitWithin(open.video, options.limit);
    const seek = broken.has(open.file) ? 0 : first;
    const running: RunningFfmpeg = tools.run({
      input: inputOf(fileUrl(open.file), { seekSeconds: (seek * periodMs) / 1000, keyframesOnly: gear === 'glance' }),
      outputs: [frameOutput({ size, fps, sampling: 'grid', pixelAspect: open.video.pixelAspect })],
    });
    const abort = (): void => running.kill();
    signal.addEventListener('abort', abort, { once: true });
    let reached = from;
    let picture: { at: number; sample: Uint8Array } | null = null;
    try {
      let n = seek;
      for await (const raw of parsePgmStream(running.stdout)) {
        const at = Math.round(open.startsAt + n++ * periodMs);
        if (at >= open.endsAt) break;
        if (n <= first) continue;
        await pace(at);
        const frame: Frame = { at, seq: seq++, gear, image: { ...raw, matrix: open.video.matrix } };
        // The grid repeats a keyframe until the next one.
        // Compared by a sample of it: the picture itself is the reader's, who may use its memory for another.
        const sample = sampleOf(raw.data);
        if (gear === 'glance' && picture && Buffer.compare(picture.sample, sample) === 0) {
          if (at - picture.at > RAREST_KEYFRAMES_MS) {
            closeOnly.add(open.file);
            turn = { gear: 'close', fromAt: picture.at };
            return reached;
          }
        } else picture = { at, sample };
        yield { kind: 'frame', frame };
        reached = at + periodMs;
        if (turn) return reached;
      }
      signal.throwIfAborted();
      if (n <= first && from < open.endsAt - 2 * SEAM_MS) {
        yield {
          kind: 'failed',
          at: from,
          error: sourceFailure(fileUrl(open.file), running.log, 'no picture at this position'),
        };
      }
      return reached;
    } finally {
      signal.removeEventListener('abort', abort);
      running.kill();
    }
  }

  async function* events(): AsyncGenerator<SourceEvent> {
    const ring = createFileRing(options);
    let at = options.fromAt ?? index.startsAt;
    let connected: string | null = null;
    try {
      await pace(at);
      for (;;) {
        const lengths = index.segments.map(({ file }) => {
          const video = videos.get(file);
          return video && 'codec' in video ? video.durationMs : null;
        });
        let place = placeAt(index, lengths, at);
        if (place.kind === 'file' && !videos.has(place.file)) {
          await videoOf(place.file);
          continue;
        }
        if (place.kind === 'nothing') {
          if (place.until === null && !options.pace) break;
          if (place.until === null || place.until - at > SEAM_MS) {
            connected = null;
            yield* silence(at, place.until, 'no footage of this time');
          }
          if (place.until === null) break;
          at = place.until;
          continue;
        }
        const video = await videoOf(place.file);
        if (!('codec' in video)) {
          const next = index.segments[place.number + 1]?.startsAt ?? null;
          yield { kind: 'failed', at, error: video };
          if (next === null && !options.pace) break;
          connected = null;
          yield* silence(at, next, 'the footage of this time cannot be read');
          if (next === null) break;
          at = next;
          continue;
        }
        if (connected !== place.file) {
          yield { kind: 'connected', at, video, size: fitWithin(video, options.limit) };
          connected = place.file;
          await ring.enter(place.file, place.startsAt, video, at);
        }
        const period = 1000 / (gear === 'glance' && options.glanceFps !== null ? options.glanceFps : options.fps);
        const first = place.startsAt + Math.floor(video.firstMs / period) * period;
        if (first - at > SEAM_MS && first < place.endsAt) {
          yield* silence(at, first, 'the picture begins later');
          at = first;
        }
        turn = null;
        current = place.file;
        gear = closeOnly.has(current) || options.glanceFps === null ? 'close' : gear;
        const reader = readFile({ ...place, video }, at);
        let step = await reader.next();
        while (!step.done) {
          yield step.value;
          if (step.value.kind === 'frame') yield* ring.passed(step.value.frame.at);
          step = await reader.next();
        }
        const wanted = turn as { gear: Gear; fromAt: number | null } | null;
        if (wanted) {
          gear = wanted.gear;
          at = Math.max(index.startsAt, Math.min(wanted.fromAt ?? step.value, step.value));
          // Back into a stretch without footage: nothing to see there again.
          place = placeAt(index, lengths, at);
          if (place.kind === 'nothing' && place.until !== null) at = place.until;
          continue;
        }
        if (gear === 'glance' && place.endsAt - step.value > 0) {
          // The last keyframe's picture says nothing of what follows it.
          closeOnly.add(place.file);
          at = step.value;
          continue;
        }
        const endsAt = Number.isFinite(place.endsAt) ? place.endsAt : step.value;
        if (endsAt - step.value > SEAM_MS) yield* silence(step.value, endsAt, 'the footage breaks off');
        if (!Number.isFinite(place.endsAt))
          videos.set(place.file, { ...video, durationMs: Math.max(1, step.value - place.startsAt) });
        at = Math.max(endsAt, step.value);
        yield* ring.passed(at, true);
      }
      yield { kind: 'ended', at };
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      await ring.close();
    }
  }

  return {
    events,
    canGoBack: options.glanceFps !== null,
    framesDropped: 0,
    lookCloser: (fromAt) => {
      if (gear === 'glance') turn = { gear: 'close', fromAt };
    },
    relax: () => {
      if (gear === 'close' && options.glanceFps !== null && !(current && closeOnly.has(current)))
        turn = { gear: 'glance', fromAt: null };
    },
  };
}

/** A few thousand places spread over the picture. */
function sampleOf(data: Uint8Array): Uint8Array {
  const step = Math.max(1, Math.floor(data.length / 4_096)) | 1;
  const sample = new Uint8Array(Math.ceil(data.length / step));
  for (let i = 0, at = 0; at < data.length; i++, at += step) sample[i] = data[at] as number;
  return sample;
}

/** Cuts each file into segments when it is entered, and hands them over as time passes them. */
function createFileRing(options: RecordedOptions): {
  enter(file: string, startsAt: number, video: VideoInfo, from: number): Promise<void>;
  passed(at: number, fileIsOver?: boolean): AsyncGenerator<SourceEvent>;
  close(): Promise<void>;
} {
  const { segmentSeconds } = options;
  let folder: SegmentFolder | null = null;
  let entered: string | null = null;
  let waiting: RecordedSegment[] = [];
  const folders: SegmentFolder[] = [];
  return {
    async enter(file, startsAt, video, from) {
      if (segmentSeconds === null || entered === file) return;
      entered = file;
      folder = await openSegmentFolder({ codec: video.codec, seconds: segmentSeconds });
      folders.push(folder);
      await segmentFile(options.tools, fileUrl(file), folder, options.signal);
      waiting.push(...(await folder.finished(startsAt)).filter((segment) => segment.to > from));
    },
    async *passed(at, fileIsOver = false) {
      // The list counts from the first picture decoded, not shown: the last segment seems to reach a little beyond the file.
      const over = waiting.filter((segment) => fileIsOver || segment.to <= at);
      if (over.length === 0) return;
      waiting = waiting.filter((segment) => !over.includes(segment));
      for (const segment of over) yield { kind: 'segment', segment: { ...segment, to: Math.min(segment.to, at) } };
    },
    async close() {
      await Promise.all(folders.map((each) => each.remove()));
    },
  };
}
