import { DateTime } from 'luxon';
import type { Queryable } from './db.ts';

const MONTHS = [-1, 0, 1, 2] as const;

/**
 * Makes the month partitions around `aroundMs` of every table that is partitioned: last month's, this one's and the next
 * two. Safe to run at any time, in any number of processes; rows of a month without a partition lie in the default one.
 */
export async function ensureMonthPartitions(db: Queryable, aroundMs: number): Promise<void> {
  const month = DateTime.fromMillis(aroundMs, { zone: 'utc' }).startOf('month');
  await db.query(
    `select ensure_month_partition(c.relname::text, m::date)
     from pg_partitioned_table p join pg_class c on c.oid = p.partrelid, unnest($1::date[]) as m
     where c.relnamespace = 'public'::regnamespace`,
    [MONTHS.map((offset) => month.plus({ months: offset }).toISODate())],
  );
}
