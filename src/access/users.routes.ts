import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { Audit } from './audit.ts';
import './fastify.ts';
import { assertMayGrant } from './grants.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema, UUID_FORM } from './paging.ts';
import { hashPassword } from './passwords.ts';
import type { Role } from './principal.ts';
import { USER_ROLES } from './rights.ts';
import { actorOf, scopeOf } from './scope.ts';
import type { Sessions } from './sessions.ts';
import { createUser, getUser, listUsers, type User, updateUser } from './users.store.ts';

export interface UsersRoutesDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly audit: Audit;
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
  disabled: user.disabledAt !== null,
  createdAt: new Date(user.createdAt).toISOString(),
});

const noSuchUser = () => new DomainError('not_found', 'there is no such account here');

export const usersRoutes =
  (deps: UsersRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, sessions, audit } = deps;

    app.post(
      '/v1/users',
      {
        schema: {
          summary: 'Make an account for a person',
          operationId: 'createUser',
          tags: ['access'],
          body: Type.Object({
            username: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{1,49}$' }),
            displayName: Type.String({ minLength: 1, maxLength: 100 }),
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
          const made = await createUser(tx, clock, { ...grant, ...body, ...grant });
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
        config: { right: 'accounts.write' },
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
          summary: 'Change an account: name, role, region, password, or lock it out; ends its sessions',
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
        if (!UUID_FORM.test(request.params.id)) throw noSuchUser();
        const [user] = await listUsers(db, scopeOf(principal), { id: request.params.id, after: null, limit: 1 });
        if (user === undefined) throw noSuchUser();
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
        const disabledAt = body.disabled === undefined ? user.disabledAt : body.disabled ? clock.now() : null;
        const displayName = body.displayName ?? user.displayName;
        const changed = await db.transaction(async (tx) => {
          await updateUser(tx, user.id, { ...grant, displayName, disabledAt, passwordHash });
          await sessions.closeAllOf(tx, user.id);
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
  };
