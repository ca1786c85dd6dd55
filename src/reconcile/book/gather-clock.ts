import { type ClinicFacts, FACTS_SCHEMA } from '../facts.ts';
import type { GatherContext } from '../gather-presence.ts';
import { clinicOf } from '../gather-visit.ts';
import type { CameraClockFacts } from './facts.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The finer an offset, the smaller the step in which it is told: facts change when it matters, not with each measurement. */
export function clockStepMs(offsetMs: number): number {
  const size = Math.abs(offsetMs);
  return size < MINUTE_MS ? 5_000 : size < 10 * MINUTE_MS ? 10_000 : MINUTE_MS;
}

const inSteps = (ms: number): number => Math.round(ms / clockStepMs(ms)) * clockStepMs(ms) || 0;

/** A camera's clock as it was last measured; null: no such camera. */
export async function gatherCameraClock(
  context: GatherContext,
  cameraId: string,
): Promise<CameraClockFacts<ClinicFacts> | null> {
  const { store, now, parameters } = context;
  const row = await store.cameraClock(cameraId);
  if (row === null) return null;
  const around = { from: now - parameters.beforeMs, to: now + parameters.afterMs };
  const parties = await store.parties({
    clinicCode: row.clinic_code,
    psnNo: null,
    at: now,
    around,
    elsewhere: null,
  });
  const { offset_ms: offset, measured_at: measuredAt } = row;
  const farOff = offset !== null && measuredAt !== null && Math.abs(offset) > 30 * DAY_MS;
  return {
    kind: 'camera_clock',
    schema: FACTS_SCHEMA,
    clinic: clinicOf(row.clinic_code, parties.clinic, context.faceRecognition),
    cameraId,
    scenePoint: row.scene_point,
    enabled: row.enabled,
    offsetMs: offset === null ? null : inSteps(offset),
    uncertaintyMs: row.uncertainty_ms,
    deviceYear: farOff ? new Date(measuredAt + offset).getUTCFullYear() : null,
  };
}
