import { type Queryable, ts } from '../platform/db.ts';
import type { ClinicCamera } from './plan.ts';

/** The clinic's cameras in service (or those of `only`), each with its clock offset as last measured before `atMs`. */
export async function camerasOf(
  db: Queryable,
  clinicCode: string,
  atMs: number,
  only: readonly string[] | null = null,
): Promise<ClinicCamera[]> {
  const { rows } = await db.query<{ id: string; required_med_types: string[]; offset_ms: number | null }>(
    `select c.id, c.required_med_types, o.offset_ms
     from cameras c
     left join lateral (select offset_ms from camera_clock_offsets
                        where camera_id = c.id and measured_at <= $2 order by measured_at desc limit 1) o on true
     where c.clinic_code = $1 and c.enabled and ($3::text[] is null or c.id = any($3::text[]))
     order by c.id`,
    [clinicCode, ts(atMs), only],
  );
  return rows.map((row) => ({
    id: row.id,
    requiredMedTypes: row.required_med_types,
    clockOffsetMs: row.offset_ms ?? 0,
  }));
}
