import '@fastify/cookie';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import type { Clock } from '../platform/clock.ts';
import type { Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { findByKey } from './api-keys.store.ts';
import type { DeclaredRoute } from './fastify.ts';
import type { Principal, Role } from './principal.ts';
import { rememberKeys } from './remembered-keys.ts';
import { hasRight } from './rights.ts';
import { csrfTokenOf, type Sessions } from './sessions.ts';

export const SESSION_COOKIE = 'cs_session';
export const CSRF_HEADER = 'x-csrf-token';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface Authentication {
  readonly principal: Principal;
  /** The session's token when he came with a cookie; null for a key. */
  readonly sessionToken: string | null;
  /** He has logged in with the second factor that he has enrolled; keys have none. */
  readonly secondFactor: boolean;
}

/** Who sends a request: by `Authorization: Bearer cs_…`, else by the session cookie; null for nobody known. */
export function createAuthenticator(deps: {
  readonly db: Queryable;
  readonly sessions: Sessions;
  readonly wallClock: Clock;
}): (request: FastifyRequest) => Promise<Authentication | null> {
  const findKey = rememberKeys(
    (key) => findByKey(deps.db, deps.wallClock, key),
    () => deps.wallClock.now(),
  );
  return async (request) => {
    const header = request.headers.authorization;
    if (header !== undefined) {
      const key = /^Bearer\s+(\S+)$/i.exec(header)?.[1];
      const principal = key === undefined ? null : await findKey(key);
      return principal === null ? null : { principal, sessionToken: null, secondFactor: false };
    }
    const token = request.cookies[SESSION_COOKIE];
    if (token === undefined || token === '') return null;
    const found = await deps.sessions.find(token);
    return found === null ? null : { ...found, sessionToken: token };
  };
}

/**
 * Authentication, CSRF and rights of every route under `/v1/`, before its body is read. Register it on the root, after
 * @fastify/cookie and before any route: a route that declares neither a right, nor `signedIn`, nor `public` is refused
 * at start-up.
 */
export function accessPlugin(deps: {
  readonly db: Queryable;
  readonly sessions: Sessions;
  readonly wallClock: Clock;
  /** Roles whose people must have a second factor. */
  readonly totpRoles: ReadonlySet<Role>;
}): FastifyPluginAsync {
  const authenticate = createAuthenticator(deps);

  const plugin = async (app: FastifyInstance): Promise<void> => {
    const declaredRoutes: DeclaredRoute[] = [];
    app.decorate('declaredRoutes', declaredRoutes);
    app.decorateRequest('caller', null);
    app.decorateRequest('principal', {
      getter(this: FastifyRequest) {
        if (this.caller === null) throw unauthenticated();
        return this.caller;
      },
    });

    app.addHook('onRoute', (route) => {
      if (!route.url.startsWith('/v1/')) return;
      const { right, signedIn, public: open } = route.config ?? {};
      if ([right !== undefined, signedIn === true, open === true].filter(Boolean).length !== 1) {
        throw new DomainError(
          'config_invalid',
          `route ${String(route.method)} ${route.url} must declare one of config.right, config.signedIn, config.public`,
        );
      }
      const schema = (route.schema ?? {}) as { operationId?: string; summary?: string };
      for (const method of [route.method].flat().filter((each) => each !== 'HEAD')) {
        declaredRoutes.push({
          method,
          url: route.url,
          operationId: schema.operationId ?? null,
          summary: schema.summary ?? '',
          right: right ?? (open === true ? 'public' : 'signedIn'),
        });
      }
    });

    app.addHook('onRequest', async (request) => {
      if (request.is404 || !request.url.startsWith('/v1/')) return;
      const { right, public: open, enrolling } = request.routeOptions.config;
      const found = await authenticate(request);
      if (found === null) {
        if (open === true) return;
        throw unauthenticated();
      }
      if (found.sessionToken !== null && !SAFE_METHODS.has(request.method) && open !== true) {
        assertCsrf(found.sessionToken, request.headers[CSRF_HEADER]);
      }
      const mustEnrol = found.sessionToken !== null && !found.secondFactor && deps.totpRoles.has(found.principal.role);
      if (mustEnrol && enrolling !== true && open !== true) {
        throw new DomainError('totp_enrolment_required', 'this account needs a second factor first', {
          remedy: 'Enrol one: POST /v1/session/second-factor.',
        });
      }
      if (right !== undefined && !hasRight(found.principal.role, right)) {
        throw new DomainError(
          'forbidden',
          `this needs the right ${right}, which the role ${found.principal.role} has not`,
          {
            remedy: 'Ask your administrator.',
          },
        );
      }
      request.caller = found.principal;
    });
  };
  // Fastify's own sign for a plugin whose hooks hold for its parent's routes too.
  return Object.assign(plugin, { [Symbol.for('skip-override')]: true });
}

function assertCsrf(sessionToken: string, header: string | string[] | undefined): void {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (typeof header === 'string' && timingSafeEqual(digest(header), digest(csrfTokenOf(sessionToken)))) return;
  throw new DomainError('csrf', `the header ${CSRF_HEADER} is missing or not this session's`, {
    remedy: 'Send csrfToken of GET /v1/session in it.',
  });
}

const unauthenticated = (): DomainError =>
  new DomainError('unauthenticated', 'log in first', {
    remedy: 'POST /v1/session, or send an API key as Authorization: Bearer cs_….',
  });
