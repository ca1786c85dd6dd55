import type { Clock } from '../../platform/clock.ts';
import { type Db, type Queryable, type Tx, ts } from '../../platform/db.ts';

/** Daily counts by clinic, kept in line with what they are counted from. See migration 0034 and ADR 23. */

export interface RollUpDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly timeZone: string;
  /** From this share on a window counts as seen. */
  readonly minCoverage: () => number;
}

type What = 'settlements' | 'alerts' | 'outcomes';

/** Clinics' days, two arrays of one length. */
interface Places {
  readonly days: readonly string[];
  readonly clinics: readonly string[];
}

const ROLL_UP_LOCK = 4116_0034;
const MARKS_AT_ONCE = 5_000;
const MOST_BATCHES = 200;
/** So often at least it is said anew that nothing is to be counted. */
const SAY_EVERY_MS = 60_000;

/** Counts every day anew that something touched. @returns how many clinics' days; again changes nothing */
export async function rollUp(deps: RollUpDeps): Promise<number> {
  await markAllWhenJudgedAnew(deps);
  let counted = 0;
  for (let batch = 0; batch < MOST_BATCHES; batch++) {
    const n = await deps.db.transaction((tx) => rollUpBatch(tx, deps));
    if (n === null) return counted;
    counted += n;
  }
  return counted;
}

/** null: no mark is left, or another process counts. */
async function rollUpBatch(tx: Tx, deps: RollUpDeps): Promise<number | null> {
  const lock = await tx.query<{ got: boolean }>('select pg_try_advisory_xact_lock($1) as got', [ROLL_UP_LOCK]);
  if (lock.rows[0]?.got !== true) return null;
  const { rows } = await tx.query<{ what: What; day: string; clinic_code: string }>(
    `with taken as (
       delete from report_marks where id in (select id from report_marks order by id limit ${MARKS_AT_ONCE})
       returning what, clinic_code, coalesce(day, (at at time zone $1)::date) as day)
     select distinct what, day, clinic_code from taken`,
    [deps.timeZone],
  );
  if (rows.length === 0) {
    await sayReckoned(tx, deps);
    return null;
  }
  // A statement of its own: it sees all that was committed before the marks were taken out, and perhaps more.
  for (const [what, count] of Object.entries(COUNTS)) {
    const of = rows.filter((row) => row.what === what);
    if (of.length === 0) continue;
    await count(tx, deps, { days: of.map(({ day }) => day), clinics: of.map((row) => row.clinic_code) });
  }
  return rows.length;
}

const DAY_FROM = '(t.day::timestamp at time zone $3)';
const DAY_TO = '((t.day + 1)::timestamp at time zone $3)';
const TOUCHED = 'unnest($1::date[], $2::text[]) t (day, clinic_code)';

const forget = (tx: Tx, table: string, { days, clinics }: Places): Promise<unknown> =>
  tx.query(`delete from ${table} d using ${TOUCHED} where d.day = t.day and d.clinic_code = t.clinic_code`, [
    days,
    clinics,
  ]);

