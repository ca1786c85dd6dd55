import { stat } from 'node:fs/promises';
import type { WatchedCamera } from '../devices/camera.store.ts';
import { noteReading } from '../devices/camera-reading.store.ts';
import { GOP_REMEDY } from '../media/gop-limit.ts';
import { type MediaTools, normaliseSource } from '../media/probe.ts';
import type { Slots } from '../media/slots.ts';
import { isFootage, openSource } from '../media/source.ts';
import type { StartPacer } from '../media/start-pacer.ts';
import { DomainError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { type CameraSession, createCameraSession } from './camera-session.ts';
import { loadViews, saveView } from './camera-views.store.ts';
import { watchClock } from './clock-watch.ts';
import { driveSession } from './drive.ts';
import type { FaceReader } from './face-reader.ts';
import { keepSegment } from './footage-ring.ts';
import type { HealthLimits } from './health.ts';
import { LeaseLost } from './leases.ts';
import { createPresenceSink, type SinkDeps } from './presence-sink.ts';
import { takeUpFootage, takeUpLive } from './resume.ts';
import { createStillTaker, type StillTaker } from './still-taker.ts';
import type { WatermarkPlace } from './watermark-board.ts';

export interface RunnerDeps extends SinkDeps {
  readonly tools: MediaTools;
  readonly reader: FaceReader;
  /** The installation's switch; the clinic has its own. */
  readonly faceRecognition: boolean;
  /** The main stream of a camera whose sub-stream this is, where that is known. */
  readonly mainStreamOf?: (url: string) => string | null;
  /** Who may decode whole groups of pictures at the same time, over all cameras of the process. */
  readonly slots?: Slots;
  /** Paces the connections of all cameras of the process. */
  readonly starts?: StartPacer;
  /** Where a live camera leaves its watermarks; left out: each is written by itself. */
  readonly watermarks?: WatermarkPlace;
  /** Left out: the defaults. */
  readonly healthLimits?: HealthLimits;
  readonly log: Logger;
}

/** A camera under watch. */
export interface CameraRunner {
  /** Stills were ordered: look for them now. */
  stillsOrdered(): void;
  /** Resolves when the camera has been let go, its appearances closed. */
  readonly done: Promise<void>;
}

const SEGMENT_SECONDS = 20;
/** Whoever settles is looked for until so long after, or after we heard of it. */
const EXPECTED_AFTER_MS = 5_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 60_000;
/** A run that went well for so long starts the pauses from the beginning. */
const GOOD_RUN_MS = 60_000;

/** Watches one camera until the signal: whatever breaks is logged, and the camera taken up again where it was left. */
export function runCamera(deps: RunnerDeps, camera: WatchedCamera, letGo: AbortSignal): CameraRunner {
  const lost = new AbortController();
  const signal = AbortSignal.any([letGo, lost.signal]);
  const log = deps.log.child({ cameraId: camera.id, clinicCode: camera.clinicCode });
  const live = camera.sourceUrl !== null && !isFootage(camera.sourceUrl) && normaliseSource(camera.sourceUrl).live;
  const stills = createStillTaker({ ...deps, log }, { id: camera.id, live }, signal);
  const loop = async (): Promise<void> => {
    let pauseMs = RETRY_FIRST_MS;
    while (!signal.aborted) {
      const beganAt = performance.now();
      try {
        await watchOnce({ ...deps, log }, camera, signal, stills);
        if (signal.aborted) return;
      } catch (error) {
        if (signal.aborted && isAbort(error)) return;
        if (error instanceof LeaseLost) {
          log.warn('another worker reads this camera: nothing more is written');
          lost.abort();
          return;
        }
        log.error(describeError(error), 'watching the camera broke off; taking it up again');
      }
      if (performance.now() - beganAt > GOOD_RUN_MS) pauseMs = RETRY_FIRST_MS;
      await deps.tools.timer.sleep(pauseMs, signal).catch(() => undefined);
      pauseMs = Math.min(RETRY_MOST_MS, pauseMs * 2);
    }
  };
  return { stillsOrdered: stills.ordered, done: Promise.all([loop(), stills.done]).then(() => undefined) };
}

const sizeOf = async (path: string): Promise<number> => (await stat(path).catch(() => null))?.size ?? 0;

const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';

const describeError = (error: unknown): object =>
  error instanceof DomainError
    ? { code: error.code, err: error.message, remedy: error.details.remedy }
    : { err: error instanceof Error ? (error.stack ?? error.message) : String(error) };

async function watchOnce(
  deps: RunnerDeps,
  camera: WatchedCamera,
  signal: AbortSignal,
  stills: StillTaker,
): Promise<void> {
  const { log, clock, tools } = deps;
  const url = camera.sourceUrl;
  if (url === null) return;
  const footage = isFootage(url);
  const { options } = camera;
  const live = !footage && normaliseSource(url).live;
  const sink = createPresenceSink(deps, camera, live ? deps.watermarks : undefined);
  // What a run that broke off had seen to the end is known.
  await sink.flush();
  const takeUp = footage ? await takeUpFootage(deps, camera.id) : await takeUpLive(deps, camera);
  const mainUrl = live ? (deps.mainStreamOf?.(url) ?? null) : null;
  const source = await openSource({
    ...{ tools, clock, url, signal },
    ...(takeUp.fromAt === null ? {} : { fromAt: takeUp.fromAt }),
    ...(footage || live ? {} : { startsAt: clock.now() }),
    ...(options.fps === undefined ? {} : { fps: options.fps }),
    ...(options.transport === undefined ? {} : { transport: options.transport }),
    ...(options.watchdogMs === undefined ? {} : { watchdogMs: options.watchdogMs }),
    segmentSeconds: options.record === false ? null : SEGMENT_SECONDS,
    ...(deps.slots ? { slots: deps.slots } : {}),
    ...(deps.starts ? { starts: deps.starts } : {}),
    ...(mainUrl === null ? {} : { mainUrl }),
  });
  const session: CameraSession = createCameraSession({
    cameraId: camera.id,
    reader: deps.reader,
    recognise: deps.faceRecognition && camera.faceRecognition,
    canGoBack: source.canGoBack,
    glances: live ? 'arrival' : 'grid',
    ...(options.goneAfterMs === undefined ? {} : { goneAfterMs: options.goneAfterMs }),
    ...(deps.healthLimits ? { healthLimits: deps.healthLimits } : {}),
    resume: takeUp.resume,
    views: await loadViews(deps, camera.id),
    onView: (known) => {
      saveView(deps, camera.id, known).catch((error: Error) =>
        log.warn({ err: error.message }, 'the usual view of the camera could not be kept'),
      );
    },
  });
  const left = new AbortController();
  const clockWatch = live
    ? watchClock(deps, { id: camera.id, url }, AbortSignal.any([signal, left.signal]))
    : Promise.resolve();
  let read = 0;
  let video: { readonly codec: string; readonly pixels: number } | null = null;
  let groupMs: number | null = null;
  stills.reached(takeUp.resume.watermark ?? 0);
  stills.footage(source.footageAt ? (at) => source.footageAt?.(at) ?? null : null);
  stills.onSettlement((at) => session.expect(Math.max(at, clock.now()) + EXPECTED_AFTER_MS));

  log.info({ footage, resumedAt: takeUp.fromAt }, 'watching');
  const watching = driveSession({
    source,
    session,
    before: async (event) => {
      if (event.kind === 'frame') {
        read++;
      } else if (event.kind === 'silent') {
        stills.reached(event.at);
      } else if (event.kind === 'segment') {
        const { from, to } = event.segment;
        if (video !== null)
          session.amount({ ...video, from, to, bytes: await sizeOf(event.segment.path), gopMs: groupMs });
        await keepSegment(deps, camera.id, event.segment);
      } else if (event.kind === 'connected') {
        const { codec, width, height, fps } = event.video;
        video = { codec, pixels: width * height };
        log.info({ codec, width, height, fps }, 'the camera shows a picture');
      } else if (event.kind === 'reading') {
        const { reading, gopMs } = event;
        groupMs = gopMs;
        if (reading === 'keyframes') log.info({ reading, gopMs }, 'its keyframes are watched');
        else log.warn({ reading, gopMs, remedy: GOP_REMEDY.en }, 'its keyframes are too rare: every frame is decoded');
        await noteReading(deps.db, deps.clock, camera.id, event);
      } else if (event.kind === 'failed') {
        log.warn(
          { err: event.error.message, ffmpeg: event.error.details.ffmpeg, remedy: event.error.details.remedy },
          'no picture from the camera',
        );
      }
    },
    after: (frame) => {
      stills.ring.push(frame);
      stills.reached(frame.at);
    },
    out: (events) => sink.write(events, { read, dropped: source.framesDropped }),
  });
  try {
    await watching;
  } finally {
    left.abort();
    await clockWatch;
    stills.footage(null);
    stills.onSettlement(null);
  }
  await sink.flush();
}
