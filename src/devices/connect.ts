import type { FastifyPluginAsync } from 'fastify';
import { camerasRoutes } from './cameras.routes.ts';
import type { ConnectDeps } from './connect.deps.ts';
import { probeRoutes } from './probe.routes.ts';

/** Everything over which cameras are registered and connected. */
export const createConnectRoutes = (deps: ConnectDeps): readonly FastifyPluginAsync[] =>
  [camerasRoutes(deps), probeRoutes(deps)] as FastifyPluginAsync[];
