import { readFile, rm } from 'node:fs/promises';
import type { RecordedSegment } from '../media/frame.ts';
import type { BlobStore } from '../platform/blobs.ts';
import type { Clock } from '../platform/clock.ts';
import { type Db, type Queryable, ts } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import type { RetentionPolicy } from '../platform/retention.ts';
import type { LeaseGuard } from './leases.ts';

interface Deps {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly guard?: LeaseGuard;
}

const isPinned = async (db: Queryable, cameraId: string, from: number, to: number): Promise<boolean> =>
  (
    await db.query(
      'select 1 from footage_pins where camera_id = $1 and released_at is null and from_at < $3 and to_at > $2 limit 1',
      [cameraId, ts(from), ts(to)],
    )
  ).rowCount > 0;

/** Takes a finished segment into the ring, encrypted, and removes its file. A segment that is there already stays as it is. */
export async function keepSegment(deps: Deps, cameraId: string, segment: RecordedSegment): Promise<void> {
  const { db, blobs, clock } = deps;
  try {
    const content = await readFile(segment.path);
    if (content.length === 0) return;
    const { from, to } = segment;
    const sha256 = await db.transaction(async (tx) => {
      await deps.guard?.(tx);
      const retentionClass = (await isPinned(tx, cameraId, from, to)) ? 'alert' : 'ring';
      const blob = await blobs.put(tx, content, { mediaType: segment.mediaType, retentionClass });
      await tx.query(
        `insert into footage_segments (id, camera_id, from_at, to_at, blob_sha256, size_bytes, created_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (camera_id, from_at) do nothing`,
        [
          derivedId('segment', cameraId, ts(from)),
          cameraId,
          ts(from),
          ts(to),
          blob.sha256,
          blob.sizeBytes,
          ts(clock.now()),
        ],
      );
      return blob.sha256;
    });
    // An alert may have pinned this stretch while we wrote, each of us blind to the other.
    if (await isPinned(db, cameraId, from, to)) await blobs.retain(db, sha256, 'alert');
  } finally {
    await rm(segment.path, { force: true });
  }
}

export interface KeptSegment {
  readonly from: number;
  readonly to: number;
  readonly sha256: Buffer;
}

/** The kept segment that shows a moment; null when none does. */
export async function segmentAt(db: Queryable, cameraId: string, at: number): Promise<KeptSegment | null> {
  const { rows } = await db.query<{ from_at: number; to_at: number; blob_sha256: Buffer }>(
    `select from_at, to_at, blob_sha256 from footage_segments
     where camera_id = $1 and from_at <= $2 and to_at > $2 order by from_at desc limit 1`,
    [cameraId, ts(at)],
  );
  const row = rows[0];
  return row ? { from: row.from_at, to: row.to_at, sha256: row.blob_sha256 } : null;
}

const SWEEP_BATCH = 500;

/**
 * Housekeeping: forgets segments that are older than the ring, unless an alert pins them or their file is kept for another
 * reason. Answers how many.
 */
export async function sweepRing(deps: Deps & { readonly retention: RetentionPolicy }): Promise<number> {
  const { db, blobs, clock, retention } = deps;
  const keptMs = retention.expiresAt('ring', 0);
  if (keptMs === null) return 0;
  const now = clock.now();
  let swept = 0;
  for (let batch = SWEEP_BATCH; batch === SWEEP_BATCH; swept += batch) {
    batch = await db.transaction(async (tx) => {
      const { rows } = await tx.query<{ id: string; blob_sha256: Buffer }>(
        `select s.id, s.blob_sha256 from footage_segments s
         where s.to_at < $1
           and not exists (select 1 from footage_pins p where p.camera_id = s.camera_id and p.released_at is null
                             and p.from_at < s.to_at and p.to_at > s.from_at)
           and not exists (select 1 from blobs b where b.sha256 = s.blob_sha256 and b.retention_class <> 'ring'
                             and (b.expires_at is null or b.expires_at > $2))
         order by s.to_at limit ${SWEEP_BATCH} for update of s skip locked`,
        [ts(now - keptMs), ts(now)],
      );
      await tx.query('delete from footage_segments where id = any($1::uuid[])', [rows.map(({ id }) => id)]);
      for (const row of rows) {
        const shared = await tx.query('select 1 from footage_segments where blob_sha256 = $1 limit 1', [
          row.blob_sha256,
        ]);
        if (shared.rowCount === 0) await blobs.remove(tx, row.blob_sha256);
      }
      return rows.length;
    });
  }
  return swept;
}
