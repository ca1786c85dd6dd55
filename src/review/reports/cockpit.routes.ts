import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import '../../access/fastify.ts';
import { scopeOf } from '../../access/scope.ts';
import { Cockpit, CockpitQuery } from './cockpit.schemas.ts';
import { type CockpitDeps, cockpitOf } from './cockpit.ts';

/** How a region stands, one level at a time. */
export const cockpitRoutes =
  (deps: CockpitDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/cockpit',
      {
        schema: {
          summary: 'A region and what lies one level below it: alerts, money, coverage, precision, budget, late work',
          operationId: 'getCockpit',
          tags: ['reports'],
          querystring: CockpitQuery,
          response: { 200: Cockpit },
        },
        config: { right: 'reports.read' },
      },
      (request) => cockpitOf(deps, scopeOf(request.principal), request.query),
    );
  };
