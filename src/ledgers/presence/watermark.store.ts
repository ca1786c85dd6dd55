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

/** Moves cameras' watermarks forward, never back, adds to their counts, and leaves word for reconcile. */
export async function moveWatermarks(
  store: Pick<PresenceStore, 'raiseWatermarks' | 'tell'>,
  deps: { readonly clock: Clock },
  marks: readonly (Watermark & { readonly clinicCode: string })[],
): Promise<void> {
  if (marks.length === 0) return;
  const raised = await store.raiseWatermarks(
    marks.map((mark) => ({
      camera_id: mark.cameraId,
      until_at: mark.until,
      frames_read: mark.framesRead,
      frames_dropped: mark.framesDropped,
      updated_at: deps.clock.now(),
    })),
  );
  await store.tell(
    presenceWatermark,
    marks.map(({ cameraId, clinicCode, until }) => ({
      payload: { cameraId, clinicCode, until: raised.get(cameraId) ?? until },
      options: { dedupeKey: cameraId },
    })),
  );
}

export const advanceWatermarks = (
  tx: Tx,
  deps: { readonly clock: Clock; readonly outbox: Outbox },
  marks: readonly (Watermark & { readonly clinicCode: string })[],
): Promise<void> => moveWatermarks({ ...pgPresenceRows(tx), tell: tellOutbox(tx, deps.outbox) }, deps, marks);

export const advanceWatermark = (
  tx: Tx,
  deps: { readonly clock: Clock; readonly outbox: Outbox },
  clinicCode: string,
  mark: Watermark,
): Promise<void> => advanceWatermarks(tx, deps, [{ ...mark, clinicCode }]);

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
