import type { WatchedCamera } from '../devices/camera.store.ts';
import { type MediaTools, normaliseSource } from '../media/probe.ts';
import { isFootage, openSource } from '../media/source.ts';
import { DomainError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { type CameraSession, createCameraSession } from './camera-session.ts';
import { driveSession } from './drive.ts';
import type { FaceReader } from './face-reader.ts';
import { keepSegment } from './footage-ring.ts';
import { createPresenceSink, type SinkDeps } from './presence-sink.ts';
import { takeUpFootage, takeUpLive } from './resume.ts';
import { createStillTaker, type StillTaker } from './still-taker.ts';

export interface RunnerDeps extends SinkDeps {
  readonly tools: MediaTools;
  readonly reader: FaceReader;
  /** The installation's switch; the clinic has its own. */
  readonly faceRecognition: boolean;
  readonly log: Logger;
}

/** A camera under watch. */
export interface CameraRunner {
  /** Stills were ordered: look for them now. */
  stillsOrdered(): void;
  /** Resolves when the camera has been let go, its appearances closed. */
  readonly done: Promise<void>;
}

const SEGMENT_SECONDS = 10;
const RETRY_FIRST_MS = 1_000;
const RETRY_MOST_MS = 60_000;
/** A run that went well for so long starts the pauses from the beginning. */
const GOOD_RUN_MS = 60_000;

/** Watches one camera until the signal: whatever breaks is logged, and the camera taken up again where it was left. */
export function runCamera(deps: RunnerDeps, camera: WatchedCamera, signal: AbortSignal): CameraRunner {
  const log = deps.log.child({ cameraId: camera.id, clinicCode: camera.clinicCode });
  const stills = createStillTaker({ ...deps, log }, camera.id, signal);
  const loop = async (): Promise<void> => {
    let pauseMs = RETRY_FIRST_MS;
    while (!signal.aborted) {
      const beganAt = performance.now();
      try {
        await watchOnce({ ...deps, log }, camera, signal, stills);
        if (signal.aborted) return;
      } catch (error) {
        if (signal.aborted && isAbort(error)) return;
        log.error(describeError(error), 'watching the camera broke off; taking it up again');
      }
      if (performance.now() - beganAt > GOOD_RUN_MS) pauseMs = RETRY_FIRST_MS;
      await deps.tools.timer.sleep(pauseMs, signal).catch(() => undefined);
      pauseMs = Math.min(RETRY_MOST_MS, pauseMs * 2);
    }
  };
  return { stillsOrdered: stills.ordered, done: Promise.all([loop(), stills.done]).then(() => undefined) };
}

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
  const takeUp = footage ? await takeUpFootage(deps, camera.id) : await takeUpLive(deps, camera);
  const { options } = camera;
  const source = await openSource({
    ...{ tools, clock, url, signal },
    ...(takeUp.fromAt === null ? {} : { fromAt: takeUp.fromAt }),
    ...(footage || normaliseSource(url).live ? {} : { startsAt: clock.now() }),
    ...(options.fps === undefined ? {} : { fps: options.fps }),
    ...(options.transport === undefined ? {} : { transport: options.transport }),
    ...(options.watchdogMs === undefined ? {} : { watchdogMs: options.watchdogMs }),
    segmentSeconds: options.record === false ? null : SEGMENT_SECONDS,
  });
  const session: CameraSession = createCameraSession({
    cameraId: camera.id,
    reader: deps.reader,
    recognise: deps.faceRecognition && camera.faceRecognition,
    canGoBack: source.canGoBack,
    ...(options.goneAfterMs === undefined ? {} : { goneAfterMs: options.goneAfterMs }),
    resume: takeUp.resume,
  });
  const sink = createPresenceSink(deps, camera);
  let read = 0;
  stills.reached(takeUp.resume.watermark ?? 0);

  log.info({ footage, resumedAt: takeUp.fromAt }, 'watching');
  await driveSession({
    source,
    session,
    before: async (event) => {
      if (event.kind === 'frame') {
        read++;
        stills.ring.push(event.frame);
        stills.reached(event.frame.at);
      } else if (event.kind === 'silent') {
        stills.reached(event.at);
      } else if (event.kind === 'segment') {
        await keepSegment(deps, camera.id, event.segment);
      } else if (event.kind === 'connected') {
        const { codec, width, height, fps } = event.video;
        log.info({ codec, width, height, fps }, 'the camera shows a picture');
      } else if (event.kind === 'failed') {
        log.warn(
          { err: event.error.message, ffmpeg: event.error.details.ffmpeg, remedy: event.error.details.remedy },
          'no picture from the camera',
        );
      }
    },
    out: (events) => sink.write(events, { read, dropped: source.framesDropped }),
  });
  await sink.flush();
}
