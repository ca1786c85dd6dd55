import type { Queryable, Tx } from '../platform/db.ts';
import type { ScenePoint } from './camera.store.ts';

/** Which places of a clinic must be seen for settlements of a type. */
export interface RequiredScenePoint {
  /** A med_type; `*`: every type. */
  readonly medType: string;
  readonly scenePoint: ScenePoint;
}

/** A med_type that no settlement has: a camera that none needs. */
export const NO_MED_TYPE = '~';

/** Pure: which settlements need a camera at a place; empty: all of them. */
export function medTypesNeeding(points: readonly RequiredScenePoint[], scenePoint: ScenePoint): string[] {
  const here = points.filter((point) => point.scenePoint === scenePoint).map(({ medType }) => medType);
  if (here.includes('*')) return [];
  return here.length === 0 ? [NO_MED_TYPE] : [...new Set(here)].sort();
}

export async function requiredScenePoints(db: Queryable, clinicCode: string): Promise<RequiredScenePoint[]> {
  const { rows } = await db.query<{ med_type: string; scene_point: ScenePoint }>(
    'select med_type, scene_point from required_scene_points where clinic_code = $1 order by med_type, scene_point',
    [clinicCode],
  );
  return rows.map((row) => ({ medType: row.med_type, scenePoint: row.scene_point }));
}

export async function replaceScenePoints(
  tx: Tx,
  clinicCode: string,
  points: readonly RequiredScenePoint[],
): Promise<void> {
  await tx.query('delete from required_scene_points where clinic_code = $1', [clinicCode]);
  for (const { medType, scenePoint } of points) {
    await tx.query(
      'insert into required_scene_points (clinic_code, med_type, scene_point) values ($1, $2, $3) on conflict do nothing',
      [clinicCode, medType, scenePoint],
    );
  }
}
