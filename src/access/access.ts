import type { FastifyPluginAsync } from 'fastify';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Db } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';
import { accessPlugin } from './access.plugin.ts';
import { accountRequestsRoutes } from './account-requests.routes.ts';
import { apiKeysRoutes } from './api-keys.routes.ts';
import { auditRoutes } from './audit.routes.ts';
import type { Audit } from './audit.ts';
import { clinicsRoutes } from './clinics.routes.ts';
import { createLoginLimiter, DEFAULT_LOGIN_LIMITS, type LoginLimits } from './login-limit.ts';
import type { Role } from './principal.ts';
import { secondFactorRoutes } from './second-factor.routes.ts';
import { createSecondFactors } from './second-factor.store.ts';
import { sessionRoutes } from './session.routes.ts';
import { sessionListRoutes } from './session-list.routes.ts';
import { createSessions, DEFAULT_SESSION_LIMITS, type SessionLimits } from './sessions.ts';
import { usersRoutes } from './users.routes.ts';

export interface AccessDeps {
  readonly db: Db;
  readonly clock: Clock;
  /** Real time, also where `clock` is simulated: sessions and locks end for people at desks. */
  readonly wallClock: Clock;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly audit: Audit;
  readonly cookieSecure: boolean;
  /** Roles whose people must log in with a second factor; left out: none. */
  readonly totpRoles?: ReadonlySet<Role>;
  readonly sessionLimits?: SessionLimits;
  readonly loginLimits?: LoginLimits;
}

export interface Access {
  /** For the root application, before all routes. */
  readonly plugin: FastifyPluginAsync;
  readonly routes: readonly FastifyPluginAsync[];
  /** Deletes ended sessions and old counts of log-ins; run it now and then. Answers how many. */
  housekeeping(): Promise<number>;
}

export function createAccess(deps: AccessDeps): Access {
  const { db, wallClock } = deps;
  const sessions = createSessions({ db, wallClock, limits: deps.sessionLimits ?? DEFAULT_SESSION_LIMITS });
  const limiter = createLoginLimiter({ ...deps, limits: deps.loginLimits ?? DEFAULT_LOGIN_LIMITS });
  const totpRoles = deps.totpRoles ?? new Set<Role>();
  const factors = createSecondFactors(deps);
  return {
    plugin: accessPlugin({ db, sessions, wallClock, totpRoles }),
    routes: [
      sessionRoutes({ ...deps, sessions, limiter, factors, totpRoles }),
      secondFactorRoutes({ ...deps, limiter, factors, totpRoles }),
      sessionListRoutes({ ...deps, sessions }),
      usersRoutes({ ...deps, sessions, factors }),
      accountRequestsRoutes({ ...deps, sessions }),
      apiKeysRoutes(deps),
      clinicsRoutes(deps),
      auditRoutes(deps),
    ] as FastifyPluginAsync[],
    housekeeping: async () => (await sessions.sweep(db)) + (await limiter.sweep(db)),
  };
}
