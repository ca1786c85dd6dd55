import { DateTime } from 'luxon';
import type { Queryable } from '../../platform/db.ts';

const PARTITIONED = ['claim_messages', 'claim_events', 'settlements', 'fee_lines'] as const;

/**
 * Makes the month partitions around `aroundMs`: last month's, this one's and the next two. Housekeeping calls it at
 * start-up and daily; rows of a month without a partition lie in the default one.
 */
export async function ensureClaimPartitions(db: Queryable, aroundMs: number): Promise<void> {
  const month = DateTime.fromMillis(aroundMs, { zone: 'utc' }).startOf('month');
  for (const table of PARTITIONED) {
    for (const offset of [-1, 0, 1, 2]) {
      await db.query('select ensure_month_partition($1, $2::date)', [
        table,
        month.plus({ months: offset }).toISODate(),
      ]);
    }
  }
}
