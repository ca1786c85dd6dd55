import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../../access/fastify.ts';
import type { Audit } from '../../access/audit.ts';
import { PageQuery } from '../../access/paging.ts';
import { scopeOf } from '../../access/scope.ts';
import type { Db } from '../../platform/db.ts';
import { Uuid } from '../common.schemas.ts';
import {
  BudgetState,
  MissedReport,
  PrecisionReport,
  SampleCheck,
  SampleCheckList,
  SampleOutcomeBody,
  SpanQuery,
} from './budget.schemas.ts';
import { budgetState } from './budget-state.store.ts';
import type { DispositionDeps } from './dispositions.ts';
import { precisionReport } from './precision.store.ts';
import { answerSampleCheck, listSampleChecks, missedReport } from './sample.store.ts';

export type BudgetRoutesDeps = DispositionDeps & { readonly db: Db; readonly audit: Audit };

const tags = ['alarm budget'];
const DAY_MS = 86_400_000;
const DEFAULT_SPAN_MS = 90 * DAY_MS;
const config = { right: 'alerts.first' } as const;

/** What waits and why, how often suspicions were right, and the checks of what was not shown. Supervisors' alone. */
export const budgetRoutes =
  (deps: BudgetRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/alarm-budget',
      {
        schema: {
          summary: 'The alarm budget: its limits, what it let through today, and what waits',
          operationId: 'getAlarmBudget',
          tags,
          response: { 200: BudgetState },
        },
        config,
      },
      (request) => budgetState(deps.db, deps, scopeOf(request.principal)),
    );

    app.get(
      '/v1/alarm-budget/precision',
      {
        schema: {
          summary: 'How often suspicions were right: with interval and count, overall, by rule, kind of clinic, county',
          operationId: 'getPrecision',
          tags,
          querystring: SpanQuery,
          response: { 200: PrecisionReport },
        },
        config,
      },
      (request) => {
        const now = deps.clock.now();
        return precisionReport(deps.db, deps.policy, scopeOf(request.principal), spanOf(request.query, now), now);
      },
    );

    app.get(
      '/v1/alarm-budget/missed',
      {
        schema: {
          summary: 'What share of what was not shown was wrong, by the checks, by rule',
          operationId: 'getMissed',
          tags,
          response: { 200: MissedReport },
        },
        config,
      },
      () => missedReport(deps.db),
    );

    app.get(
      '/v1/sample-checks',
      {
        schema: {
          summary: 'Checks of what was not shown (抽查), which accuse nobody, the newest first',
          operationId: 'listSampleChecks',
          tags,
          querystring: Type.Object({ state: Type.Optional(Type.Enum(['open', 'done'])), ...PageQuery }),
          response: { 200: SampleCheckList },
        },
        config,
      },
      (request) => listSampleChecks(deps.db, scopeOf(request.principal), request.query),
    );

    app.post(
      '/v1/sample-checks/:id',
      {
        schema: {
          summary: 'Say what a check found',
          operationId: 'answerSampleCheck',
          tags,
          params: Type.Object({ id: Uuid }),
          body: SampleOutcomeBody,
          response: { 200: SampleCheck },
        },
        config,
      },
      (request) => answerSampleCheck(deps, request.principal, request.params.id, request.body),
    );
  };

export function spanOf(query: { from?: string | undefined; to?: string | undefined }, now: number) {
  const to = query.to === undefined ? now + 1 : Date.parse(query.to);
  return { from: query.from === undefined ? to - DEFAULT_SPAN_MS : Date.parse(query.from), to };
}
