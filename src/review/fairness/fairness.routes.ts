import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../../access/fastify.ts';
import type { Scope } from '../../access/principal.ts';
import { actorOf, scopeOf } from '../../access/scope.ts';
import { type Queryable, ts, tsOrNull } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { localDay, nextDay } from '../../reconcile/local-time.ts';
import { estimateShare } from '../budget/beta.ts';
import type { BudgetRoutesDeps } from '../budget/budget.routes.ts';
import type { Dimension } from '../budget/tables.ts';
import { BrokenBound, FairnessQuery, FairnessReport, LiftBody } from './fairness.schemas.ts';

const tags = ['fairness'];
const config = { right: 'alerts.first' } as const;
const DIMENSIONS: readonly Dimension[] = ['age', 'sex', 'portrait_age', 'clinic'];

/** False alerts and verdicts that cannot tell, by age, sex, age of the portrait and clinic; and what a bound holds back. */
export const fairnessRoutes =
  (deps: BudgetRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/fairness',
      {
        schema: {
          summary: 'False-alert and cannot-tell rates by group, with interval and count; bounds that are broken',
          operationId: 'getFairness',
          tags,
          querystring: FairnessQuery,
          response: { 200: FairnessReport },
        },
        config,
      },
      async (request) => {
        const today = localDay(deps.clock.now(), deps.timeZone);
        const to = request.query.to ?? today;
        const from = request.query.from ?? nextDay(to, deps.timeZone, -deps.policy.fairness.windowDays);
        return report(deps.db, scopeOf(request.principal), { from, to, clinics: request.query.clinics ?? 50 });
      },
    );

    app.post(
      '/v1/fairness/bounds/lift',
      {
        schema: {
          summary:
            'Let alerts of a group be shown although its bound is broken, until it has fallen and is broken anew',
          operationId: 'liftFairnessBound',
          tags,
          body: LiftBody,
          response: { 200: Type.Array(BrokenBound) },
        },
        config,
      },
      async (request) => {
        const { dimension, group, note } = request.body;
        const actor = actorOf(request.principal);
        await deps.db.transaction(async (tx) => {
          const { rowCount } = await tx.query(
            `update fairness_bounds set lifted_at = $3, lifted_by = $4, note = $5
             where dimension = $1 and grp = $2 and lifted_at is null`,
            [dimension, group, ts(deps.clock.now()), actor, note],
          );
          if (rowCount === 0) {
            throw new DomainError('not_found', `no bound of ${dimension} ${group} holds anything back`, {
              remedy: 'See GET /v1/fairness.',
            });
          }
          await deps.audit.record(tx, {
            actor,
            action: 'fairness.lift',
            subjectKind: 'fairness_bound',
            subjectId: `${dimension}:${group}`,
            outcome: 'done',
            detail: { note },
          });
        });
        return boundsNow(deps.db);
      },
    );
  };

interface Row {
  readonly dimension: Dimension | 'all';
  readonly grp: string;
  readonly settlements: number;
  readonly judged: number;
  readonly cannot_tell: number;
  readonly shown: number;
  readonly excluded: number;
}

/** Whose region is not the whole installation sees its own clinics; the groups of people are everybody's. */
async function report(
  db: Queryable,
  scope: Scope,
  span: { readonly from: string; readonly to: string; readonly clinics: number },
): Promise<FairnessReport> {
  const { rows } = await db.query<Row & Record<string, unknown>>(
    `select f.dimension, f.grp, sum(settlements)::int as settlements, sum(judged)::int as judged,
       sum(cannot_tell)::int as cannot_tell, sum(shown)::int as shown, sum(excluded)::int as excluded
     from fairness_days f left join clinics c on f.dimension = 'clinic' and c.code = f.grp
     where f.day between $3 and $4
       and (f.dimension <> 'clinic' or (($1::text is null or c.region_code like $1 || '%') and ($2::text is null or f.grp = $2)))
     group by f.dimension, f.grp order by f.dimension, sum(shown) desc, f.grp`,
    [scope.regionPrefix, scope.clinicCode, span.from, span.to],
  );
  const none: Row = { dimension: 'all', grp: '', settlements: 0, judged: 0, cannot_tell: 0, shown: 0, excluded: 0 };
  const waiting = await db.query<{ n: number }>(
    `select count(*) as n from alert_queue where reason = 'fairness_bound' and ($1::text is null or region_code like $1 || '%')
       and ($2::text is null or clinic_code = $2)`,
    [scope.regionPrefix, scope.clinicCode],
  );
  return {
    from: span.from,
    to: span.to,
    overall: groupOf(rows.find(({ dimension }) => dimension === 'all') ?? none),
    dimensions: DIMENSIONS.map((dimension) => ({
      dimension,
      groups: rows
        .filter((row) => row.dimension === dimension)
        .slice(0, dimension === 'clinic' ? span.clinics : rows.length)
        .map(groupOf),
    })),
    bounds: await boundsNow(db),
    waiting: waiting.rows[0]?.n ?? 0,
  };
}

const groupOf = (row: Row) => ({
  group: row.grp,
  settlements: row.settlements,
  falseOfShown: estimateShare(row.excluded, row.shown),
  // Several suspicions may name one settlement.
  shownOfSettlements: estimateShare(Math.min(row.shown, row.settlements), row.settlements),
  cannotTell: estimateShare(row.cannot_tell, row.judged),
});

interface BoundRow {
  readonly dimension: Dimension;
  readonly grp: string;
  readonly broken_at: number;
  readonly shown: number;
  readonly excluded: number;
  readonly low: number;
  readonly allowed: number;
  readonly lifted_at: number | null;
  readonly lifted_by: string | null;
  readonly note: string | null;
}

async function boundsNow(db: Queryable): Promise<FairnessReport['bounds']> {
  const { rows } = await db.query<BoundRow & Record<string, unknown>>(
    'select * from fairness_bounds order by dimension, grp',
  );
  return rows.map((row) => ({
    dimension: row.dimension,
    group: row.grp,
    brokenAt: ts(row.broken_at),
    shown: row.shown,
    excluded: row.excluded,
    low: row.low,
    allowed: row.allowed,
    liftedAt: tsOrNull(row.lifted_at),
    liftedBy: row.lifted_by,
    note: row.note,
  }));
}
