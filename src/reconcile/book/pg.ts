import { ts } from '../../platform/db.ts';
import { list, object } from '../pg/columns.ts';
import type { Read } from '../pg/reader.ts';
import {
  BOOK_SLACK_MS,
  type BookStore,
  type CameraClockRow,
  type DayBookRows,
  SIGN_IN_REACH_MS,
  SIGN_INS_KEPT_MS,
} from './store.ts';

const DAY_BOOKS = `with l as materialized (
    select distinct mdtrt_id, doctor_code, med_list_codg from fee_lines
    where mdtrt_id = any($2::text[]) and clinic_code = $1 and cancelled_at is null and at >= $6 and at < $7
  )
  select
    ${list(object('l', 'mdtrt_id doctor_code med_list_codg'), 'from l')} as lines,
    ${list(
      object('e', 'id ~at mdtrt_id', { request: `e.body -> 'request'` }),
      `from claim_events e where e.mdtrt_id = any($2::text[]) and e.clinic_code = $1 and e.kind = 'diagnosis'
         and e.reversed_at is null and e.at >= $6 and e.at < $7`,
    )} as diagnoses,
    ${list(object('p', 'psn_no sex birth household'), 'from persons p where p.psn_no = any($3::text[])')} as persons,
    ${list(object('r', 'staff_no'), 'from staff r where r.clinic_code = $1')} as roster,
    ${list(
      object('g', 'clinic_code ~from_at ~to_at', { staff_no: 's.staff_no' }),
      `from staff_sign_ins g join staff s on s.id = g.staff_id
       where (g.clinic_code = $1 or s.id in (select t.id from staff t where t.staff_no in (select doctor_code from l)))
         and g.from_at < $5 and g.from_at >= $8 and (g.to_at is null or g.to_at > $4)`,
    )} as "signIns",
    exists (select from staff_sign_ins g where g.clinic_code = $1 and g.from_at >= $9 and g.from_at < $5) as kept`;

const CAMERA_CLOCK = `select c.id, c.clinic_code, c.scene_point, c.enabled, o.offset_ms, o.uncertainty_ms, o.measured_at
  from cameras c left join lateral (
    select offset_ms, uncertainty_ms, measured_at from (
      (select offset_ms, uncertainty_ms, measured_at, false as own from camera_clock_offsets where camera_id = c.id
       order by measured_at desc limit 1)
      union all
      -- A live camera's pictures have our time; its own clock shows in the picture all the same.
      (select offset_ms, uncertainty_ms, measured_at, true as own from camera_clock_readings where camera_id = c.id
       order by measured_at desc limit 1)
    ) told order by measured_at desc, own desc limit 1
  ) o on true
  where c.id = $1`;

export const bookReads = (read: Read): BookStore => ({
  async dayBooks({ clinicCode, mdtrtIds, psnNos, day }) {
    const [row] = await read<DayBookRows & Record<string, unknown>>('reconcile-day-books', DAY_BOOKS, [
      clinicCode,
      mdtrtIds,
      psnNos,
      ts(day.from),
      ts(day.to),
      ts(day.from - BOOK_SLACK_MS),
      ts(day.to + BOOK_SLACK_MS),
      ts(day.from - SIGN_IN_REACH_MS),
      ts(day.from - SIGN_INS_KEPT_MS),
    ]);
    return row ?? { lines: [], diagnoses: [], persons: [], roster: [], signIns: [], kept: false };
  },

  async cameraClock(cameraId) {
    return (
      (await read<CameraClockRow & Record<string, unknown>>('reconcile-camera-clock', CAMERA_CLOCK, [cameraId]))[0] ??
      null
    );
  },
});
