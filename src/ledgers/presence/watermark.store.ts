import type { Clock } from '../../platform/clock.ts';
import type { Queryable, Tx } from '../../platform/db.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { tellOutbox } from '../../platform/tell.ts';
import { pgPresenceRows } from './pg-store.ts';
import { presenceWatermark } from './presence.topics.ts';
import type { PresenceStore } from './store.ts';

export interface Watermark {
  readonly cameraId: string;
  /** Every appearance with `from` before it has been stored. Device time, epoch ms. */
  readonly until: number;
  readonly framesRead: number;
  /** Missed because analysis was slower than a live camera. */
  readonly framesDropped: number;
}

/** Moves a camera's watermark forward, never back, adds to its counts, and leaves word for reconcile. */
export async function moveWatermark(
  store: Pick<PresenceStore, 'raiseWatermark' | 'tell'>,
  deps: { readonly clock: Clock },
  clinicCode: string,
  mark: Watermark,
): Promise<void> {
  const { cameraId } = mark;
  const until = await store.raiseWatermark({
    camera_id: cameraId,
    until_at: mark.until,
    frames_read: mark.framesRead,
    frames_dropped: mark.framesDropped,
    updated_at: deps.clock.now(),
  });
  await store.tell(presenceWatermark, [{ payload: { cameraId, clinicCode, until }, options: { dedupeKey: cameraId } }]);
}

export const advanceWatermark = (
  tx: Tx,
  deps: { readonly clock: Clock; readonly outbox: Outbox },
  clinicCode: string,
  mark: Watermark,
): Promise<void> => moveWatermark({ ...pgPresenceRows(tx), tell: tellOutbox(tx, deps.outbox) }, deps, clinicCode, mark);

/** Watermarks of some cameras; those that never had one are absent. */
export async function watermarksOf(db: Queryable, cameraIds: readonly string[]): Promise<Map<string, Watermark>> {
  const { rows } = await db.query<{ camera_id: string; until_at: number; frames_read: number; frames_dropped: number }>(
    'select camera_id, until_at, frames_read, frames_dropped from camera_watermarks where camera_id = any($1::text[])',
    [cameraIds],
  );
  return new Map(
    rows.map((row) => [
      row.camera_id,
      {
        cameraId: row.camera_id,
        until: row.until_at,
        framesRead: row.frames_read,
        framesDropped: row.frames_dropped,
      },
    ]),
  );
}
