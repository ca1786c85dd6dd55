import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { askForAccount } from './account-requests.store.ts';
import type { Audit } from './audit.ts';
import './fastify.ts';
import { assertMayGrant } from './grants.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema, UUID_FORM } from './paging.ts';
import { hashPassword } from './passwords.ts';
import type { Principal, Role } from './principal.ts';
import { USER_ROLES } from './rights.ts';
import { actorOf, personOf, scopeOf } from './scope.ts';
import type { SecondFactors } from './second-factor.store.ts';
import type { Sessions } from './sessions.ts';
import { createUser, getUser, listUsers, type User, updateUser } from './users.store.ts';

export interface UsersRoutesDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly audit: Audit;
  readonly factors: SecondFactors;
}

const UserRole = Type.Unsafe<Role>({ type: 'string', enum: [...USER_ROLES] });
const nullableString = Type.Union([Type.String(), Type.Null()]);

const UserAnswer = Type.Object({
  id: Type.String(),
  username: Type.String(),
  displayName: Type.String(),
  role: Type.String(),
  regionCode: nullableString,
  clinicCode: nullableString,
  personNo: Type.String({ description: '工号: the person behind the account' }),
  state: Type.Union([Type.Literal('pending'), Type.Literal('active'), Type.Literal('rejected')], {
    description: 'pending: waits for the security officer',
  }),
  disabled: Type.Boolean(),
  createdAt: Type.String({ format: 'date-time' }),
});

const answerOf = (user: User) => ({
  id: user.id,
  username: user.username,
  displayName: user.displayName,
  role: user.role,
  regionCode: user.regionCode,
  clinicCode: user.clinicCode,
  personNo: user.personNo,
  state: user.state,
  disabled: user.disabledAt !== null,
  createdAt: new Date(user.createdAt).toISOString(),
});

const noSuchUser = () => new DomainError('not_found', 'there is no such account here');

