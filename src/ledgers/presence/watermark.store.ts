import type { Clock } from '../../platform/clock.ts';
import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { presenceWatermark } from './presence.topics.ts';

export interface Watermark {
  readonly cameraId: string;
  /** Every appearance with `from` before it has been stored. Device time, epoch ms. */
  readonly until: number;
  readonly framesRead: number;
  /** Missed because analysis was slower than a live camera. */
  readonly framesDropped: number;
}

/** Moves a camera's watermark forward, never back, adds to its counts, and leaves word for reconcile. */
export async function advanceWatermark(
  tx: Tx,
  deps: { readonly clock: Clock; readonly outbox: Outbox },
  clinicCode: string,
  mark: Watermark,
): Promise<void> {
  const { rowCount } = await tx.query(
    `insert into camera_watermarks (camera_id, until_at, frames_read, frames_dropped, updated_at) values ($1, $2, $3, $4, $5)
     on conflict (camera_id) do update set until_at = greatest(camera_watermarks.until_at, excluded.until_at),
       frames_read = camera_watermarks.frames_read + excluded.frames_read,
       frames_dropped = camera_watermarks.frames_dropped + excluded.frames_dropped, updated_at = excluded.updated_at`,
    [mark.cameraId, ts(mark.until), mark.framesRead, mark.framesDropped, ts(deps.clock.now())],
  );
  if (rowCount === 0) return;
  await deps.outbox.add(
    tx,
    presenceWatermark,
    { cameraId: mark.cameraId, clinicCode, until: mark.until },
    { dedupeKey: mark.cameraId },
  );
}

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
