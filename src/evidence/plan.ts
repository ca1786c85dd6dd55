/** Pure: which camera is to take a still at which moment, and which footage an alert keeps. Times in epoch ms. */

export interface ClinicCamera {
  readonly id: string;
  /** med_type codes whose settlements need this camera; empty: all. */
  readonly requiredMedTypes: readonly string[];
  /** device - true, as last measured before the moment; 0 when it never was. */
  readonly clockOffsetMs: number;
}

export interface PlannedStill {
  readonly cameraId: string;
  /** Device time: what the camera's own clock shows at the moment. */
  readonly plannedAt: number;
  readonly clockOffsetMs: number;
}

/** A still of each camera that this kind of settlement needs; `medType` null (an alert, or unknown): of every camera. */
export function planStills(cameras: readonly ClinicCamera[], atTrue: number, medType: string | null): PlannedStill[] {
  return cameras
    .filter((camera) => isRequired(camera, medType))
    .map((camera) => ({
      cameraId: camera.id,
      plannedAt: atTrue + camera.clockOffsetMs,
      clockOffsetMs: camera.clockOffsetMs,
    }));
}

const isRequired = (camera: ClinicCamera, medType: string | null): boolean =>
  medType === null || camera.requiredMedTypes.length === 0 || camera.requiredMedTypes.includes(medType);

export interface FootageSpan {
  readonly cameraId: string;
  /** Device time. */
  readonly from: number;
  readonly to: number;
}

/** The footage around each moment on each camera; spans that touch become one, so that a burst is one pin. */
export function planPins(
  cameras: readonly ClinicCamera[],
  momentsTrue: readonly number[],
  around: { readonly beforeMs: number; readonly afterMs: number },
): FootageSpan[] {
  return mergeSpans(
    cameras.flatMap((camera) =>
      momentsTrue.map((moment) => ({
        cameraId: camera.id,
        from: moment + camera.clockOffsetMs - around.beforeMs,
        to: moment + camera.clockOffsetMs + around.afterMs,
      })),
    ),
  );
}

/** Spans of one camera that overlap or touch become one. */
export function mergeSpans(spans: readonly FootageSpan[]): FootageSpan[] {
  const merged: { cameraId: string; from: number; to: number }[] = [];
  const ordered = [...spans].sort((a, b) => compare(a.cameraId, b.cameraId) || a.from - b.from);
  for (const span of ordered) {
    const last = merged.at(-1);
    if (last && last.cameraId === span.cameraId && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push({ ...span });
  }
  return merged;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Why a still that was never taken is missing. */
export type MissedReason = 'camera_offline' | 'camera_not_ready' | 'no_frame' | 'footage_gone';

/**
 * Whether a pending still must be given up. The camera process takes it when its footage reaches the moment; once the
 * watermark has passed it by `graceMs`, or the footage has left the ring, nobody will.
 */
export function missedReason(still: {
  /** Device time. */
  readonly plannedAt: number;
  /** Device time until which the camera's footage was processed; null: never. */
  readonly watermark: number | null;
  /** State of the camera at the moment; null: not known. */
  readonly cameraState: string | null;
  /** Device time now. */
  readonly now: number;
  readonly graceMs: number;
  readonly ringMs: number;
}): MissedReason | null {
  const passed = still.watermark !== null && still.watermark >= still.plannedAt + still.graceMs;
  const gone = still.now >= still.plannedAt + still.ringMs;
  if (!passed && !gone) return null;
  if (still.cameraState === 'offline') return 'camera_offline';
  if (still.cameraState !== null && still.cameraState !== 'ok') return 'camera_not_ready';
  return passed ? 'no_frame' : 'footage_gone';
}