export const usersRoutes =
  (deps: UsersRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, sessions, audit, factors } = deps;

    const userInScope = async (principal: Principal, id: string): Promise<User> => {
      const [user] = UUID_FORM.test(id) ? await listUsers(db, scopeOf(principal), { id, after: null, limit: 1 }) : [];
      if (user === undefined) throw noSuchUser();
      return user;
    };

    app.post(
      '/v1/users',
      {
        schema: {
          summary: 'Make an account for a person; it waits for the security officer',
          operationId: 'createUser',
          tags: ['access'],
          body: Type.Object({
            username: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{1,49}$' }),
            displayName: Type.String({ minLength: 1, maxLength: 100 }),
            personNo: Type.String({ pattern: '^[A-Za-z0-9_-]{1,40}$', description: '工号' }),
            role: UserRole,
            regionCode: Type.Optional(nullableString),
            clinicCode: Type.Optional(nullableString),
            password: Type.String({ minLength: 1, maxLength: 200 }),
          }),
          response: { 201: UserAnswer },
        },
        config: { right: 'accounts.write' },
      },
      async (request, reply) => {
        const { body, principal } = request;
        const grant = {
          role: body.role,
          regionCode: body.regionCode ?? null,
          clinicCode: body.clinicCode ?? null,
          cameraId: null,
        };
        await assertMayGrant(db, principal, grant);
        const user = await db.transaction(async (tx) => {
          const made = await createUser(tx, clock, { ...body, ...grant, state: 'pending' });
          await askForAccount(tx, clock, {
            ...grant,
            userId: made.id,
            kind: 'create',
            passwordHash: null,
            enable: false,
            askedBy: actorOf(principal),
            askedPerson: personOf(principal),
          });
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'user.create',
            subjectKind: 'user',
            subjectId: made.id,
            outcome: 'done',
            detail: { role: made.role, regionCode: made.regionCode, clinicCode: made.clinicCode },
          });
          return made;
        });
        return reply.code(201).send(answerOf(user));
      },
    );

    app.get(
      '/v1/users',
      {
        schema: {
          summary: 'Accounts of my region',
          operationId: 'listUsers',
          tags: ['access'],
          querystring: Type.Object(PageQuery),
          response: { 200: pageSchema(UserAnswer) },
        },
        config: { right: 'accounts.read' },
      },
      async (request) => {
        const { limit, cursor } = request.query;
        const after = decodeCursor(cursor, UUID_FORM);
        const rows = await listUsers(db, scopeOf(request.principal), { id: null, after, limit: limit + 1 });
        const page = pageOf(rows, limit, (user) => user.id);
        return { ...page, items: page.items.map(answerOf) };
      },
    );

    app.patch(
      '/v1/users/:id',
      {
        schema: {
          summary: 'Change an account: name and locking out at once; role, region, password and letting in again wait',
          operationId: 'changeUser',
          tags: ['access'],
          params: Type.Object({ id: Type.String() }),
          body: Type.Object({
            displayName: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
            role: Type.Optional(UserRole),
            regionCode: Type.Optional(nullableString),
            clinicCode: Type.Optional(nullableString),
            password: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
            disabled: Type.Optional(Type.Boolean()),
          }),
          response: { 200: UserAnswer },
        },
        config: { right: 'accounts.write' },
      },
      async (request) => {
        const { body, principal } = request;
        const user = await userInScope(principal, request.params.id);
        if (user.state === 'rejected') throw new DomainError('conflict', 'this account was rejected');
        if (user.id === principal.id && (body.disabled === true || body.role !== undefined)) {
          throw new DomainError('conflict', 'nobody takes his own rights away', {
            remedy: 'Ask another administrator.',
          });
        }
        const grant = {
          role: body.role ?? user.role,
          regionCode: body.regionCode === undefined ? user.regionCode : body.regionCode,
          clinicCode: body.clinicCode === undefined ? user.clinicCode : body.clinicCode,
          cameraId: null,
        };
        await assertMayGrant(db, principal, grant);
        const passwordHash = body.password === undefined ? null : await hashPassword(body.password, user.username);
        const enable = body.disabled === false && user.disabledAt !== null;
        const disable = body.disabled === true && user.disabledAt === null;
        const disabledAt = disable ? clock.now() : user.disabledAt;
        const granted =
          grant.role !== user.role || grant.regionCode !== user.regionCode || grant.clinicCode !== user.clinicCode;
        const displayName = body.displayName ?? user.displayName;
        const changed = await db.transaction(async (tx) => {
          await updateUser(tx, user.id, { ...user, displayName, disabledAt, passwordHash: null });
          if (disable) await sessions.closeAllOf(tx, user.id);
          if (granted || enable || passwordHash !== null) {
            await askForAccount(tx, clock, {
              ...grant,
              userId: user.id,
              kind: 'change',
              passwordHash,
              enable,
              askedBy: actorOf(principal),
              askedPerson: personOf(principal),
            });
          }
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'user.change',
            subjectKind: 'user',
            subjectId: user.id,
            outcome: 'done',
            detail: { what: Object.keys(body), role: grant.role, disabled: disabledAt !== null },
          });
          return getUser(tx, user.id);
        });
        if (changed === null) throw noSuchUser();
        return answerOf(changed);
      },
    );

    app.delete(
      '/v1/users/:id/second-factor',
      {
        schema: {
          summary: 'Reset the second factor of somebody who has lost his phone; ends his sessions',
          operationId: 'resetSecondFactor',
          tags: ['access'],
          params: Type.Object({ id: Type.String() }),
          response: { 204: Type.Null() },
        },
        config: { right: 'accounts.approve' },
      },
      async ({ principal, params }, reply) => {
        const user = await userInScope(principal, params.id);
        if (user.personNo === personOf(principal)) {
          throw new DomainError('conflict', 'nobody resets his own second factor', {
            remedy: 'Ask another security officer.',
          });
        }
        await db.transaction(async (tx) => {
          const removed = await factors.remove(tx, user.id);
          await sessions.closeAllOf(tx, user.id);
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'user.totp_reset',
            subjectKind: 'user',
            subjectId: user.id,
            outcome: 'done',
            detail: { removed },
          });
        });
        return reply.code(204).send(null);
      },
    );
  };
