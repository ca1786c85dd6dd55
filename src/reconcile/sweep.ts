import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import { localDay } from './local-time.ts';

const BATCH = 2_000;

/** Rows that say when they may go, and name insured people. */
const FORGOTTEN = [
  { table: 'score_entries', key: 'settlement_id' },
  { table: 'clinic_rolls', key: 'clinic_code, day' },
] as const;

/**
 * Forgets what scores and roll-ups looked back upon for weeks, once nothing looks back so far. What they concluded stays
 * with its stored facts. @returns how many rows
 */
export async function sweepLookBacks(deps: {
  readonly db: Db;
  readonly clock: Clock;
  readonly timeZone: string;
}): Promise<number> {
  const today = localDay(deps.clock.now(), deps.timeZone);
  let forgotten = 0;
  for (const { table, key } of FORGOTTEN) {
    for (let batch = BATCH; batch === BATCH; ) {
      const { rowCount } = await deps.db.query(
        `delete from ${table} where (${key}) in (
           select ${key} from ${table} where leaves_on < $1 limit ${BATCH} for update skip locked)`,
        [today],
      );
      batch = rowCount ?? 0;
      forgotten += batch;
    }
  }
  return forgotten;
}
