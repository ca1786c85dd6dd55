import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { type ApiKey, createApiKey, listApiKeys, revokeApiKey } from './api-keys.store.ts';
import type { Audit } from './audit.ts';
import './fastify.ts';
import { assertMayGrant } from './grants.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema, UUID_FORM } from './paging.ts';
import type { Role } from './principal.ts';
import { KEY_ROLES } from './rights.ts';
import { actorOf, scopeOf } from './scope.ts';

export interface ApiKeysRoutesDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly audit: Audit;
}

const nullableString = Type.Union([Type.String(), Type.Null()]);
const nullableTime = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);

const KeyAnswer = Type.Object({
  id: Type.String(),
  name: Type.String(),
  role: Type.String(),
  regionCode: nullableString,
  clinicCode: nullableString,
  cameraId: nullableString,
  createdAt: Type.String({ format: 'date-time' }),
  lastUsedAt: nullableTime,
  revokedAt: nullableTime,
});

const timeOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

const answerOf = (key: ApiKey) => ({
  ...key,
  createdAt: new Date(key.createdAt).toISOString(),
  lastUsedAt: timeOf(key.lastUsedAt),
  revokedAt: timeOf(key.revokedAt),
});

export const apiKeysRoutes =
  (deps: ApiKeysRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, clock, audit } = deps;

    app.post(
      '/v1/api-keys',
      {
        schema: {
          summary: 'Make a key for a machine; its text is told this once',
          operationId: 'createApiKey',
          tags: ['access'],
          body: Type.Object({
            name: Type.String({ minLength: 1, maxLength: 100 }),
            role: Type.Unsafe<Role>({ type: 'string', enum: [...KEY_ROLES] }),
            regionCode: Type.Optional(nullableString),
            clinicCode: Type.Optional(nullableString),
            cameraId: Type.Optional(nullableString),
          }),
          response: { 201: Type.Intersect([KeyAnswer, Type.Object({ key: Type.String() })]) },
        },
        config: { right: 'accounts.write' },
      },
      async (request, reply) => {
        const { body, principal } = request;
        const grant = {
          name: body.name,
          role: body.role,
          regionCode: body.regionCode ?? null,
          clinicCode: body.clinicCode ?? null,
          cameraId: body.cameraId ?? null,
        };
        await assertMayGrant(db, principal, grant);
        const { apiKey, key } = await db.transaction(async (tx) => {
          const made = await createApiKey(tx, clock, grant);
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'api-key.create',
            subjectKind: 'api-key',
            subjectId: made.apiKey.id,
            outcome: 'done',
            detail: grant,
          });
          return made;
        });
        return reply.code(201).send({ ...answerOf(apiKey), key });
      },
    );

    app.get(
      '/v1/api-keys',
      {
        schema: {
          summary: 'Keys of my region, without their text',
          operationId: 'listApiKeys',
          tags: ['access'],
          querystring: Type.Object(PageQuery),
          response: { 200: pageSchema(KeyAnswer) },
        },
        config: { right: 'accounts.write' },
      },
      async (request) => {
        const { limit, cursor } = request.query;
        const after = decodeCursor(cursor, UUID_FORM);
        const rows = await listApiKeys(db, scopeOf(request.principal), { id: null, after, limit: limit + 1 });
        const page = pageOf(rows, limit, (key) => key.id);
        return { ...page, items: page.items.map(answerOf) };
      },
    );

    app.delete(
      '/v1/api-keys/:id',
      {
        schema: {
          summary: 'Revoke a key, at once and for good',
          operationId: 'revokeApiKey',
          tags: ['access'],
          params: Type.Object({ id: Type.String() }),
          response: { 204: Type.Null() },
        },
        config: { right: 'accounts.write' },
      },
      async (request, reply) => {
        const { principal } = request;
        const { id } = request.params;
        const found = UUID_FORM.test(id)
          ? await listApiKeys(db, scopeOf(principal), { id, after: null, limit: 1 })
          : [];
        if (found.length === 0) throw new DomainError('not_found', 'there is no such key here');
        await db.transaction(async (tx) => {
          await revokeApiKey(tx, clock, id);
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'api-key.revoke',
            subjectKind: 'api-key',
            subjectId: id,
            outcome: 'done',
          });
        });
        return reply.code(204).send(null);
      },
    );
  };
