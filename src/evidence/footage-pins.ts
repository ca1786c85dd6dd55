import type { BlobStore } from '../platform/blobs.ts';
import type { Clock } from '../platform/clock.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import type { FootageSpan } from './plan.ts';

/**
 * Keeps footage out of the ring's reach for an alert: a pin for each span (also over footage that has not arrived yet)
 * and the longer retention for every segment that is there already. Doing it again changes nothing; a pin that had been
 * released holds again.
 */
export async function pinFootage(
  tx: Tx,
  deps: { readonly clock: Clock; readonly blobs: BlobStore },
  pin: { readonly alertId: string; readonly spans: readonly FootageSpan[] },
): Promise<void> {
  for (const span of pin.spans) {
    const from = ts(span.from);
    const to = ts(span.to);
    await tx.query(
      `insert into footage_pins (id, alert_id, camera_id, from_at, to_at, created_at) values ($1, $2, $3, $4, $5, $6)
       on conflict (alert_id, camera_id, from_at, to_at) do update set released_at = null`,
      [
        derivedId('pin', pin.alertId, span.cameraId, from, to),
        pin.alertId,
        span.cameraId,
        from,
        to,
        ts(deps.clock.now()),
      ],
    );
    const segments = await tx.query<{ blob_sha256: Buffer }>(
      'select blob_sha256 from footage_segments where camera_id = $1 and from_at < $3 and to_at > $2',
      [span.cameraId, from, to],
    );
    for (const segment of segments.rows) await deps.blobs.retain(tx, segment.blob_sha256, 'alert');
  }
}

/** The alert was taken back: footage that arrives from now on need not be kept for it. */
export async function releasePins(tx: Tx, clock: Clock, alertId: string): Promise<void> {
  await tx.query('update footage_pins set released_at = $2 where alert_id = $1 and released_at is null', [
    alertId,
    ts(clock.now()),
  ]);
}

/**
 * Alerts whose pins cover some of a stretch of a camera's footage (device time).
 */
export async function pinsCovering(db: Queryable, cameraId: string, from: number, to: number): Promise<string[]> {
  const { rows } = await db.query<{ alert_id: string }>(
    `select distinct alert_id from footage_pins
     where camera_id = $1 and released_at is null and from_at < $3 and to_at > $2 order by alert_id`,
    [cameraId, ts(from), ts(to)],
  );
  return rows.map((row) => row.alert_id);
}

const KEEP_BATCH = 1_000;

/**
 * Keeps pinned footage that slipped through: a segment and a pin that were written at the same moment, each blind to the
 * other. Run it well within the ring's length; answers how many files it kept.
 */
export async function keepPinnedFootage(db: Queryable, blobs: BlobStore): Promise<number> {
  const { rows } = await db.query<{ blob_sha256: Buffer }>(
    `select distinct s.blob_sha256 from footage_pins p
     join footage_segments s on s.camera_id = p.camera_id and s.from_at < p.to_at and s.to_at > p.from_at
     join blobs b on b.sha256 = s.blob_sha256
     where p.released_at is null and b.retention_class = 'ring' limit ${KEEP_BATCH}`,
  );
  for (const row of rows) await blobs.retain(db, row.blob_sha256, 'alert');
  return rows.length;
}
