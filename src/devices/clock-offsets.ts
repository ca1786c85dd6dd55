import type { DeviceStore } from './store.ts';

export interface MeasuredOffset {
  readonly cameraId: string;
  /** Device less true time. */
  readonly offsetMs: number;
  /** How far it may be off. */
  readonly uncertaintyMs: number;
  readonly source: string;
  /** True time. */
  readonly measuredAt: number;
  /** True time from which the first measurement of a camera counts: what it saw before was seen by the same clock. */
  readonly since: number;
}

/** Clocks drift by seconds a day and are measured with noise: a smaller change says nothing new. */
const SAME_MS = 1_000;

/** Keeps a measurement of a camera's clock. One that says what the newest says adds nothing. @returns whether it was kept */
export async function keepOffset(
  store: Pick<DeviceStore, 'newestOffset' | 'putOffset'>,
  measured: MeasuredOffset,
): Promise<boolean> {
  const newest = await store.newestOffset(measured.cameraId);
  const same =
    newest !== null &&
    Math.abs(newest.offset_ms - measured.offsetMs) <= SAME_MS &&
    newest.uncertainty_ms === measured.uncertaintyMs;
  if (same) return false;
  await store.putOffset({
    camera_id: measured.cameraId,
    measured_at: newest === null ? Math.min(measured.since, measured.measuredAt) : measured.measuredAt,
    offset_ms: measured.offsetMs,
    uncertainty_ms: measured.uncertaintyMs,
    source: measured.source,
  });
  return true;
}
