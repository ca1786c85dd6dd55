import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import { decodeCursor, PageQuery, pageOf, pageSchema } from '../../access/paging.ts';
import { actorOf } from '../../access/scope.ts';
import { assertSeesAll } from '../../access/whole-scope.ts';
import { listProposals, type Proposal, proposalById, proposalEvents } from './proposals.store.ts';
import {
  approveRuleSet,
  draftRuleSet,
  endRuleSet,
  type ProposalDeps,
  proposalText,
  proposeRuleSet,
  reviseRuleSet,
} from './proposals.ts';
import { rolloutOf } from './rollout.ts';
import { shadowOf } from './runs.store.ts';
import {
  DraftBody,
  detailOf,
  Id,
  itemOf,
  ReviseBody,
  RULE_SETS,
  RuleSetDetail,
  RuleSetItem,
  STATES,
  StepBody,
} from './schemas.ts';

const tags = ['rules'];
const CURSOR_FORM = /^\d+_[0-9a-f-]{36}$/;

/** A list's cursor: moment and id of the last one. */
export const cursorOf = (cursor: string | undefined): { readonly at: number; readonly id: string } | null => {
  const [at, id] = decodeCursor(cursor, CURSOR_FORM)?.split('_') ?? [];
  return at === undefined || id === undefined ? null : { at: Number(at), id };
};

/** Rule sets: drafted and published by one person, approved by another, and their history. */
export const ruleSetRoutes =
  (deps: ProposalDeps & { readonly refresh: () => Promise<unknown> }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db } = deps;
    const shown = async (proposal: Proposal): Promise<Static<typeof RuleSetDetail>> =>
      detailOf({
        proposal,
        ...(await proposalText(db, proposal)),
        events: await proposalEvents(db, proposal.id),
        rollout: await rolloutOf(db, proposal.id),
        shadow: await shadowOf(db, proposal.id),
      });

    app.get(
      '/v1/rule-sets',
      {
        config: { right: 'rules.read' },
        schema: {
          summary: 'Rule sets of all times, the newest first',
          tags,
          operationId: 'listRuleSets',
          querystring: Type.Object({ ...PageQuery, state: Type.Optional(Type.Enum([...STATES])) }),
          response: { 200: pageSchema(RuleSetItem) },
        },
      },
      async ({ query }) => {
        const rows = await listProposals(db, {
          state: query.state ?? null,
          after: cursorOf(query.cursor),
          limit: query.limit + 1,
        });
        const page = pageOf(rows, query.limit, (row) => `${row.createdAt}_${row.id}`);
        return { ...page, items: page.items.map(itemOf) };
      },
    );

    app.get(
      '/v1/rule-sets/:id',
      {
        config: { right: 'rules.read' },
        schema: {
          summary: 'One rule set: its text, what it changes, its history, its re-assessment and shadow run',
          tags,
          operationId: 'getRuleSet',
          params: Id,
          response: { 200: RuleSetDetail },
        },
      },
      async (request) => shown(await proposalById(db, request.params.id)),
    );

    app.post(
      '/v1/rule-sets',
      {
        config: { right: 'rules.write' },
        schema: {
          summary: 'Draft a rule set: the one in force with changes',
          tags,
          operationId: 'draftRuleSet',
          body: DraftBody,
          response: { 201: RuleSetDetail },
        },
      },
      async ({ principal, body }, reply) => {
        await assertSeesAll(db, principal, RULE_SETS);
        const proposal = await draftRuleSet(deps, actorOf(principal), {
          name: body.name,
          reason: body.reason,
          changes: body.changes,
          from: body.from ?? null,
          reassessFrom: body.reassessFrom == null ? null : Date.parse(body.reassessFrom),
        });
        return reply.code(201).send(await shown(proposal));
      },
    );

    app.patch(
      '/v1/rule-sets/:id',
      {
        config: { right: 'rules.write' },
        schema: {
          summary:
            'Change a draft; what it changes is laid over the set in force now. A published one is a draft again',
          tags,
          operationId: 'reviseRuleSet',
          params: Id,
          body: ReviseBody,
          response: { 200: RuleSetDetail },
        },
      },
      async ({ principal, params, body }) => {
        await assertSeesAll(db, principal, RULE_SETS);
        const { revision, note, reassessFrom, ...rest } = body;
        const step = { id: params.id, revision, actor: actorOf(principal), note: note ?? null };
        const from = reassessFrom == null ? reassessFrom : Date.parse(reassessFrom);
        return shown(await reviseRuleSet(deps, step, { ...rest, reassessFrom: from }));
      },
    );

    const steps = [
      ['propose', 'rules.write', 'Publish a draft for approval by somebody else', proposeRuleSet],
      [
        'approve',
        'rules.approve',
        'Put a published set into force, at once; never by one of its authors',
        approveRuleSet,
      ],
      [
        'reject',
        'rules.approve',
        'Refuse a published set',
        (on: ProposalDeps, step: Parameters<typeof endRuleSet>[1]) => endRuleSet(on, step, 'rejected'),
      ],
      [
        'withdraw',
        'rules.write',
        'Take back a draft or a published set',
        (on: ProposalDeps, step: Parameters<typeof endRuleSet>[1]) => endRuleSet(on, step, 'withdrawn'),
      ],
    ] as const;
    for (const [name, right, summary, act] of steps) {
      app.post(
        `/v1/rule-sets/:id/${name}`,
        {
          config: { right },
          schema: {
            summary,
            tags,
            operationId: `${name}RuleSet`,
            params: Id,
            body: StepBody,
            response: { 200: RuleSetDetail },
          },
        },
        async ({ principal, params, body }) => {
          await assertSeesAll(db, principal, RULE_SETS);
          const proposal = await act(deps, {
            id: params.id,
            revision: body.revision,
            actor: actorOf(principal),
            note: body.note ?? null,
          });
          // This process need not wait for the word that goes round.
          if (proposal.state === 'live') await deps.refresh();
          return shown(proposal);
        },
      );
    }
  };
