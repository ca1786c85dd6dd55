import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { type AccountRequest, decideRequest, openRequests } from './account-requests.store.ts';
import type { Audit } from './audit.ts';
import './fastify.ts';
import { UUID_FORM } from './paging.ts';
import type { Principal } from './principal.ts';
import { actorOf, personOf, scopeOf } from './scope.ts';
import type { Sessions } from './sessions.ts';
import { getUser } from './users.store.ts';

const nullableString = Type.Union([Type.String(), Type.Null()]);

const RequestItem = Type.Object({
  id: Type.String(),
  userId: Type.String(),
  username: Type.String(),
  displayName: Type.String(),
  personNo: Type.String(),
  kind: Type.Union([Type.Literal('create'), Type.Literal('change')]),
  role: Type.String(),
  regionCode: nullableString,
  clinicCode: nullableString,
  newPassword: Type.Boolean(),
  enable: Type.Boolean(),
  askedBy: Type.String(),
  askedAt: Type.String({ format: 'date-time' }),
  mine: Type.Boolean({ description: 'The caller asked for it, or it is about him: somebody else decides' }),
});

const isOwn = (request: AccountRequest, principal: Principal): boolean =>
  [request.askedPerson, request.personNo].includes(personOf(principal));

/** The security officer's desk: accounts and changes of accounts that wait for him. */
export const accountRequestsRoutes =
  (deps: {
    readonly db: Db;
    readonly clock: Clock;
    readonly sessions: Sessions;
    readonly audit: Audit;
  }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, sessions, audit } = deps;

    app.get(
      '/v1/account-requests',
      {
        schema: {
          summary: 'Accounts and changes of accounts that wait for approval',
          operationId: 'listAccountRequests',
          tags: ['access'],
          response: { 200: Type.Object({ items: Type.Array(RequestItem) }) },
        },
        config: { right: 'accounts.read' },
      },
      async ({ principal }) => {
        const open = await openRequests(db, scopeOf(principal), null);
        return {
          items: open.map(({ passwordHash: _, askedPerson: __, ...request }, index) => ({
            ...request,
            askedAt: new Date(request.askedAt).toISOString(),
            mine: open[index] !== undefined && isOwn(open[index], principal),
          })),
        };
      },
    );

    app.post(
      '/v1/account-requests/:id/decision',
      {
        schema: {
          summary: 'Let an account or its change in, or reject it; ends the account’s sessions',
          operationId: 'decideAccountRequest',
          tags: ['access'],
          params: Type.Object({ id: Type.String() }),
          body: Type.Object({
            approve: Type.Boolean(),
            reason: Type.Optional(Type.String({ minLength: 1, maxLength: 500 })),
          }),
          response: { 204: Type.Null() },
        },
        config: { right: 'accounts.approve' },
      },
      async ({ principal, params, body }, reply) => {
        const noSuchRequest = () => new DomainError('not_found', 'there is no such request here');
        if (!UUID_FORM.test(params.id)) throw noSuchRequest();
        if (!body.approve && body.reason === undefined) {
          throw new DomainError('invalid_input', 'say why it is rejected', { remedy: 'Send reason.' });
        }
        await db.transaction(async (tx) => {
          const [request] = await openRequests(tx, scopeOf(principal), params.id, true);
          const user = request === undefined ? null : await getUser(tx, request.userId);
          if (request === undefined || user === null) throw noSuchRequest();
          if (isOwn(request, principal)) {
            throw new DomainError('conflict', 'the same person asked for it, or it is his own account', {
              remedy: 'Another security officer decides on it.',
              why: 'same_person',
              zh: '申请人本人或账号所属人不能审批，请由另一名安全员处理。',
            });
          }
          await decideRequest(tx, clock, {
            request,
            user,
            approved: body.approve,
            by: actorOf(principal),
            person: personOf(principal),
            reason: body.reason ?? null,
          });
          await sessions.closeAllOf(tx, user.id);
          await audit.record(tx, {
            actor: actorOf(principal),
            action: body.approve ? 'user.approve' : 'user.reject',
            subjectKind: 'user',
            subjectId: user.id,
            outcome: 'done',
            detail: { kind: request.kind, role: request.role, reason: body.reason ?? null },
          });
        });
        return reply.code(204).send(null);
      },
    );
  };
