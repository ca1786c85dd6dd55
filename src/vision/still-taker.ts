import { frameMemory } from '../media/frame-memory.ts';
import { type Db, ts } from '../platform/db.ts';
import type { RunnerDeps } from './camera-runner.ts';
import { takeStills } from './snapshots.ts';
import { createStillRing, type StillRing } from './still-ring.ts';

type FootageAt = (at: number) => { readonly path: string; readonly from: number } | null;

/** Takes a camera's ordered stills beside the watching: an order must not wait for the next picture, nor a picture for an order. */
export interface StillTaker {
  /** The last pictures. A picture is handed over when nobody else needs it any more: its memory is used again. */
  readonly ring: StillRing;
  /** Pictures have been read up to this device time. */
  reached(at: number): void;
  /** There are new orders. */
  readonly ordered: () => void;
  /** Where the stream's last seconds are while it is watched; null: nowhere but in memory. */
  footage(at: FootageAt | null): void;
  /** Told of settlements whose stills were ordered, with their moment in device time: somebody is said to be there. */
  onSettlement(tell: ((at: number) => void) | null): void;
  /** Resolves some time after the signal. */
  readonly done: Promise<void>;
}

/** Real time between looks while there are orders that could not be taken yet … */
const LOOK_EVERY_MS = 2_000;
/** … and for orders that were not announced. */
const LOOK_AT_LEAST_EVERY_MS = 12_000;
/** Settlements that are older, or dated further ahead, say nothing about who stands there now. Device time. */
const EXPECT_WITHIN_MS = 60_000;
/** Two pictures a second apart hold a moment that has just passed; what is older, the footage shows. */
const PICTURES_BESIDE_FOOTAGE = 2;

export function createStillTaker(
  deps: Pick<RunnerDeps, 'db' | 'blobs' | 'tools' | 'log'>,
  camera: { readonly id: string; readonly live: boolean },
  signal: AbortSignal,
): StillTaker {
  const ring = createStillRing(
    camera.live ? PICTURES_BESIDE_FOOTAGE : undefined,
    // The session is done with it, and pictures are taken of it without waiting in between.
    ({ image }) => frameMemory.give(image.data),
  );
  let reached = 0;
  let footageAt: FootageAt | null = null;
  let tell: ((at: number) => void) | null = null;
  let announced = false;
  let waiting = true;
  let wake: (() => void) | undefined;
  const ordered = (): void => {
    announced = true;
    wake?.();
  };
  signal.addEventListener('abort', ordered, { once: true });

  const loop = async (): Promise<void> => {
    while (!signal.aborted) {
      if (announced && tell !== null) {
        announced = false;
        const at = await lastSettlement(deps.db, camera.id, reached).catch(() => null);
        if (at !== null) tell?.(at);
      }
      if (reached > 0) {
        waiting = await takeStills(deps, { id: camera.id, ring, reached, ...(footageAt ? { footageAt } : {}) }).then(
          (answer) => answer.waiting,
          (error: Error) => {
            deps.log.warn({ err: error.message }, 'ordered stills could not be taken; trying again');
            return true;
          },
        );
      }
      if (signal.aborted) return;
      const over = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        deps.tools.timer
          .sleep(camera.live && !waiting ? LOOK_AT_LEAST_EVERY_MS : LOOK_EVERY_MS, over.signal)
          .catch(() => undefined),
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
    footage: (at) => {
      footageAt = at;
    },
    onSettlement: (listener) => {
      tell = listener;
    },
    done: loop(),
  };
}

/** The newest moment of a settlement for which this camera was asked for a still that is still to be taken. */
async function lastSettlement(db: Db, cameraId: string, reached: number): Promise<number | null> {
  const { rows } = await db.query<{ planned_at: number | null }>(
    `select max(planned_at) as planned_at from snapshots
     where camera_id = $1 and state = 'pending' and trigger_kind = 'settlement' and planned_at between $2 and $3`,
    [cameraId, ts(reached - EXPECT_WITHIN_MS), ts(reached + EXPECT_WITHIN_MS)],
  );
  return rows[0]?.planned_at ?? null;
}
