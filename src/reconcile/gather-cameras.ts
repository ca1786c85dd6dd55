import { isSuspected, type Presentation } from '../faces/presentation/presentation.ts';
import type { Span } from './intervals.ts';
import type { CameraBrief, PresenceRows } from './store-rows.ts';
import { type CameraTelling, offsetOf } from './window.ts';

/** A camera's row with what was told of it, as windows are reckoned from. */
export const tellingOf = (row: CameraBrief): CameraTelling => ({
  id: row.id,
  scenePoint: row.scene_point,
  requiredMedTypes: row.required_med_types,
  enabled: row.enabled,
  offsetMs: row.offset_ms,
  uncertaintyMs: row.uncertainty_ms,
  untilAt: row.until_at,
  watermarkMovedAt: row.moved_at,
  states: row.states.map(({ state, from_at, to_at }) => ({ state, from: from_at, to: to_at })),
});

/** An appearance in true time, with the id of its template. */
export interface SeenAppearance {
  readonly id: string;
  readonly cameraId: string;
  readonly state: 'open' | 'closed';
  readonly from: number;
  readonly to: number;
  readonly faces: number;
  readonly quality: number;
  readonly revision: number;
  readonly templateId: string | null;
  /** Present where it may be a picture that was held or hung there, not a face. */
  readonly presentation?: Presentation;
}

/** Appearances before these cameras that overlap a span of true time, in order of time. */
export function appearancesIn(
  rows: PresenceRows['appearances'],
  cameras: readonly CameraTelling[],
  span: Span,
): SeenAppearance[] {
  const offsetById = new Map(cameras.map((camera) => [camera.id, offsetOf(camera)]));
  const seen: SeenAppearance[] = [];
  for (const row of rows) {
    const offset = offsetById.get(row.camera_id);
    if (offset === undefined || row.state === 'void') continue;
    const from = row.from_at - offset;
    const to = row.to_at - offset;
    if (from >= span.to || to < span.from) continue;
    seen.push({
      id: row.id,
      cameraId: row.camera_id,
      state: row.state,
      from,
      to,
      faces: row.faces,
      quality: Math.round(row.quality * 10_000) / 10_000,
      revision: row.revision,
      templateId: row.template_id,
      ...(row.presentation !== null && isSuspected(row.presentation) && { presentation: row.presentation }),
    });
  }
  return seen.sort((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));
}
