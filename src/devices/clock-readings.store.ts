import type { Clock } from '../platform/clock.ts';
import { type Db, ts } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';
import { classifyClock } from './clock-class.ts';
import { devicesClock } from './devices.topics.ts';

/** Readings that say the same are kept so often at least: a series shows that it was measured. */
const KEEP_EVERY_MS = 6 * 3_600_000;
const KEPT_MS = 400 * 86_400_000;
const SAME_MS = 1_000;

/** Keeps what a live camera's clock was measured to show, and leaves word while it is wrong, and when it is right again. */
export async function keepClockReading(
  deps: { readonly db: Db; readonly outbox: Outbox; readonly clock: Clock },
  cameraId: string,
  reading: { readonly offsetMs: number; readonly uncertaintyMs: number; readonly source: string },
): Promise<void> {
  const { db, outbox } = deps;
  const now = deps.clock.now();
  await db.transaction(async (tx) => {
    const { rows } = await tx.query<{ measured_at: number; offset_ms: number; uncertainty_ms: number }>(
      `select measured_at, offset_ms, uncertainty_ms from camera_clock_readings where camera_id = $1
       order by measured_at desc limit 1`,
      [cameraId],
    );
    const last = rows[0];
    const noise = Math.max(SAME_MS, reading.uncertaintyMs);
    const same = last !== undefined && Math.abs(last.offset_ms - reading.offsetMs) <= noise;
    if (same && now - last.measured_at < KEEP_EVERY_MS) return;
    await tx.query(
      `insert into camera_clock_readings (camera_id, measured_at, offset_ms, uncertainty_ms, source)
       values ($1, $2, $3, $4, $5) on conflict (camera_id, measured_at) do nothing`,
      [cameraId, ts(now), reading.offsetMs, reading.uncertaintyMs, reading.source],
    );
    await tx.query('delete from camera_clock_readings where camera_id = $1 and measured_at < $2', [
      cameraId,
      ts(now - KEPT_MS),
    ]);
    // Also where it is what it was last time: a clock that creeps is never far from that.
    const isWrong = (at: number, offsetMs: number, uncertaintyMs: number): boolean =>
      classifyClock(at + offsetMs, at, uncertaintyMs).class !== 'ok';
    if (
      isWrong(now, reading.offsetMs, reading.uncertaintyMs) ||
      (last !== undefined && isWrong(last.measured_at, last.offset_ms, last.uncertainty_ms))
    )
      await outbox.add(tx, devicesClock, { cameraId }, { dedupeKey: cameraId });
  });
}