const COUNTS: Readonly<Record<What, (tx: Tx, deps: RollUpDeps, places: Places) => Promise<void>>> = {
  async settlements(tx, { timeZone, minCoverage }, places) {
    await forget(tx, 'settlement_days', places);
    await tx.query(
      `insert into settlement_days (day, clinic_code, settlements, fund_fen, seen, blind)
       select t.day, t.clinic_code, count(*), coalesce(sum(s.fund_fen), 0), count(*) filter (where h.coverage >= $4),
         count(*) filter (where h.coverage < $4)
       from ${TOUCHED} join settlements s on s.clinic_code = t.clinic_code and s.at >= ${DAY_FROM} and s.at < ${DAY_TO}
       left join assessment_heads h on h.subject_kind = 'settlement' and h.subject_id = s.id::text and h.awaits_until is null
       where s.reversed_at is null group by t.day, t.clinic_code`,
      [places.days, places.clinics, timeZone, minCoverage()],
    );
  },

  async alerts(tx, { timeZone }, places) {
    await forget(tx, 'alert_days', places);
    await tx.query(
      `insert into alert_days (day, clinic_code, class, phase, state, n, fund_fen)
       select t.day, t.clinic_code, a.class, a.phase, a.state, count(*), sum(a.fund_fen)
       from ${TOUCHED} join alerts a on a.clinic_code = t.clinic_code and a.shown_at >= ${DAY_FROM} and a.shown_at < ${DAY_TO}
       group by t.day, t.clinic_code, a.class, a.phase, a.state`,
      [places.days, places.clinics, timeZone],
    );
  },

  async outcomes(tx, { timeZone }, places) {
    await forget(tx, 'outcome_days', places);
    await tx.query(
      `with touched as (select t.day, t.clinic_code, ${DAY_FROM} as day_from, ${DAY_TO} as day_to from ${TOUCHED}),
       parts as (
         select t.day, t.clinic_code, d.confirmed::int as confirmed, (not d.confirmed)::int as excluded, 0::bigint as found_fen,
           0::bigint as ordered_fen, 0::bigint as recovered_fen
         from touched t join alert_dispositions d on d.clinic_code = t.clinic_code and d.at >= t.day_from and d.at < t.day_to
         where d.undone_at is null and not d.sampled
         union all
         select t.day, t.clinic_code, 0, 0, coalesce(f.amount_fen, 0), 0, 0
         from touched t join alert_flow f on f.determined_at >= t.day_from and f.determined_at < t.day_to
           join alerts a on a.id = f.alert_id and a.clinic_code = t.clinic_code
         where f.determination in ('violation', 'suspected_fraud')
         union all
         select t.day, t.clinic_code, 0, 0, 0, m.amount_fen, 0
         from touched t join handling_measures m on m.created_at >= t.day_from and m.created_at < t.day_to
           join alerts a on a.id = m.alert_id and a.clinic_code = t.clinic_code
         where m.undone_at is null
         union all
         select t.day, t.clinic_code, 0, 0, 0, 0, r.amount_fen
         from touched t join handling_recoveries r on r.recovered_on = t.day
           join handling_measures m on m.id = r.measure_id join alerts a on a.id = m.alert_id and a.clinic_code = t.clinic_code
         where r.undone_at is null)
       insert into outcome_days (day, clinic_code, confirmed, excluded, found_fen, ordered_fen, recovered_fen)
       select day, clinic_code, sum(confirmed), sum(excluded), sum(found_fen), sum(ordered_fen), sum(recovered_fen)
       from parts group by day, clinic_code`,
      [places.days, places.clinics, timeZone],
    );
  },
};

async function sayReckoned(tx: Tx, { clock, minCoverage }: RollUpDeps): Promise<void> {
  await tx.query(
    `insert into report_state (reckoned_at, min_coverage) values ($1, $2)
     on conflict (one) do update set reckoned_at = excluded.reckoned_at, min_coverage = excluded.min_coverage
     where report_state.reckoned_at < excluded.reckoned_at - make_interval(secs => ${SAY_EVERY_MS / 1000})
       or report_state.min_coverage <> excluded.min_coverage`,
    [ts(clock.now()), minCoverage()],
  );
}

/** A rule set that asks for another coverage judges the past anew. */
async function markAllWhenJudgedAnew({ db, minCoverage }: RollUpDeps): Promise<void> {
  await db.transaction(async (tx) => {
    const { rowCount } = await tx.query('update report_state set min_coverage = $1 where min_coverage <> $1', [
      minCoverage(),
    ]);
    if (rowCount === 0) return;
    await tx.query(
      `insert into report_marks (what, clinic_code, day) select 'settlements', clinic_code, day from settlement_days`,
    );
  });
}

export interface Reckoned {
  /** Epoch ms; null: nothing was ever counted. */
  readonly at: number | null;
  /** Something has been touched since and is being counted. */
  readonly pending: boolean;
}

/** As of when the counts stand. */
export async function reckonedAt(db: Queryable, now: number): Promise<Reckoned> {
  const { rows } = await db.query<{ at: number | null; pending: boolean }>(
    `select (select reckoned_at from report_state) as at, exists (select from report_marks) as pending`,
  );
  const { at = null, pending = false } = rows[0] ?? {};
  return { at: pending || at === null ? at : now, pending };
}
