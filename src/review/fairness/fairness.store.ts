import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { dayBounds, localDay, nextDay } from '../../reconcile/local-time.ts';
import type { GateDeps } from '../budget/gate.ts';
import { breaches, type GroupCounts } from './bounds.ts';
import { ageBand, portraitBand, portraitOf, sexOf } from './groups.ts';

/** Daily counts by group, and the bounds that follow from them. */

/** Sets of one dimension each, and of everybody. */
const grouped = (clinic: string): string => `group by grouping sets ((), (age), (sex), (portrait_age), (${clinic}))`;

const NAMED = (clinic: string): string => `case when grouping(age) = 0 then 'age' when grouping(sex) = 0 then 'sex'
    when grouping(portrait_age) = 0 then 'portrait_age' when grouping(${clinic}) = 0 then 'clinic' else 'all' end as dimension,
  case when grouping(age) = 0 then age when grouping(sex) = 0 then sex when grouping(portrait_age) = 0 then portrait_age
    when grouping(${clinic}) = 0 then ${clinic} else '' end as grp`;

const BANDS = (at: string): string => `${ageBand('p.birth', at)} as age, ${sexOf('p.sex')} as sex,
  ${portraitBand('portrait.taken_on', at)} as portrait_age`;

/**
 * Counts a local day anew: settlements and verdicts of that day, suspicions first shown on it and what became of them. A suspicion
 * about no single person counts for its clinic alone (and for everybody).
 */
export async function countDay(tx: Tx, deps: GateDeps, day: string): Promise<void> {
  const { from, to } = dayBounds(day, deps.timeZone);
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 17))', [day]);
  await tx.query('delete from fairness_days where day = $1', [day]);
  await tx.query(
    `with visits as (
       select s.clinic_code, h.verdict, ${BANDS('s.at')}
       from settlements s left join persons p on p.psn_no = s.psn_no ${portraitOf('s.psn_no')}
       left join assessment_heads h on h.subject_kind = 'settlement' and h.subject_id = s.id::text
       where s.at >= $2 and s.at < $3 and s.reversed_at is null
     ), visit_counts as (
       select ${NAMED('clinic_code')}, count(*) as settlements, count(verdict) as judged,
         count(*) filter (where verdict = 'cannot_tell') as cannot_tell
       from visits ${grouped('clinic_code')}
     ), suspicions as (
       select a.clinic_code, d.confirmed,
         case when a.psn_no is not null then ${ageBand('p.birth', 'a.shown_at')} end as age,
         case when a.psn_no is not null then ${sexOf('p.sex')} end as sex,
         case when a.psn_no is not null then ${portraitBand('portrait.taken_on', 'a.shown_at')} end as portrait_age
       from alerts a left join persons p on p.psn_no = a.psn_no ${portraitOf('a.psn_no')}
       left join alert_dispositions d on d.alert_id = a.id and d.undone_at is null
       where a.shown_at >= $2 and a.shown_at < $3 and a.class = 'fraud'
     ), suspicion_counts as (
       select ${NAMED('clinic_code')}, count(*) as shown, count(*) filter (where confirmed) as confirmed,
         count(*) filter (where not confirmed) as excluded
       from suspicions ${grouped('clinic_code')}
     )
     insert into fairness_days (day, dimension, grp, settlements, judged, cannot_tell, shown, confirmed, excluded, computed_at)
     select $1, dimension, grp, coalesce(v.settlements, 0), coalesce(v.judged, 0), coalesce(v.cannot_tell, 0),
       coalesce(s.shown, 0), coalesce(s.confirmed, 0), coalesce(s.excluded, 0), $4
     from visit_counts v full join suspicion_counts s using (dimension, grp) where grp is not null`,
    [day, ts(from), ts(to), ts(deps.clock.now())],
  );
  await renewBounds(tx, deps);
}

/** Groups that are out of bounds wait; those that have come back within them do not. A bound that a person lifted stays lifted until then. */
async function renewBounds(tx: Tx, deps: GateDeps): Promise<void> {
  const { fairness } = deps.policy;
  const now = deps.clock.now();
  const since = nextDay(localDay(now, deps.timeZone), deps.timeZone, -fairness.windowDays);
  const { rows } = await tx.query<GroupCounts & Record<string, unknown>>(
    `select dimension, grp, sum(shown)::int as shown, sum(excluded)::int as excluded from fairness_days
     where day >= $1 group by dimension, grp having sum(shown) > 0 order by dimension, grp`,
    [since],
  );
  const all = rows.find(({ dimension }) => dimension === 'all') ?? { shown: 0, excluded: 0 };
  const broken = breaches(
    rows.filter(({ dimension }) => dimension !== 'all'),
    all,
    fairness,
  );
  await tx.query(
    `delete from fairness_bounds b
     where not exists (select 1 from unnest($1::text[], $2::text[]) k (dimension, grp)
                       where k.dimension = b.dimension and k.grp = b.grp)`,
    [broken.map(({ dimension }) => dimension), broken.map(({ grp }) => grp)],
  );
  for (const breach of broken) {
    await tx.query(
      `insert into fairness_bounds (dimension, grp, broken_at, shown, excluded, low, allowed)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (dimension, grp) do update set shown = excluded.shown, excluded = excluded.excluded, low = excluded.low,
         allowed = excluded.allowed`,
      [breach.dimension, breach.grp, ts(now), breach.shown, breach.excluded, breach.low, breach.allowed],
    );
  }
}

/** Verdicts are final when footage is there or lost: a day is counted once after it is over, and once more then. */
const FINAL_AFTER_DAYS = 3;

/** Days that are to be counted: over and not counted, or counted before their verdicts were final. The oldest first. */
export async function daysToCount(db: Queryable, deps: GateDeps): Promise<string[]> {
  const { timeZone, clock } = deps;
  const today = localDay(clock.now(), timeZone);
  const days = Array.from({ length: FINAL_AFTER_DAYS + 1 }, (_, i) =>
    nextDay(today, timeZone, i - FINAL_AFTER_DAYS - 1),
  );
  const { rows } = await db.query<{ day: string; computed_at: number }>(
    `select day, computed_at from fairness_days where dimension = 'all' and day = any($1::date[])`,
    [days],
  );
  const counted = new Map(rows.map((row) => [row.day, row.computed_at]));
  return days.filter((day) => {
    const at = counted.get(day);
    if (at === undefined) return true;
    const finalAt = dayBounds(nextDay(day, timeZone, FINAL_AFTER_DAYS), timeZone).from;
    return at < finalAt && clock.now() >= finalAt;
  });
}
