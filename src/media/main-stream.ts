import { createDroppingQueue } from './bounded-queue.ts';
import type { VideoInfo } from './ffmpeg/probe-output.ts';
import { type ConnectionOptions, openConnection } from './live-connection.ts';
import type { RawFrame } from './pgm-stream.ts';

/** A picture of the main stream, by the time of its arrival. */
export interface MainPicture {
  readonly at: number;
  readonly raw: RawFrame;
  readonly matrix: VideoInfo['matrix'];
}

/** A camera's main stream, connected to only while somebody is looked at closely: larger faces for the best shots. */
export interface MainStream {
  /** Whether it ever showed a picture. */
  readonly shows: boolean;
  /** When the oldest picture that waits came; null: none does. */
  readonly waitingSince: number | null;
  /** Null: it has ended, or never began. */
  next(): Promise<MainPicture | null>;
  readonly dropped: number;
  close(): Promise<void>;
}

/** There is none, or it cannot be read now. */
export const NO_MAIN: MainStream = {
  ...{ shows: false, waitingSince: null, dropped: 0 },
  next: async () => null,
  close: async () => undefined,
};

/** Longer than a group of the sub-stream at four pictures a second: the change-over leaves no gap. */
const WAITING_PICTURES = 12;

export function openMainStream(options: Omit<ConnectionOptions, 'patient' | 'reading' | 'segmentSeconds'>): MainStream {
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const queue = createDroppingQueue<MainPicture>(WAITING_PICTURES);
  let shows = false;
  const running = (async () => {
    const connection = await openConnection({
      ...options,
      ...{ patient: false, reading: 'every_frame', segmentSeconds: null, signal },
    });
    for await (const { at, raw } of connection.pictures()) {
      shows = true;
      queue.push({ at, raw, matrix: connection.video.matrix });
    }
  })()
    .catch(() => undefined) // the sub-stream goes on, and says what is wrong with the camera
    .finally(() => queue.close());
  return {
    get shows() {
      return shows;
    },
    get waitingSince() {
      return queue.peek()?.at ?? null;
    },
    next: () => queue.take(),
    get dropped() {
      return queue.dropped;
    },
    async close() {
      over.abort();
      await running;
    },
  };
}
