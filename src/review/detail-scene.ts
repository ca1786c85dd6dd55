import { isSuspected, type Presentation } from '../faces/presentation/presentation.ts';
import { type Queryable, ts } from '../platform/db.ts';

/** What the cameras have about a clinic and a stretch of true time. Device times are set right by each camera's offset. */

export interface SceneCamera {
  readonly id: string;
  readonly scenePoint: string;
  readonly offsetMs: number;
}

export interface SceneAppearance {
  readonly id: string;
  readonly cameraId: string;
  readonly scenePoint: string;
  /** True time. */
  readonly from: number;
  readonly to: number;
  readonly open: boolean;
  readonly quality: number;
  /** It may be a photograph or a screen that was held or hung there; null: nothing says so. */
  readonly presentation: Presentation | null;
}

export interface SceneShot {
  readonly id: string;
  readonly appearanceId: string;
  readonly cameraId: string;
  readonly scenePoint: string;
  /** True time. */
  readonly at: number;
  readonly quality: number;
  readonly blob: Buffer | null;
}

export interface SceneState {
  readonly cameraId: string;
  readonly scenePoint: string;
  readonly state: string;
  readonly from: number;
  readonly to: number | null;
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

/** All cameras of the clinic, also those out of service by now: footage of theirs may be evidence. */
export async function sceneCameras(db: Queryable, clinicCode: string, atMs: number): Promise<readonly SceneCamera[]> {
  const { rows } = await db.query<{ id: string; scene_point: string; offset_ms: number | null }>(
    `select c.id, c.scene_point, o.offset_ms from cameras c
     left join lateral (select offset_ms from camera_clock_offsets
                        where camera_id = c.id and measured_at <= $2 order by measured_at desc limit 1) o on true
     where c.clinic_code = $1 order by c.id`,
    [clinicCode, ts(atMs)],
  );
  return rows.map((row) => ({ id: row.id, scenePoint: row.scene_point, offsetMs: row.offset_ms ?? 0 }));
}

const MOST_APPEARANCES = 300;

export async function sceneAppearances(
  db: Queryable,
  clinicCode: string,
  cameras: readonly SceneCamera[],
  span: Span,
): Promise<readonly SceneAppearance[]> {
  const found: SceneAppearance[] = [];
  for (const camera of cameras) {
    const { rows } = await db.query<{
      id: string;
      from_at: number;
      to_at: number;
      state: string;
      quality: number;
      presentation: Presentation | null;
    }>(
      `select id, from_at, to_at, state, quality, presentation from appearances
       where clinic_code = $1 and camera_id = $2 and state <> 'void' and from_at < $4 and to_at >= $3
       order by from_at limit ${MOST_APPEARANCES}`,
      [clinicCode, camera.id, ts(span.from + camera.offsetMs), ts(span.to + camera.offsetMs)],
    );
    for (const row of rows) {
      found.push({
        id: row.id,
        cameraId: camera.id,
        scenePoint: camera.scenePoint,
        from: row.from_at - camera.offsetMs,
        to: row.to_at - camera.offsetMs,
        open: row.state === 'open',
        quality: row.quality,
        presentation: isSuspected(row.presentation) ? row.presentation : null,
      });
    }
  }
  return found.sort((a, b) => a.from - b.from);
}

const SHOTS_PER_APPEARANCE = 3;

/** The best shots of each of the appearances, in the order given. */
export async function sceneShots(
  db: Queryable,
  cameras: readonly SceneCamera[],
  appearances: readonly SceneAppearance[],
): Promise<readonly SceneShot[]> {
  const { rows } = await db.query<{
    id: string;
    appearance_id: string;
    at: number;
    quality: number;
    blob_sha256: Buffer | null;
  }>(
    `select id, appearance_id, at, quality, blob_sha256 from (
       select s.*, row_number() over (partition by appearance_id order by quality desc, at) as place
       from appearance_shots s where appearance_id = any($1::uuid[])) ranked
     where place <= ${SHOTS_PER_APPEARANCE}`,
    [appearances.map((appearance) => appearance.id)],
  );
  return appearances.flatMap((appearance) => {
    const offsetMs = cameras.find((camera) => camera.id === appearance.cameraId)?.offsetMs ?? 0;
    return rows
      .filter((row) => row.appearance_id === appearance.id)
      .sort((a, b) => b.quality - a.quality || a.at - b.at)
      .map((row) => ({
        id: row.id,
        appearanceId: appearance.id,
        cameraId: appearance.cameraId,
        scenePoint: appearance.scenePoint,
        at: row.at - offsetMs,
        quality: row.quality,
        blob: row.blob_sha256,
      }));
  });
}

/** States of the cameras that overlap the span; each ends where the camera's next one begins. */
export async function sceneStates(
  db: Queryable,
  cameras: readonly SceneCamera[],
  span: Span,
): Promise<readonly SceneState[]> {
  const { rows } = await db.query<{ camera_id: string; state: string; from_at: number; to_at: number | null }>(
    `select camera_id, state, from_at, to_at from (
       select camera_id, state, from_at,
         least(to_at, lead(from_at) over (partition by camera_id order by from_at)) as to_at
       from device_states where camera_id = any($1::text[])) s
     where from_at < $3 and (to_at is null or to_at > $2) order by from_at limit 500`,
    [cameras.map((camera) => camera.id), ts(span.from - DAY_MS), ts(span.to + DAY_MS)],
  );
  return rows.flatMap((row) => {
    const camera = cameras.find(({ id }) => id === row.camera_id);
    if (!camera) return [];
    const from = row.from_at - camera.offsetMs;
    const to = row.to_at === null ? null : row.to_at - camera.offsetMs;
    if (from >= span.to || (to !== null && to <= span.from)) return [];
    return [{ cameraId: camera.id, scenePoint: camera.scenePoint, state: row.state, from, to }];
  });
}

/** Clocks are off by hours at most (a wrong zone); the rest is cut exactly afterwards. */
const DAY_MS = 86_400_000;

export async function sceneWatermarks(
  db: Queryable,
  cameras: readonly SceneCamera[],
): Promise<readonly { readonly cameraId: string; readonly until: number }[]> {
  const { rows } = await db.query<{ camera_id: string; until_at: number }>(
    'select camera_id, until_at from camera_watermarks where camera_id = any($1::text[]) order by camera_id',
    [cameras.map((camera) => camera.id)],
  );
  return rows.map((row) => ({
    cameraId: row.camera_id,
    until: row.until_at - (cameras.find((camera) => camera.id === row.camera_id)?.offsetMs ?? 0),
  }));
}
