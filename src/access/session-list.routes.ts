import '@fastify/cookie';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Db } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { SESSION_COOKIE } from './access.plugin.ts';
import type { Audit } from './audit.ts';
import './fastify.ts';
import { UUID_FORM } from './paging.ts';
import { actorOf, scopeOf } from './scope.ts';
import type { OpenSession, SessionScope, Sessions } from './sessions.ts';

const nullableString = Type.Union([Type.String(), Type.Null()]);

const SessionItem = Type.Object({
  id: Type.String(),
  userId: Type.String(),
  username: Type.String(),
  current: Type.Boolean({ description: 'The one that asks' }),
  createdAt: Type.String({ format: 'date-time' }),
  lastSeenAt: Type.String({ format: 'date-time' }),
  address: nullableString,
  agent: nullableString,
});
const SessionItems = Type.Object({ items: Type.Array(SessionItem) });

const answerOf = (session: OpenSession, currentId: string | null) => ({
  ...session,
  current: session.id === currentId,
  createdAt: new Date(session.createdAt).toISOString(),
  lastSeenAt: new Date(session.lastSeenAt).toISOString(),
});

const noSuchSession = () => new DomainError('not_found', 'there is no such session here');

/** Who is logged in where: my own sessions, and for the security officer everybody's in his region. */
export const sessionListRoutes =
  (deps: { readonly db: Db; readonly sessions: Sessions; readonly audit: Audit }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, sessions, audit } = deps;
    const currentOf = async (token: string | undefined): Promise<string | null> =>
      token === undefined ? null : ((await sessions.find(token))?.id ?? null);
    const own = (userId: string): SessionScope => ({ userId, regionPrefix: null, clinicCode: null });

    const end = async (actor: string, id: string, scope: SessionScope): Promise<void> => {
      if (!UUID_FORM.test(id)) throw noSuchSession();
      await db.transaction(async (tx) => {
        if (!(await sessions.end(tx, id, scope))) throw noSuchSession();
        await audit.record(tx, {
          actor,
          action: 'session.revoke',
          subjectKind: 'session',
          subjectId: id,
          outcome: 'done',
        });
      });
    };

    app.get(
      '/v1/session/all',
      {
        schema: {
          summary: 'Where I am logged in',
          operationId: 'listMySessions',
          tags: ['session'],
          response: { 200: SessionItems },
        },
        config: { signedIn: true },
      },
      async ({ principal, cookies }) => {
        const current = await currentOf(cookies[SESSION_COOKIE]);
        return { items: (await sessions.list(db, own(principal.id))).map((each) => answerOf(each, current)) };
      },
    );

    app.delete(
      '/v1/session/others',
      {
        schema: {
          summary: 'Log me out everywhere but here',
          operationId: 'endMyOtherSessions',
          tags: ['session'],
          response: { 200: Type.Object({ ended: Type.Integer() }) },
        },
        config: { signedIn: true },
      },
      async ({ principal, cookies }) => {
        const current = await currentOf(cookies[SESSION_COOKIE]);
        if (principal.kind !== 'user' || current === null) throw new DomainError('forbidden', 'a key has no sessions');
        return db.transaction(async (tx) => {
          const ended = await sessions.endOthers(tx, principal.id, current);
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'session.revoke',
            outcome: 'done',
            detail: { ended },
          });
          return { ended };
        });
      },
    );

    app.delete(
      '/v1/session/all/:id',
      {
        schema: {
          summary: 'Log me out in one place',
          operationId: 'endMySession',
          tags: ['session'],
          params: Type.Object({ id: Type.String() }),
          response: { 204: Type.Null() },
        },
        config: { signedIn: true },
      },
      async ({ principal, params }, reply) => {
        await end(actorOf(principal), params.id, own(principal.id));
        return reply.code(204).send(null);
      },
    );

    app.get(
      '/v1/sessions',
      {
        schema: {
          summary: 'Who of my region is logged in, from where and since when',
          operationId: 'listSessions',
          tags: ['access'],
          querystring: Type.Object({ userId: Type.Optional(Type.String({ format: 'uuid' })) }),
          response: { 200: SessionItems },
        },
        config: { right: 'sessions.revoke' },
      },
      async ({ principal, query, cookies }) => {
        const current = await currentOf(cookies[SESSION_COOKIE]);
        const found = await sessions.list(db, { ...scopeOf(principal), userId: query.userId ?? null });
        return { items: found.map((each) => answerOf(each, current)) };
      },
    );

    app.delete(
      '/v1/sessions/:id',
      {
        schema: {
          summary: 'End a session',
          operationId: 'endSession',
          tags: ['access'],
          params: Type.Object({ id: Type.String() }),
          response: { 204: Type.Null() },
        },
        config: { right: 'sessions.revoke' },
      },
      async ({ principal, params }, reply) => {
        await end(actorOf(principal), params.id, { ...scopeOf(principal), userId: null });
        return reply.code(204).send(null);
      },
    );
  };
