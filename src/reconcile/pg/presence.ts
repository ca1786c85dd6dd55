import { ts, tsOrNull } from '../../platform/db.ts';
import { OUT_STATES } from '../outages.ts';
import type { ReconcileStore } from '../store.ts';
import {
  type CameraBrief,
  type CameraDetailRows,
  type DayRows,
  type DeviceStateBrief,
  type FilingBrief,
  LONGEST_APPEARANCE_MS,
  type PeopleRows,
  type PresenceRows,
  type SettlementBrief,
} from '../store-rows.ts';
import {
  AUTH_OBJECT,
  CLINIC_OBJECT,
  FILING_OBJECT,
  interval,
  list,
  object,
  offsetJoin,
  SETTLEMENT_OBJECT,
  STATE_OBJECT,
} from './columns.ts';
import type { OneRow, Read } from './reader.ts';

/** States of a camera `c` about its own span [c.from_at, c.to_at) of device time. */
const CAMERA_STATES = `(select coalesce(json_agg(${STATE_OBJECT('s')} order by s.from_at), '[]') from (
    (select state, from_at, to_at from device_states d
     where d.camera_id = c.id and d.from_at <= c.from_at order by d.from_at desc limit 1)
    union all
    select state, from_at, to_at from device_states d
    where d.camera_id = c.id and d.from_at > c.from_at and d.from_at < c.to_at
  ) s)`;

const PRESENCE = `with cams as materialized (
    select c.id, c.scene_point, c.required_med_types, c.enabled, o.offset_ms, o.uncertainty_ms, w.until_at,
      w.updated_at as moved_at, $3::timestamptz + ${interval('coalesce(o.offset_ms, 0)')} as from_at,
      $4::timestamptz + ${interval('coalesce(o.offset_ms, 0)')} as to_at
    from cameras c ${offsetJoin('c.id', '$2')} left join camera_watermarks w on w.camera_id = c.id
    where c.clinic_code = $1
  )
  select
    ${list(
      object('c', 'id scene_point required_med_types enabled offset_ms uncertainty_ms ~until_at ~moved_at', {
        states: CAMERA_STATES,
      }),
      'from cams c',
    )} as cameras,
    ${list(
      object('a', 'id camera_id state ~from_at ~to_at faces quality revision template_id presentation'),
      `from appearances a where a.clinic_code = $1 and a.state <> 'void'
         and a.from_at >= (select min(from_at) from cams) - ${interval(String(LONGEST_APPEARANCE_MS))}
         and a.from_at < (select max(to_at) from cams)
         and a.to_at >= (select min(from_at) from cams)`,
    )} as appearances`;

const PEOPLE = `with s as materialized (
    select id, psn_no, active_from, active_to from staff where clinic_code = $1
  ), x as materialized (
    select psn_no, proxy_psn_no, from_at, to_at, revoked_at from proxies where psn_no = any($2::text[])
  ), h as materialized (
    select psn_no, household from persons where household is not null and household in (
      select household from persons where psn_no = any($2::text[]))
  ), o as materialized (
    select distinct psn_no from settlements
    where clinic_code = $1 and at >= $3 and at < $4 and psn_no is not null
  ), meant as (
    select 'enrollee' as kind, ref from (
      select unnest($2::text[]) as ref union select psn_no from s where psn_no is not null
      union select proxy_psn_no from x union select psn_no from h union select psn_no from o) e
    union all
    select 'staff', id::text from s
  )
  select
    ${list(object('s', 'id psn_no ~active_from ~active_to'), 'from s')} as staff,
    ${list(object('x', 'psn_no proxy_psn_no ~from_at ~to_at ~revoked_at'), 'from x')} as proxies,
    ${list(object('h', 'psn_no household'), 'from h')} as households,
    ${list('o.psn_no', 'from o')} as others,
    ${list(
      object('p', 'id subject_kind subject_ref taken_on ~decided_at template_id disputed'),
      // Each by the index, whatever is believed of how many are meant: a city has a portrait of everybody.
      `from meant m cross join lateral (select id, subject_kind, subject_ref, taken_on, decided_at, template_id,
           case when exists (select from portrait_conflicts c where c.disputes and c.portrait_id = portraits.id)
             or exists (select from portrait_conflicts c where c.disputes and c.other_portrait_id = portraits.id)
           then true end as disputed
         from portraits where subject_kind = m.kind and subject_ref = m.ref and state = 'accepted'
           and template_id is not null offset 0) p`,
    )} as portraits`;

export const PRESENCE_OF_CLAIM: OneRow<Parameters<ReconcileStore['presence']>[0]> = {
  name: 'reconcile-presence',
  sql: PRESENCE,
  columns: ['cameras', 'appearances'],
  values: ({ clinicCode, at, span }) => [clinicCode, ts(at), ts(span.from), ts(span.to)],
};

export const PEOPLE_OF_CLAIM: OneRow<Parameters<ReconcileStore['people']>[0]> = {
  name: 'reconcile-people',
  sql: PEOPLE,
  columns: ['staff', 'proxies', 'households', 'others', 'portraits'],
  values: ({ clinicCode, psnNos, others }) => [clinicCode, psnNos, tsOrNull(others?.from), tsOrNull(others?.to)],
};

