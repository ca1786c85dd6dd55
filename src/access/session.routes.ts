import '@fastify/cookie';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Db } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { SESSION_COOKIE } from './access.plugin.ts';
import type { Audit } from './audit.ts';
import './fastify.ts';
import type { LoginLimiter } from './login-limit.ts';
import { hashPassword, verifyPassword } from './passwords.ts';
import { type Principal, RIGHTS, type Right, ROLES, type Role } from './principal.ts';
import { rightsOf } from './rights.ts';
import { actorOf } from './scope.ts';
import type { SecondFactors } from './second-factor.store.ts';
import { csrfTokenOf, type Sessions } from './sessions.ts';
import { findLogin, getUser, updateUser } from './users.store.ts';

export interface SessionRoutesDeps {
  readonly db: Db;
  readonly sessions: Sessions;
  readonly limiter: LoginLimiter;
  readonly audit: Audit;
  readonly factors: SecondFactors;
  readonly totpRoles: ReadonlySet<Role>;
  /** true behind TLS */
  readonly cookieSecure: boolean;
}

const nullable = (description: string) => Type.Union([Type.String(), Type.Null()], { description });

const Caller = Type.Object({
  id: Type.String(),
  username: Type.String({ description: 'Log-in name, or the name of the key' }),
  displayName: Type.String(),
  kind: Type.Union([Type.Literal('user'), Type.Literal('key')]),
  role: Type.Unsafe<Role>({ type: 'string', enum: [...ROLES] }),
  rights: Type.Array(Type.Unsafe<Right>({ type: 'string', enum: [...RIGHTS] })),
  regionCode: nullable('Sees this region and what lies in it'),
  clinicCode: nullable('Sees this clinic alone'),
});

const SessionAnswer = Type.Object({
  user: Caller,
  mustEnrol: Type.Boolean({ description: 'Nothing but enrolling a second factor is open to this session' }),
  csrfToken: nullable('To be sent as x-csrf-token with every request that is not a GET; null for a key'),
});

const WRONG = 'user name or password is wrong';

