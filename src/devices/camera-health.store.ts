import type { Scope } from '../access/principal.ts';
import type { Queryable } from '../platform/db.ts';
import type { Camera, ScenePoint, SourceKind } from './camera.store.ts';
import { type CameraReading, readingsOf } from './camera-reading.store.ts';
import { type ClockSeries, judgeClock } from './clock-series.ts';

/** A camera with what is known of its health. Times are device time, epoch ms. */
export interface CameraHealth extends Omit<Camera, 'options'> {
  readonly state: string;
  readonly since: number | null;
  readonly reason: string | null;
  readonly watermark: number | null;
  readonly clockOffsetMs: number | null;
  /** What its clock does, by what it told itself, else by what its times were corrected by. */
  readonly clock: ClockSeries;
  /** How its live stream is read; null: it never was. */
  readonly reading: CameraReading | null;
  readonly framesRead: number;
  readonly framesDropped: number;
}

/** The newest measurements of a camera `c` as [moment, offset, uncertainty] in ms; null: none. */
const CLOCK_POINTS = (table: string): string =>
  `(select json_agg(json_build_array(round(extract(epoch from measured_at) * 1000), offset_ms, uncertainty_ms))
    from (select measured_at, offset_ms, uncertainty_ms from ${table} where camera_id = c.id
          order by measured_at desc limit 60) p)`;

/** Cameras in scope by id, after `after`. */
export async function listCameraHealth(
  db: Queryable,
  scope: Scope,
  query: {
    readonly clinicCode: string | null;
    readonly state: string | null;
    readonly id?: string;
    readonly after: string | null;
    readonly limit: number;
  },
): Promise<CameraHealth[]> {
  const { rows } = await db.query<{
    id: string;
    clinic_code: string;
    name: string;
    scene_point: ScenePoint;
    required_med_types: string[];
    source_kind: SourceKind;
    enabled: boolean;
    state: string | null;
    from_at: number | null;
    reason: string | null;
    until_at: number | null;
    offset_ms: number | null;
    clock_points: readonly (readonly [number, number, number])[];
    frames_read: number | null;
    frames_dropped: number | null;
  }>(
    `select c.id, c.clinic_code, c.name, c.scene_point, c.required_med_types, c.source_kind, c.enabled,
       d.state, d.from_at, d.reason, w.until_at, w.frames_read, w.frames_dropped, o.offset_ms,
       coalesce(${CLOCK_POINTS('camera_clock_readings')}, ${CLOCK_POINTS('camera_clock_offsets')}, '[]') as clock_points
     from cameras c
     join clinics k on k.code = c.clinic_code
     left join lateral (select state, from_at, reason from device_states where camera_id = c.id and to_at is null order by from_at desc limit 1) d on true
     left join camera_watermarks w on w.camera_id = c.id
     left join lateral (select offset_ms from camera_clock_offsets where camera_id = c.id order by measured_at desc limit 1) o on true
     where ($1::text is null or k.region_code like $1 || '%') and ($2::text is null or k.code = $2)
       and ($3::text is null or c.clinic_code = $3) and ($4::text is null or coalesce(d.state, 'unknown') = $4)
       and ($5::text is null or c.id = $5) and ($6::text is null or c.id > $6)
     order by c.id limit $7`,
    [scope.regionPrefix, scope.clinicCode, query.clinicCode, query.state, query.id ?? null, query.after, query.limit],
  );
  const readings = await readingsOf(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map((row) => ({
    id: row.id,
    clinicCode: row.clinic_code,
    name: row.name,
    scenePoint: row.scene_point,
    requiredMedTypes: row.required_med_types,
    sourceKind: row.source_kind,
    enabled: row.enabled,
    state: row.state ?? 'unknown',
    since: row.from_at,
    reason: row.reason,
    watermark: row.until_at,
    clockOffsetMs: row.offset_ms,
    clock: judgeClock(
      row.clock_points.map(([measuredAt, offsetMs, uncertaintyMs]) => ({ measuredAt, offsetMs, uncertaintyMs })),
    ),
    reading: readings.get(row.id) ?? null,
    framesRead: row.frames_read ?? 0,
    framesDropped: row.frames_dropped ?? 0,
  }));
}
