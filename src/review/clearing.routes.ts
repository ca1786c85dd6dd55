import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import '../access/fastify.ts';
import { scopeOf } from '../access/scope.ts';
import {
  AcknowledgeHoldsBody,
  AcknowledgeHoldsResult,
  HoldsPage,
  HoldsQuery,
  MonthParams,
} from './clearing.schemas.ts';
import { acknowledgeHolds, type ClearingDeps, listHolds } from './clearing.store.ts';

/** What the bureau keeps out of a month's clearing. */
export const clearingRoutes =
  (deps: ClearingDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/clearing/:month/holds',
      {
        schema: {
          summary: 'Settlements that are held out of a month’s clearing, and acknowledged ones that are held no more',
          operationId: 'listClearingHolds',
          tags: ['clearing'],
          params: MonthParams,
          querystring: HoldsQuery,
          response: { 200: HoldsPage },
        },
        config: { right: 'clearing.read' },
      },
      (request) => listHolds(deps, scopeOf(request.principal), request.params.month, request.query),
    );

    app.post(
      '/v1/clearing/:month/holds/acknowledge',
      {
        schema: {
          summary: 'Say that these holds have been taken note of; again is no harm',
          operationId: 'acknowledgeClearingHolds',
          tags: ['clearing'],
          params: MonthParams,
          body: AcknowledgeHoldsBody,
          response: { 200: AcknowledgeHoldsResult },
        },
        config: { right: 'clearing.act' },
      },
      (request) => acknowledgeHolds(deps, request.principal, request.params.month, request.body.decisionIds),
    );
  };
