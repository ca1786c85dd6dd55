import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { PageQuery, pageOf, pageSchema } from '../../access/paging.ts';
import { actorOf } from '../../access/scope.ts';
import { assertSeesAll } from '../../access/whole-scope.ts';
import { DomainError } from '../../platform/errors.ts';
import { openRuleSet } from '../parameters.ts';
import { changedBody } from './changes.ts';
import { bodyOf, liveProposal, proposalById } from './proposals.store.ts';
import { cursorOf } from './rule-sets.routes.ts';
import { listBacktests, type Run, runById, shadowOf, stopRun } from './runs.store.ts';
import { BacktestBody, Id, RULE_SETS, RunItem, runOf } from './schemas.ts';
import { endShadow, type StartDeps, startBacktest, startShadow } from './start-runs.ts';
import { type DispositionsOf, summarise } from './summary.ts';

const tags = ['rules'];

/** Candidates tried out: over the past, or silently beside the live set. */
export const runRoutes =
  (deps: StartDeps & { readonly dispositionsOf: DispositionsOf }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, catalogue, dispositionsOf } = deps;

    /** A shadow never ends by itself: what it found so far is added up when somebody asks. */
    const shadowView = async (run: Run): Promise<Static<typeof RunItem>> => {
      const candidate = openRuleSet(await bodyOf(db, run.version), { catalogue, version: run.version });
      const base = await bodyOf(db, run.baseVersion);
      return runOf(run, await summarise(db, run, { base, candidate, dispositionsOf }));
    };

    app.post(
      '/v1/rule-sets/:id/shadow',
      {
        config: { right: 'rules.write' },
        schema: {
          summary: 'Let a draft run silently beside the live set, from now on',
          tags,
          operationId: 'startShadow',
          params: Id,
          response: { 200: RunItem },
        },
      },
      async ({ principal, params }) => {
        await assertSeesAll(db, principal, RULE_SETS);
        return runOf(await startShadow(deps, actorOf(principal), await proposalById(db, params.id)));
      },
    );

    app.delete(
      '/v1/rule-sets/:id/shadow',
      {
        config: { right: 'rules.write' },
        schema: {
          summary: 'End a shadow run; what it found can still be read',
          tags,
          operationId: 'endShadow',
          params: Id,
          response: { 200: RunItem },
        },
      },
      async ({ principal, params }) => {
        await assertSeesAll(db, principal, RULE_SETS);
        return shadowView(await endShadow(deps, actorOf(principal), params.id));
      },
    );

    app.get(
      '/v1/rule-sets/:id/shadow',
      {
        config: { right: 'rules.read' },
        schema: {
          summary: 'What a shadow run would have added and removed so far, by rule, with examples',
          tags,
          operationId: 'getShadow',
          params: Id,
          response: { 200: RunItem },
        },
      },
      async ({ principal, params }) => {
        await assertSeesAll(db, principal, RULE_SETS);
        const run = await shadowOf(db, (await proposalById(db, params.id)).id);
        if (run === null) {
          throw new DomainError('not_found', 'this rule set has never run in shadow', {
            remedy: 'POST /v1/rule-sets/{id}/shadow begins it.',
            zh: '该规则集没有影子运行过。',
          });
        }
        return shadowView(run);
      },
    );

    app.post(
      '/v1/backtests',
      {
        config: { right: 'rules.write' },
        schema: {
          summary: 'Replay the stored facts of a span under a candidate set, in the background',
          tags,
          operationId: 'startBacktest',
          body: BacktestBody,
          response: { 202: RunItem },
        },
      },
      async ({ principal, body }, reply) => {
        await assertSeesAll(db, principal, RULE_SETS);
        if ((body.ruleSetId === undefined) === (body.changes === undefined)) {
          throw new DomainError('invalid_input', 'a backtest tries either a rule set or changes', {
            remedy: 'Send exactly one of ruleSetId and changes.',
            zh: '请在 ruleSetId 与 changes 中只填一项。',
          });
        }
        const proposal = await (body.ruleSetId === undefined ? liveProposal(db) : proposalById(db, body.ruleSetId));
        if (proposal === null) throw new DomainError('config_invalid', 'no rule set is in force');
        const base = await bodyOf(db, proposal.version);
        const run = await startBacktest(deps, actorOf(principal), {
          name: body.name ?? proposal.name,
          body: body.changes === undefined ? base : changedBody(base, body.changes, catalogue),
          proposalId: body.ruleSetId ?? null,
          from: Date.parse(body.from),
          to: Date.parse(body.to),
        });
        return reply.code(202).send(runOf(run));
      },
    );

    app.get(
      '/v1/backtests',
      {
        config: { right: 'rules.read' },
        schema: {
          summary: 'Backtests, the newest first',
          tags,
          operationId: 'listBacktests',
          querystring: Type.Object(PageQuery),
          response: { 200: pageSchema(RunItem) },
        },
      },
      async ({ principal, query }) => {
        await assertSeesAll(db, principal, RULE_SETS);
        const rows = await listBacktests(db, { after: cursorOf(query.cursor), limit: query.limit + 1 });
        const page = pageOf(rows, query.limit, (row) => `${row.createdAt}_${row.id}`);
        return { ...page, items: page.items.map((run) => runOf(run)) };
      },
    );

    app.get(
      '/v1/backtests/:id',
      {
        config: { right: 'rules.read' },
        schema: {
          summary: 'One backtest: how far it is, and its result',
          tags,
          operationId: 'getBacktest',
          params: Id,
          response: { 200: RunItem },
        },
      },
      async ({ principal, params }) => {
        await assertSeesAll(db, principal, RULE_SETS);
        return runOf(await runById(db, params.id));
      },
    );

    app.post(
      '/v1/backtests/:id/stop',
      {
        config: { right: 'rules.write' },
        schema: {
          summary: 'End a backtest before it is done',
          tags,
          operationId: 'stopBacktest',
          params: Id,
          response: { 200: RunItem },
        },
      },
      async ({ principal, params }) => {
        await assertSeesAll(db, principal, RULE_SETS);
        await stopRun(db, params.id, `ended by ${actorOf(principal)}`, clock.now());
        return runOf(await runById(db, params.id));
      },
    );
  };
