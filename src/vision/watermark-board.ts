import { advanceWatermarks } from '../ledgers/presence/watermark.store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import type { Logger } from '../platform/log.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { CameraLeases } from './leases.ts';

/** How far a camera's footage was processed, and the frames since it was last written. */
export interface PostedMark {
  readonly until: number;
  readonly read: number;
  readonly dropped: number;
}

/** Where one camera posts its watermarks while nothing else happens at it. */
export interface WatermarkPlace {
  /** What was promised up to there must be stored already. */
  post(mark: PostedMark): void;
  /** What waits, to be written by the caller. */
  take(): PostedMark | null;
  /** The camera has been let go of: what waits is forgotten, and nothing more is taken. */
  leave(): void;
}

/**
 * Watermarks of all quiet cameras of a worker, written in one transaction: hundreds of cameras share a database, and to commit
 * for each by itself would cost more than watching an empty room.
 */
export interface WatermarkBoard {
  placeOf(camera: { readonly id: string; readonly clinicCode: string }, token: number): WatermarkPlace;
  /** Writes what waits. */
  flush(): Promise<void>;
  /** Takes nothing more. Resolves when nothing is being written. */
  close(): Promise<void>;
}

/** Nobody waits for the last seconds of an empty room. */
const EVERY_MS = 5_000;

interface Waiting extends PostedMark {
  readonly clinicCode: string;
  readonly token: number;
}

export function createWatermarkBoard(deps: {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly leases: Pick<CameraLeases, 'surelyHeld'>;
  readonly log: Logger;
}): WatermarkBoard {
  const { db, leases, log } = deps;
  let waiting = new Map<string, Waiting>();
  /** Under which lease each camera posts: what was posted under another is not ours to write. */
  const tokens = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  const post = (cameraId: string, mark: Waiting): void => {
    if (tokens.get(cameraId) !== mark.token) return;
    const old = waiting.get(cameraId);
    waiting.set(cameraId, old?.token === mark.token ? together(old, mark) : mark);
    timer ??= setTimeout(() => void flush(), EVERY_MS);
  };

  const write = async (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    const marks = waiting;
    waiting = new Map();
    if (marks.size === 0) return;
    const written = new Set<string>();
    try {
      const held = await db.transaction(async (tx) => {
        const sure = await leases.surelyHeld(tx, new Map([...marks].map(([id, { token }]) => [id, token])));
        await advanceWatermarks(
          tx,
          deps,
          [...marks]
            .filter(([id]) => sure.has(id))
            .map(([cameraId, { clinicCode, until, read, dropped }]) => ({
              ...{ cameraId, clinicCode, until },
              ...{ framesRead: read, framesDropped: dropped },
            })),
        );
        return sure;
      });
      for (const id of held) written.add(id);
    } catch (error) {
      log.warn({ err: (error as Error).message, cameras: marks.size }, 'watermarks could not be written yet');
    }
    // The others wait for the next time, or until their cameras are let go of.
    for (const [id, mark] of marks) if (!written.has(id)) post(id, mark);
  };

  const flush = (): Promise<void> => {
    writing = writing.then(write);
    return writing;
  };

  return {
    placeOf({ id, clinicCode }, token) {
      tokens.set(id, token);
      const take = (): PostedMark | null => {
        const mark = waiting.get(id);
        if (mark?.token !== token) return null;
        waiting.delete(id);
        return mark;
      };
      return {
        post: (mark) => post(id, { ...mark, clinicCode, token }),
        take,
        leave() {
          if (tokens.get(id) === token) tokens.delete(id);
          take();
        },
      };
    },
    flush,
    close() {
      tokens.clear();
      clearTimeout(timer);
      return writing;
    },
  };
}

const together = (a: Waiting, b: Waiting): Waiting => ({
  ...a,
  until: Math.max(a.until, b.until),
  read: a.read + b.read,
  dropped: a.dropped + b.dropped,
});