export const sessionRoutes =
  (deps: SessionRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, sessions, limiter, audit, factors, totpRoles } = deps;
    const cookie = { path: '/', httpOnly: true, sameSite: 'strict', secure: deps.cookieSecure } as const;

    const describe = async (principal: Principal, token: string | undefined) => {
      const user = principal.kind === 'user' ? await getUser(db, principal.id) : null;
      return {
        user: {
          id: principal.id,
          username: principal.name,
          displayName: user?.displayName ?? principal.name,
          kind: principal.kind,
          role: principal.role,
          rights: [...rightsOf(principal.role)],
          regionCode: principal.regionCode,
          clinicCode: principal.clinicCode,
        },
        mustEnrol:
          principal.kind === 'user' && totpRoles.has(principal.role) && !(await factors.stateOf(db, principal.id)).on,
        csrfToken: principal.kind === 'user' && token !== undefined ? csrfTokenOf(token) : null,
      };
    };

    app.post(
      '/v1/session',
      {
        schema: {
          summary: 'Log in: sets the cookie cs_session',
          description:
            'Five wrong tries lock a name for a quarter of an hour, whether it exists or not. Who has a second factor is ' +
            'answered `totp_required` and sends `code` too.',
          operationId: 'logIn',
          tags: ['session'],
          body: Type.Object({
            username: Type.String({ minLength: 1, maxLength: 100 }),
            password: Type.String({ minLength: 1, maxLength: 200 }),
            code: Type.Optional(
              Type.String({ minLength: 1, maxLength: 20, description: 'Of the second factor, or a recovery code' }),
            ),
          }),
          response: { 200: SessionAnswer },
        },
        config: { public: true },
      },
      async (request, reply) => {
        const { username, password, code } = request.body;
        const login = await findLogin(db, username);
        // A name that we don't know may be a password in the wrong field: it is not written down.
        const actor = login === null ? 'user:unknown' : `user:${login.user.username}`;
        const fail = (why: string): Promise<void> =>
          audit.record(db, {
            actor,
            action: 'session.login',
            outcome: 'refused',
            detail: { why, address: request.ip },
          });

        if (!(await limiter.take(username, request.ip))) {
          await fail('locked');
          throw new DomainError('rate_limited', 'too many tries to log in', { remedy: 'Wait a quarter of an hour.' });
        }
        const right = await verifyPassword(login?.passwordHash ?? null, password);
        if (login === null || !right || login.user.disabledAt !== null || login.user.state !== 'active') {
          await fail(right ? 'disabled' : 'password');
          throw new DomainError('unauthenticated', WRONG, { remedy: 'Check both, or ask your administrator.' });
        }
        if ((await factors.stateOf(db, login.user.id)).on) {
          if (code === undefined) {
            throw new DomainError('totp_required', 'this account has a second factor', {
              remedy: 'Send the code of the phone, or a recovery code, as code.',
            });
          }
          if (!(await factors.take(db, login.user.id, code))) {
            await fail('code');
            throw new DomainError('totp_required', 'this code is wrong or was used before', {
              remedy: 'Wait for the next one, or take a recovery code.',
              why: 'code',
            });
          }
        }
        const token = await db.transaction(async (tx) => {
          await limiter.clear(tx, username, request.ip);
          await audit.record(tx, { actor, action: 'session.login', outcome: 'done', detail: { address: request.ip } });
          return sessions.open(tx, login.user.id, {
            address: request.ip,
            agent: request.headers['user-agent'] ?? null,
          });
        });
        const principal = (await sessions.find(token))?.principal;
        if (principal === undefined) throw new DomainError('unauthenticated', WRONG);
        reply.setCookie(SESSION_COOKIE, token, cookie);
        return describe(principal, token);
      },
    );

    app.get(
      '/v1/session',
      {
        schema: {
          summary: 'Who I am, what I may do, and the CSRF token of my session',
          operationId: 'getSession',
          tags: ['session'],
          response: { 200: SessionAnswer },
        },
        config: { signedIn: true, enrolling: true },
      },
      async (request, reply) => {
        reply.header('cache-control', 'no-store');
        return describe(request.principal, request.cookies[SESSION_COOKIE]);
      },
    );

    app.delete(
      '/v1/session',
      {
        schema: {
          summary: 'Log out',
          operationId: 'logOut',
          tags: ['session'],
          response: { 204: Type.Null() },
        },
        config: { signedIn: true, enrolling: true },
      },
      async (request, reply) => {
        const token = request.cookies[SESSION_COOKIE];
        if (request.principal.kind === 'user' && token !== undefined) {
          await db.transaction(async (tx) => {
            await sessions.close(tx, token);
            await audit.record(tx, { actor: actorOf(request.principal), action: 'session.logout', outcome: 'done' });
          });
        }
        return reply.clearCookie(SESSION_COOKIE, cookie).code(204).send(null);
      },
    );

    app.put(
      '/v1/session/password',
      {
        schema: {
          summary: 'Change my password; ends all my sessions',
          operationId: 'changePassword',
          tags: ['session'],
          body: Type.Object({
            oldPassword: Type.String({ minLength: 1, maxLength: 200 }),
            newPassword: Type.String({ minLength: 1, maxLength: 200 }),
          }),
          response: { 204: Type.Null() },
        },
        config: { signedIn: true },
      },
      async (request, reply) => {
        const { principal } = request;
        const login = principal.kind === 'user' ? await findLogin(db, principal.name) : null;
        if (login === null) throw new DomainError('forbidden', 'a key has no password');
        if (!(await limiter.take(principal.name, request.ip))) {
          throw new DomainError('rate_limited', 'too many tries', { remedy: 'Wait a quarter of an hour.' });
        }
        if (!(await verifyPassword(login.passwordHash, request.body.oldPassword))) {
          throw new DomainError('forbidden', 'the old password is wrong');
        }
        const passwordHash = await hashPassword(request.body.newPassword, login.user.username);
        await db.transaction(async (tx) => {
          await limiter.clear(tx, principal.name, request.ip);
          await updateUser(tx, login.user.id, { ...login.user, passwordHash });
          await sessions.closeAllOf(tx, login.user.id);
          await audit.record(tx, { actor: actorOf(principal), action: 'session.password', outcome: 'done' });
        });
        return reply.clearCookie(SESSION_COOKIE, cookie).code(204).send(null);
      },
    );
  };
