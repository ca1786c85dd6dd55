import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { assertClinicInScope } from '../../access/scope.ts';
import { type Db, ts } from '../../platform/db.ts';
import { replayAssessment } from '../replay.ts';
import type { RuleCatalogue } from '../rules/catalogue.ts';

const Outcomes = Type.Array(
  Type.Object({
    rule: Type.String({ examples: ['A2@1'] }),
    outcome: Type.String(),
    reason: Type.String(),
    part: Type.Optional(Type.String()),
  }),
);

/** Any assessment, run again over its stored facts. */
export const replayRoutes =
  (deps: { readonly db: Db; readonly catalogue: RuleCatalogue }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/assessments/:id/replay',
      {
        config: { right: 'rules.read' },
        schema: {
          summary: 'Reproduce an assessment from its stored facts, under the rule set that stood then',
          tags: ['rules'],
          operationId: 'replayAssessment',
          params: Type.Object({ id: Type.String({ format: 'uuid' }) }),
          response: {
            200: Type.Object({
              assessmentId: Type.String(),
              at: Type.String({ format: 'date-time' }),
              subject: Type.String(),
              ruleSet: Type.String(),
              identical: Type.Boolean({ description: 'Byte for byte, in canonical JSON' }),
              obstacles: Type.Array(Type.Object({ reason: Type.String(), why: Type.String() }), {
                description: 'What stands in the way of reproducing it; empty: nothing',
              }),
              stored: Outcomes,
              replayed: Type.Union([Outcomes, Type.Null()]),
            }),
          },
        },
      },
      async (request) => {
        const replay = await replayAssessment(deps.db, request.params.id, { catalogue: deps.catalogue });
        await assertClinicInScope(deps.db, request.principal, replay.clinicCode);
        return {
          assessmentId: replay.assessmentId,
          at: ts(replay.at),
          subject: replay.subject,
          ruleSet: replay.ruleSet,
          identical: replay.identical,
          obstacles: [...replay.obstacles],
          stored: [...replay.stored.outcomes],
          replayed:
            replay.replayed?.outcomes.map(({ rule, version, outcome, reason, part }) => ({
              rule: `${rule}@${version}`,
              outcome,
              reason,
              ...(part === null ? {} : { part }),
            })) ?? null,
        };
      },
    );
  };
