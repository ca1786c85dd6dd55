import type { Scope } from '../../access/principal.ts';
import { type Queryable, ts } from '../../platform/db.ts';
import { localDay } from '../../reconcile/local-time.ts';
import type { AlertClass } from '../alert.ts';
import type { BudgetState } from './budget.schemas.ts';
import type { GateDeps } from './gate.ts';
import { nextFillAt } from './moments.ts';
import { installationLimit } from './policy.ts';

const CLASSES: readonly AlertClass[] = ['fraud', 'evidence', 'device', 'data'];

interface Waiting {
  readonly by: 'all' | 'reason' | 'rule';
  readonly grp: string;
  readonly n: number;
  readonly fen: number;
}

/** The budget as it stands: limits and what they let through today, and what waits, by reason and rule. */
export async function budgetState(db: Queryable, deps: GateDeps, scope: Scope): Promise<BudgetState> {
  const { policy, timeZone } = deps;
  const now = deps.clock.now();
  const day = localDay(now, timeZone);
  const days = await db.query<{ class: string; region_code: string; shown: number }>(
    'select class, region_code, shown from alert_budget_days where day = $1',
    [day],
  );
  const clinics = (await db.query<{ n: number }>('select count(*) as n from clinics')).rows[0]?.n ?? 0;
  const { rows } = await db.query<Waiting & Record<string, unknown>>(
    `with q as materialized (
       select * from alert_queue a where ($1::text is null or a.region_code like $1 || '%') and ($2::text is null or a.clinic_code = $2))
     select 'all' as by, '' as grp, count(*) as n, coalesce(sum(expected_fen), 0)::bigint as fen from q
     union all select 'reason', reason, count(*), coalesce(sum(expected_fen), 0)::bigint from q group by reason
     union all select 'rule', rule, count(*), coalesce(sum(expected_fen), 0)::bigint from q, unnest(rules) rule group by rule
     order by 1, 3 desc, 2`,
    [scope.regionPrefix, scope.clinicCode],
  );
  const shown = (of: string, region: string): number =>
    days.rows.find((row) => row.class === of && row.region_code === region)?.shown ?? 0;
  const waiting = (row: Waiting | undefined) => ({ n: row?.n ?? 0, expectedFen: row?.fen ?? 0 });
  return {
    mode: policy.mode,
    leastPrecision: policy.leastPrecision,
    fillAt: [...policy.fillAt],
    nextFillAt: ts(nextFillAt(now, policy.fillAt, timeZone)),
    day,
    budgets: CLASSES.flatMap((of) => {
      const budget = policy.budgets[of];
      const all = installationLimit(budget, clinics);
      return [
        { class: of, region: '', perDay: Number.isFinite(all) ? all : null, shownToday: shown(of, '') },
        ...Object.entries(budget.regions).map(([region, perDay]) => ({
          class: of,
          region,
          perDay,
          shownToday: shown(of, region),
        })),
      ];
    }),
    waiting: waiting(rows.find(({ by }) => by === 'all')),
    byReason: rows.filter(({ by }) => by === 'reason').map((row) => ({ reason: row.grp, ...waiting(row) })),
    byRule: rows.filter(({ by }) => by === 'rule').map((row) => ({ rule: row.grp, ...waiting(row) })),
  };
}
