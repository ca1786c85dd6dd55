import { ts } from '../../platform/db.ts';
import { interval, list, object } from '../pg/columns.ts';
import type { Read } from '../pg/reader.ts';
import type { ClinicBrief } from '../store-rows.ts';
import { type PeriodStore, type ProxyOf, ROLL_REACH_MS, type RollSource } from './store.ts';
import type { ClinicRollRow, ClinicTrendRow, PeerStatsRow } from './tables.ts';

type Row<T> = T & Record<string, unknown>;

const REACH = interval(String(ROLL_REACH_MS));

const SOURCE = `with s as materialized (
    select id, at, setl_id, mdtrt_id, psn_no, med_type, cert_type, dev_no, total_fen, fund_fen, reversed_at
    from settlements where clinic_code = $1 and at >= $2 and at < $3
  ), p as materialized (
    select h.subject_id, s.psn_no from s join assessment_heads h on h.subject_kind = 'settlement' and h.subject_id = s.id::text
    where h.verdict_reason = 'proxy_registered'
  )
  select (select region_code from clinics where code = $1) as "regionCode",
    ${list(
      object('s', 'id ~at setl_id mdtrt_id psn_no med_type cert_type dev_no total_fen fund_fen ~reversed_at'),
      'from s',
    )} as settlements,
    ${list(
      object('e', 'id ~at mdtrt_id', { diseinfo: `coalesce(e.body -> 'request' -> 'diseinfo', '[]')` }),
      `from claim_events e where e.kind = 'diagnosis' and e.clinic_code = $1
         and e.mdtrt_id in (select mdtrt_id from s) and e.at >= $2::timestamptz - ${REACH} and e.at < $3::timestamptz + ${REACH}
         and not coalesce((e.body ->> 'refused')::boolean, false)`,
    )} as diagnoses,
    ${list(
      object('f', 'mdtrt_id name doctor_code'),
      `from fee_lines f where f.clinic_code = $1 and f.mdtrt_id in (select mdtrt_id from s) and f.cancelled_at is null
         and f.at >= $2::timestamptz - ${REACH} and f.at < $3::timestamptz + ${REACH}`,
    )} as lines,
    ${list('p.subject_id', 'from p')} as proxied,
    ${list(
      object('x', 'psn_no proxy_psn_no ~from_at ~to_at ~revoked_at'),
      'from proxies x where x.psn_no in (select psn_no from p)',
    )} as proxies`;

const UPSERT_ROLL = `insert into clinic_rolls (clinic_code, day, leaves_on, body) values ($1, $2, $3, $4)
  on conflict (clinic_code, day) do update set leaves_on = excluded.leaves_on, body = excluded.body`;

const UPSERT_TREND = `insert into clinic_trends (clinic_code, county, through, body) values ($1, $2, $3, $4)
  on conflict (clinic_code) do update set county = excluded.county, through = excluded.through, body = excluded.body`;

const UPSERT_PEERS = `insert into peer_stats (scope, day, body)
  select scope, day, body from unnest($1::text[], $2::date[], $3::text[]) as t (scope, day, body)
  on conflict (scope, day) do update set body = excluded.body`;

const BUSY = `select psn_no from settlements
  where psn_no = any($1::text[]) and at >= $2 and at < $3 and reversed_at is null
  group by psn_no
  having count(*) >= $7 or count(*) filter (where at >= $4 and at < $5) >= $6`;

/** What looks back over weeks and months, by SQL. */
export const periodReads = (read: Read): PeriodStore => ({
  async clinicBrief(clinicCode) {
    const [row] = await read<Row<ClinicBrief>>(
      'reconcile-clinic-brief',
      'select code, region_code, face_recognition, mode, open_hours from clinics where code = $1',
      [clinicCode],
    );
    return row ?? null;
  },

  async rollSource({ clinicCode, from, to }) {
    const [row] = await read<Row<RollSource>>('reconcile-roll-source', SOURCE, [clinicCode, ts(from), ts(to)]);
    return row ?? { regionCode: null, settlements: [], diagnoses: [], lines: [], proxied: [], proxies: [] };
  },

  rolls: ({ clinicCode, from, to }) =>
    read<Row<ClinicRollRow>>(
      'reconcile-rolls',
      'select clinic_code, day, leaves_on, body from clinic_rolls where clinic_code = $1 and day between $2 and $3',
      [clinicCode, from, to],
    ),

  async putRoll(row) {
    await read('reconcile-put-roll', UPSERT_ROLL, [row.clinic_code, row.day, row.leaves_on, row.body]);
  },

  async trendOf(clinicCode) {
    const [row] = await read<Row<ClinicTrendRow>>(
      'reconcile-trend',
      'select clinic_code, county, through, body from clinic_trends where clinic_code = $1',
      [clinicCode],
    );
    return row ?? null;
  },

  async putTrend(row) {
    await read('reconcile-put-trend', UPSERT_TREND, [row.clinic_code, row.county, row.through, row.body]);
  },

  trends: () =>
    read<Row<ClinicTrendRow>>('reconcile-trends', 'select clinic_code, county, through, body from clinic_trends', []),

  async peerStats(scope, until) {
    const [row] = await read<Row<PeerStatsRow>>(
      'reconcile-peer-stats',
      'select scope, day, body from peer_stats where scope = $1 and day <= $2 order by day desc limit 1',
      [scope, until],
    );
    return row ?? null;
  },

  async putPeerStats(rows) {
    await read('reconcile-put-peer-stats', UPSERT_PEERS, [
      rows.map(({ scope }) => scope),
      rows.map(({ day }) => day),
      rows.map(({ body }) => body),
    ]);
  },

  async busyPeople({ psnNos, ofDay, ofMonth, leastADay, leastInSpan }) {
    const rows = await read<{ psn_no: string }>('reconcile-busy-people', BUSY, [
      psnNos,
      ts(ofMonth.from),
      ts(ofMonth.to),
      ts(ofDay.from),
      ts(ofDay.to),
      leastADay,
      leastInSpan,
    ]);
    return rows.map((row) => row.psn_no);
  },

  principalsOf: (proxyPsnNo) =>
    read<Row<ProxyOf>>(
      'reconcile-principals',
      'select psn_no, relation, from_at, to_at, revoked_at from proxies where proxy_psn_no = $1',
      [proxyPsnNo],
    ),

  householdsOf: (psnNos) =>
    read<{ psn_no: string; household: string }>(
      'reconcile-households',
      'select psn_no, household from persons where psn_no = any($1::text[]) and household is not null',
      [psnNos],
    ),
});
