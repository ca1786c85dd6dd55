import { ts, tsOrNull } from '../../platform/db.ts';
import type { ReconcileStore } from '../store.ts';
import {
  type AssessedRef,
  LONGEST_WINDOW_MS,
  type ScheduleRows,
  type SubjectRef,
  type TouchedRows,
  type WindowRef,
} from '../store-rows.ts';
import { interval, list, object } from './columns.ts';
import type { Read } from './reader.ts';

const LONGEST_WINDOW = interval(String(LONGEST_WINDOW_MS));

const WINDOWS_OVER = `select subject_kind, subject_id, verdict, awaits_until from assessment_heads
  where clinic_code = $1 and window_from <= $3 and window_from >= $2::timestamptz - ${LONGEST_WINDOW}
    and window_to >= $2 and subject_kind in ('settlement', 'visit')`;

const NEIGHBOURS = `select h.subject_kind, h.subject_id, h.verdict, h.awaits_until from unnest($1::text[], $2::timestamptz[]) as p (clinic_code, at)
  join assessment_heads h on h.clinic_code = p.clinic_code and h.window_from <= p.at
    and h.window_from >= p.at - ${LONGEST_WINDOW} and h.window_to >= p.at
    and h.subject_kind in ('settlement', 'visit') and h.verdict is distinct from 'match'
  where exists (select 1 from appearances a where a.clinic_code = p.clinic_code and a.template_id is not null
    and a.from_at between p.at - interval '24 hours' and p.at + interval '24 hours')`;

const KNOWN_OUTAGES = `select subject_kind, subject_id from assessment_heads
  where clinic_code = $1 and subject_kind = 'camera' and starts_with(subject_id, $2 || '@')
    and window_to >= $3 and ($4::timestamptz is null or window_from <= $4)`;

const AWAITING = `select subject_kind, subject_id from assessment_heads
  where clinic_code = $1 and awaits_until <= $3 and ($2::timestamptz is null or awaits_until > $2)`;

const RAISE_WATERMARK = `with old as (select until_at from watermarks_seen where camera_id = $1 for update)
  insert into watermarks_seen as seen (camera_id, until_at) values ($1, $2)
  on conflict (camera_id) do update set until_at = greatest(seen.until_at, excluded.until_at)
  returning (select until_at from old) as before`;

const CLAIM = object('c', 'id clinic_code mdtrt_id msgid ~at');

/** Settlements and events of a condition on table `c`, each the first by (at, id). */
const touched = (settlements: string, events: string): string => {
  const first = (table: string, where: string): string =>
    `from (select id, clinic_code, mdtrt_id, msgid, at from ${table} c
       where ${where} and c.at >= $2 and ($3::timestamptz is null or c.at <= $3) order by c.at, c.id limit $4) c`;
  const ordered = `${CLAIM} order by c.at, c.id`;
  return `select ${list(ordered, first('settlements', settlements))} as settlements,
    ${list(ordered, first('claim_events', events))} as events`;
};

const CLAIMS_OF_PEOPLE = `with people as materialized (
    select $1::text as psn_no
    union select psn_no from proxies where $5::boolean and proxy_psn_no = $1
    union select psn_no from persons where $5::boolean
      and household = (select household from persons where psn_no = $1)
  )
  ${touched(
    'c.psn_no in (select psn_no from people)',
    `c.psn_no in (select psn_no from people) and c.kind in ('registration', 'trial_settlement')`,
  )}`;

const CLAIMS_OF_CLINIC = touched('c.clinic_code = $1', `c.clinic_code = $1 and c.kind = 'trial_settlement'`);

const SCHEDULE = `select c.open_hours, s.scheduled_until, s.open_hours as scheduled_hours
  from clinics c left join clinic_schedule s on s.clinic_code = c.code where c.code = $1 for update of c`;

const DUE_CLINICS = `select c.code from clinics c left join clinic_schedule s on s.clinic_code = c.code
  where s.clinic_code is null or s.scheduled_until < $1 or s.open_hours is distinct from c.open_hours
  order by c.code collate "C" limit $2`;

type Row<T> = T & Record<string, unknown>;

