import type { RunnerDeps } from './camera-runner.ts';
import { takeStills } from './snapshots.ts';
import { createStillRing, type StillRing } from './still-ring.ts';

/** Takes a camera's ordered stills beside the watching: an order must not wait for the next picture, nor a picture for an order. */
export interface StillTaker {
  readonly ring: StillRing;
  /** Pictures have been read up to this device time. */
  reached(at: number): void;
  /** There are new orders. */
  readonly ordered: () => void;
  /** Resolves some time after the signal. */
  readonly done: Promise<void>;
}

/** Real time between looks for orders that were not announced, or whose moment has come since. */
const LOOK_EVERY_MS = 2_000;

export function createStillTaker(
  deps: Pick<RunnerDeps, 'db' | 'blobs' | 'tools' | 'log'>,
  cameraId: string,
  signal: AbortSignal,
): StillTaker {
  const ring = createStillRing();
  let reached = 0;
  let wake: (() => void) | undefined;
  const ordered = (): void => wake?.();
  signal.addEventListener('abort', ordered, { once: true });

  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      if (reached > 0) {
        await takeStills(deps, { id: cameraId, ring, reached }).catch((error: Error) =>
          deps.log.warn({ err: error.message }, 'ordered stills could not be taken; trying again'),
        );
      }
      const over = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        deps.tools.timer.sleep(LOOK_EVERY_MS, over.signal).catch(() => undefined),
      ]);
      over.abort();
    }
  };
  return {
    ring,
    reached: (at) => {
      reached = Math.max(reached, at);
    },
    ordered,
    done: loop(),
  };
}