const DAY = `select
    (select ${CLINIC_OBJECT('c')} from clinics c where c.code = $1) as clinic,
    ${list(SETTLEMENT_OBJECT('s'), 'from settlements s where s.clinic_code = $1 and s.at >= $2 and s.at < $3')} as settlements,
    ${list(
      FILING_OBJECT('f'),
      'from filings f where f.clinic_code = $1 and f.from_at < $3 and (f.to_at is null or f.to_at > $2)',
    )} as filings,
    ${list(AUTH_OBJECT('t'), 'from terminal_auths t where t.clinic_code = $1 and t.at between $4 and $5')} as auths`;

const CAMERA = `select
    ${object('c', 'id clinic_code scene_point required_med_types enabled')} as camera,
    ${CLINIC_OBJECT('k')} as clinic, o.offset_ms,
    ${list(
      STATE_OBJECT('s'),
      `from (
        (select state, from_at, to_at from device_states where camera_id = $1 and from_at < $2 order by from_at desc limit 1)
        union all
        (select state, from_at, to_at from device_states where camera_id = $1 and from_at >= $2 order by from_at limit 200)
      ) s`,
    )} as states
  from cameras c join clinics k on k.code = c.clinic_code ${offsetJoin('c.id', '$2')} where c.id = $1`;

const SETTLEMENTS_FROM = `select id, at, msgid, setl_id, mdtrt_id, clinic_code, psn_no, med_type, total_fen, fund_fen, reversed_at
  from settlements where clinic_code = $1 and at >= $2 and ($3::timestamptz is null or at <= $3) order by at, id limit $4`;

const DEVICE_STATES = `select d.camera_id, d.state, d.from_at, d.to_at from device_states d join cameras c on c.id = d.camera_id
  where c.clinic_code = $1 and ($2::text is null or c.id = $2) and d.from_at >= $3
    and ($4::timestamptz is null or d.from_at <= $4)`;

const OUTAGE_STATES = `select c.id as camera_id, coalesce(o.offset_ms, 0) as offset_ms, d.state, d.from_at, d.to_at
  from cameras c ${offsetJoin('c.id', '$2')}
  cross join lateral (select $2::timestamptz + ${interval('coalesce(o.offset_ms, 0)')} as at) m
  join device_states d on d.camera_id = c.id and d.from_at <= m.at and d.from_at >= m.at - ${interval('$3::bigint')}
    and not exists (select 1 from device_states sees where sees.camera_id = c.id and sees.from_at >= d.from_at
      and sees.from_at < m.at and not sees.state = any($4::text[]))
  where c.clinic_code = $1`;

export type PresenceReads = Pick<
  ReconcileStore,
  'presence' | 'people' | 'day' | 'camera' | 'filings' | 'settlementsFrom' | 'deviceStates' | 'outageStates'
>;

const byId = (a: CameraBrief, b: CameraBrief): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

/** What cameras saw and told, by SQL. */
export const presenceReads = (read: Read): PresenceReads => ({
  async presence(asked) {
    const { name, sql, values } = PRESENCE_OF_CLAIM;
    const [row] = await read<{ cameras: CameraBrief[]; appearances: PresenceRows['appearances'] }>(
      ...([name, sql, values(asked)] as const),
    );
    return { cameras: row?.cameras.sort(byId) ?? [], appearances: row?.appearances ?? [] };
  },

  async people(asked) {
    const { name, sql, values } = PEOPLE_OF_CLAIM;
    const [row] = await read<PeopleRows & Record<string, unknown>>(name, sql, values(asked));
    return row ?? { staff: [], proxies: [], households: [], others: [], portraits: [] };
  },

  async day({ clinicCode, from, to, around }) {
    const [row] = await read<DayRows & Record<string, unknown>>('reconcile-day', DAY, [
      clinicCode,
      ts(from),
      ts(to),
      ts(around.from),
      ts(around.to),
    ]);
    return row ?? { clinic: null, settlements: [], filings: [], auths: [] };
  },

  async camera({ cameraId, deviceMs }) {
    const [row] = await read<CameraDetailRows & Record<string, unknown>>('reconcile-camera', CAMERA, [
      cameraId,
      ts(deviceMs),
    ]);
    return row ?? null;
  },

  filings: ({ clinicCode, from, to }) =>
    read<FilingBrief & Record<string, unknown>>(
      'reconcile-filings',
      `select what, psn_no, camera_id, from_at, to_at from filings
       where clinic_code = $1 and from_at <= $3 and (to_at is null or to_at >= $2)`,
      [clinicCode, ts(from), ts(to)],
    ),

  settlementsFrom: ({ clinicCode, from, to, limit }) =>
    read<SettlementBrief & Record<string, unknown>>('reconcile-settlements-from', SETTLEMENTS_FROM, [
      clinicCode,
      ts(from),
      tsOrNull(to),
      limit,
    ]),

  deviceStates: ({ clinicCode, cameraId, from, to }) =>
    read<DeviceStateBrief & { camera_id: string }>('reconcile-device-states', DEVICE_STATES, [
      clinicCode,
      cameraId,
      ts(from),
      tsOrNull(to),
    ]),

  outageStates: ({ clinicCode, at, lookBackMs }) =>
    read<DeviceStateBrief & { camera_id: string; offset_ms: number }>('reconcile-outage-states', OUTAGE_STATES, [
      clinicCode,
      ts(at),
      lookBackMs,
      OUT_STATES,
    ]),
});
