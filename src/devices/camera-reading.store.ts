import type { Clock } from '../platform/clock.ts';
import { type Queryable, ts } from '../platform/db.ts';

/** How a live camera's stream is read, as its worker last found. */
export interface CameraReading {
  readonly reading: 'keyframes' | 'every_frame';
  /** Median length of its groups of pictures; null: longer than was waited for. */
  readonly gopMs: number | null;
  readonly notedAt: number;
}

export async function noteReading(
  db: Queryable,
  clock: Clock,
  cameraId: string,
  { reading, gopMs }: Pick<CameraReading, 'reading' | 'gopMs'>,
): Promise<void> {
  await db.query(
    `insert into camera_readings (camera_id, reading, gop_ms, noted_at) values ($1, $2, $3, $4)
     on conflict (camera_id) do update set reading = excluded.reading, noted_at = excluded.noted_at,
       -- What was measured stays known when a later connection had no time to measure.
       gop_ms = case when excluded.reading = camera_readings.reading then coalesce(excluded.gop_ms, camera_readings.gop_ms)
                     else excluded.gop_ms end`,
    [cameraId, reading, gopMs === null ? null : Math.round(gopMs), ts(clock.now())],
  );
}

/** Of those cameras that were ever read live. */
export async function readingsOf(db: Queryable, cameraIds: readonly string[]): Promise<Map<string, CameraReading>> {
  const { rows } = await db.query<{
    camera_id: string;
    reading: CameraReading['reading'];
    gop_ms: number | null;
    noted_at: number;
  }>('select camera_id, reading, gop_ms, noted_at from camera_readings where camera_id = any($1::text[])', [cameraIds]);
  return new Map(
    rows.map((row) => [row.camera_id, { reading: row.reading, gopMs: row.gop_ms, notedAt: row.noted_at }]),
  );
}
