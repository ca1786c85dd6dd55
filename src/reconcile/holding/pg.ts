import { type Tx, ts } from '../../platform/db.ts';
import type { Read } from '../pg/reader.ts';
import type { ReconcileStore } from '../store.ts';
import type { HoldAttemptRow, HoldBreakerRow } from './tables.ts';

export const BREAKER_COLUMNS =
  'scope, state, opened_at, closes_at, wanted, decided, withheld, closed_at, closed_by, note, updated_at';

/** Whether holding goes on, by SQL. */
export const holdingReads = (read: Read): Pick<ReconcileStore, 'holdBreakers' | 'holdCounts'> => ({
  holdBreakers: (scopes) =>
    read<HoldBreakerRow & Record<string, unknown>>(
      'reconcile-hold-breakers',
      `select ${BREAKER_COLUMNS} from hold_breakers where scope = any($1) for update`,
      [scopes],
    ),

  async holdCounts({ region, since, except }) {
    const [row] = await read<{ wanted: number; decided: number }>(
      'reconcile-hold-counts',
      `select
         (select count(*) from hold_attempts where at >= $1 and ($2::text is null or region = $2) and decision_id <> $3) as wanted,
         (select count(*) from decisions where decided_at >= $1
            and ($2::text is null or substr(clinic_code, 2, 6) = $2)) as decided`,
      [ts(since), region, except],
    );
    return row ?? { wanted: 0, decided: 0 };
  },
});

/** Holds are rare, so these rows have statements of their own. */
export function holdingWrites(tx: Tx): Pick<ReconcileStore, 'putHoldBreaker' | 'putHoldAttempt'> & {
  /** @returns whether anything was written */
  flush(): Promise<boolean>;
} {
  const breakers = new Map<string, HoldBreakerRow>();
  const attempts = new Map<string, HoldAttemptRow>();
  const time = (ms: number | null): string | null => (ms === null ? null : ts(ms));
  return {
    putHoldBreaker: (row) => void breakers.set(row.scope, row),
    putHoldAttempt: (row) => void attempts.set(row.decision_id, row),
    async flush() {
      const any = breakers.size + attempts.size > 0;
      for (const row of breakers.values()) {
        await tx.query(
          `insert into hold_breakers (${BREAKER_COLUMNS}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           on conflict (scope) do update set state = excluded.state, opened_at = excluded.opened_at, closes_at = excluded.closes_at,
             wanted = excluded.wanted, decided = excluded.decided, withheld = excluded.withheld, closed_at = excluded.closed_at,
             closed_by = excluded.closed_by, note = excluded.note, updated_at = excluded.updated_at`,
          [
            ...[row.scope, row.state, time(row.opened_at), time(row.closes_at), row.wanted, row.decided, row.withheld],
            ...[time(row.closed_at), row.closed_by, row.note, time(row.updated_at)],
          ],
        );
      }
      for (const row of attempts.values()) {
        await tx.query(
          `insert into hold_attempts (decision_id, at, clinic_code, region, held) values ($1, $2, $3, $4, $5)
           on conflict (decision_id) do update set at = excluded.at, held = excluded.held`,
          [row.decision_id, time(row.at), row.clinic_code, row.region, row.held],
        );
      }
      breakers.clear();
      attempts.clear();
      return any;
    },
  };
}