export type TouchedReads = Pick<
  ReconcileStore,
  | 'offsetAt'
  | 'assessed'
  | 'windowsOver'
  | 'neighbours'
  | 'knownOutages'
  | 'awaitingBetween'
  | 'raiseWatermarkSeen'
  | 'leastWatermarkSeen'
  | 'claimsOfPeople'
  | 'claimsOfClinic'
  | 'clinicOfStaff'
  | 'scheduleOf'
  | 'dueClinics'
>;

/** Which subjects something touches, by SQL. */
export const touchedReads = (read: Read): TouchedReads => ({
  async offsetAt(cameraId, deviceMs) {
    const [row] = await read<{ offset_ms: number }>(
      'reconcile-offset-at',
      `select offset_ms from camera_clock_offsets
       where camera_id = $1 and measured_at <= $2 order by measured_at desc limit 1`,
      [cameraId, ts(deviceMs)],
    );
    return row?.offset_ms ?? 0;
  },

  assessed(kind, ids) {
    return read<Row<AssessedRef>>(
      'reconcile-assessed',
      'select subject_id, awaits_until from assessment_heads where subject_kind = $1 and subject_id = any($2::text[])',
      [kind, ids],
    );
  },

  windowsOver: (clinicCode, span) =>
    read<Row<WindowRef>>('reconcile-windows-over', WINDOWS_OVER, [clinicCode, ts(span.from), ts(span.to)]),

  neighbours: (places) =>
    read<Row<WindowRef>>('reconcile-neighbours', NEIGHBOURS, [
      places.map(({ clinicCode }) => clinicCode),
      places.map(({ at }) => ts(at)),
    ]),

  knownOutages: ({ clinicCode, cameraId, from, to }) =>
    read<Row<SubjectRef>>('reconcile-known-outages', KNOWN_OUTAGES, [clinicCode, cameraId, ts(from), tsOrNull(to)]),

  awaitingBetween: (clinicCode, after, until) =>
    read<Row<SubjectRef>>('reconcile-awaiting', AWAITING, [clinicCode, tsOrNull(after), ts(until)]),

  async raiseWatermarkSeen(cameraId, until) {
    const [row] = await read<{ before: number | null }>('reconcile-raise-watermark', RAISE_WATERMARK, [
      cameraId,
      ts(until),
    ]);
    return row?.before ?? null;
  },

  async leastWatermarkSeen(clinicCode) {
    const [row] = await read<{ least: number | null }>(
      'reconcile-least-watermark',
      `select min(seen.until_at) as least from cameras c join watermarks_seen seen on seen.camera_id = c.id
       where c.clinic_code = $1 and c.enabled and c.required_med_types = '{}'`,
      [clinicCode],
    );
    return row?.least ?? null;
  },

  async claimsOfPeople({ psnNo, withRelated, from, to, limit }) {
    const [row] = await read<Row<TouchedRows>>('reconcile-claims-of-people', CLAIMS_OF_PEOPLE, [
      psnNo,
      ts(from),
      tsOrNull(to),
      limit,
      withRelated,
    ]);
    return row ?? { settlements: [], events: [] };
  },

  async claimsOfClinic({ clinicCode, from, to, limit }) {
    const [row] = await read<Row<TouchedRows>>('reconcile-claims-of-clinic', CLAIMS_OF_CLINIC, [
      clinicCode,
      ts(from),
      tsOrNull(to),
      limit,
    ]);
    return row ?? { settlements: [], events: [] };
  },

  async clinicOfStaff(staffId) {
    const [row] = await read<{ clinic_code: string }>(
      'reconcile-clinic-of-staff',
      'select clinic_code from staff where id::text = $1',
      [staffId],
    );
    return row?.clinic_code ?? null;
  },

  async scheduleOf(clinicCode) {
    return (await read<Row<ScheduleRows>>('reconcile-schedule', SCHEDULE, [clinicCode]))[0] ?? null;
  },

  async dueClinics({ until, limit }) {
    return (await read<{ code: string }>('reconcile-due-clinics', DUE_CLINICS, [until, limit])).map(({ code }) => code);
  },
});
