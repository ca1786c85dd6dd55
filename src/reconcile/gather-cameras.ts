import { type Queryable, ts } from '../platform/db.ts';
import type { CameraStateFact } from './facts.ts';
import type { Span } from './intervals.ts';
import { type CameraTelling, offsetOf } from './window.ts';

interface CameraRow {
  id: string;
  scene_point: string;
  required_med_types: string[];
  enabled: boolean;
  offset_ms: number | null;
  uncertainty_ms: number | null;
  until_at: number | null;
  moved_at: number | null;
  states: CameraStateFact[];
}

/** Epoch ms inside JSON that the database builds. */
const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::bigint`;

/**
 * The cameras of a clinic with what was told of them over a span of true time, in one query. The newest offset measured
 * before `at` holds. States begin with the last one before the span: nothing says when it ended but the next.
 */
export async function gatherCameras(
  db: Queryable,
  options: { readonly clinicCode: string; readonly at: number; readonly span: Span; readonly cameraId?: string },
): Promise<CameraTelling[]> {
  const { rows } = await db.query<CameraRow>(
    `select c.id, c.scene_point, c.required_med_types, c.enabled, o.offset_ms, o.uncertainty_ms,
       w.until_at, w.updated_at as moved_at,
       coalesce((select json_agg(json_build_object('state', s.state, 'from', ${ms('s.from_at')}, 'to', ${ms('s.to_at')}) order by s.from_at)
         from (
           (select state, from_at, to_at from device_states d
            where d.camera_id = c.id and d.from_at <= $3::timestamptz + d_offset order by d.from_at desc limit 1)
           union all
           select state, from_at, to_at from device_states d
           where d.camera_id = c.id and d.from_at > $3::timestamptz + d_offset and d.from_at < $4::timestamptz + d_offset
         ) s), '[]') as states
     from cameras c
     left join lateral (select offset_ms, uncertainty_ms from camera_clock_offsets
       where camera_id = c.id and measured_at <= $2 order by measured_at desc limit 1) o on true
     cross join lateral (select make_interval(secs => coalesce(o.offset_ms, 0) / 1000.0) as d_offset) shift
     left join camera_watermarks w on w.camera_id = c.id
     where c.clinic_code = $1 and ($5::text is null or c.id = $5)
     order by c.id`,
    [options.clinicCode, ts(options.at), ts(options.span.from), ts(options.span.to), options.cameraId ?? null],
  );
  return rows.map((row) => ({
    id: row.id,
    scenePoint: row.scene_point,
    requiredMedTypes: row.required_med_types,
    enabled: row.enabled,
    offsetMs: row.offset_ms,
    uncertaintyMs: row.uncertainty_ms,
    untilAt: row.until_at,
    watermarkMovedAt: row.moved_at,
    states: row.states,
  }));
}

/** An appearance in true time, with the id of its template. */
export interface AppearanceRow {
  readonly id: string;
  readonly cameraId: string;
  readonly state: 'open' | 'closed';
  readonly from: number;
  readonly to: number;
  readonly faces: number;
  readonly quality: number;
  readonly revision: number;
  readonly templateId: string | null;
}

/** Somebody who stands before a camera longer than this is a new appearance. */
const LONGEST_APPEARANCE_MS = 12 * 3_600_000;

/** Appearances before these cameras that overlap a span of true time, in order of time. */
export async function gatherAppearances(
  db: Queryable,
  clinicCode: string,
  cameras: readonly CameraTelling[],
  span: Span,
): Promise<AppearanceRow[]> {
  if (cameras.length === 0) return [];
  const offsets = cameras.map(offsetOf);
  const { rows } = await db.query<{
    id: string;
    camera_id: string;
    state: 'open' | 'closed';
    from_at: number;
    to_at: number;
    faces: number;
    quality: number;
    revision: number;
    template_id: string | null;
  }>(
    `select id, camera_id, state, from_at, to_at, faces, quality, revision, template_id from appearances
     where clinic_code = $1 and from_at >= $2 and from_at < $3 and to_at >= $4 and state <> 'void'`,
    [
      clinicCode,
      ts(span.from + Math.min(...offsets) - LONGEST_APPEARANCE_MS),
      ts(span.to + Math.max(...offsets)),
      ts(span.from + Math.min(...offsets)),
    ],
  );
  const offsetById = new Map(cameras.map((camera) => [camera.id, offsetOf(camera)]));
  return rows
    .flatMap((row) => {
      const offset = offsetById.get(row.camera_id);
      if (offset === undefined) return [];
      return {
        id: row.id,
        cameraId: row.camera_id,
        state: row.state,
        from: row.from_at - offset,
        to: row.to_at - offset,
        faces: row.faces,
        quality: Math.round(row.quality * 10_000) / 10_000,
        revision: row.revision,
        templateId: row.template_id,
      };
    })
    .filter(({ from, to }) => from < span.to && to >= span.from)
    .toSorted((a, b) => a.from - b.from || (a.id < b.id ? -1 : 1));
}
