import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { type Db, tsOrNull } from '../platform/db.ts';
import './fastify.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema } from './paging.ts';
import { scopeOf } from './scope.ts';

const nullableString = Type.Union([Type.String(), Type.Null()]);

/** The readable columns of the trail. Accounts of another region are not shown: actors are accounts, and accounts have a scope. */
export const auditRoutes =
  (deps: { readonly db: Db }): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/audit',
      {
        schema: {
          summary: 'Who did what: newest first',
          operationId: 'listAudit',
          tags: ['access'],
          querystring: Type.Object({
            ...PageQuery,
            action: Type.Optional(Type.String({ maxLength: 60 })),
            actor: Type.Optional(Type.String({ maxLength: 120 })),
            subjectKind: Type.Optional(Type.String({ maxLength: 60 })),
            subjectId: Type.Optional(Type.String({ maxLength: 120 })),
            from: Type.Optional(Type.String({ format: 'date-time' })),
            to: Type.Optional(Type.String({ format: 'date-time' })),
          }),
          response: {
            200: pageSchema(
              Type.Object({
                id: Type.Integer(),
                at: Type.String({ format: 'date-time' }),
                actor: Type.String(),
                action: Type.String(),
                subjectKind: nullableString,
                subjectId: nullableString,
                purpose: nullableString,
                outcome: Type.String(),
              }),
            ),
          },
        },
        config: { right: 'audit.read' },
      },
      async (request) => {
        const { query, principal } = request;
        const scope = scopeOf(principal);
        const { rows } = await deps.db.query<{
          id: number;
          at: number;
          actor: string;
          action: string;
          subject_kind: string | null;
          subject_id: string | null;
          purpose: string | null;
          outcome: string;
        }>(
          `select id, at, actor, action, subject_kind, subject_id, purpose, outcome from audit_entries a
           where ($1::text is null or action = $1) and ($2::text is null or actor = $2)
             and ($3::text is null or subject_kind = $3) and ($4::text is null or subject_id = $4)
             and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
             and ($7::bigint is null or id < $7)
             and (length($8::text) = 4
               or actor in (select 'user:' || u.username from users u left join clinics c on c.code = u.clinic_code
                            where coalesce(c.region_code, u.region_code) like $8 || '%' or u.clinic_code = $9)
               or actor in (select 'key:' || k.name from api_keys k left join clinics c on c.code = k.clinic_code
                            where coalesce(c.region_code, k.region_code) like $8 || '%' or k.clinic_code = $9))
           order by id desc limit $10`,
          [
            query.action ?? null,
            query.actor ?? null,
            query.subjectKind ?? null,
            query.subjectId ?? null,
            tsOrNull(query.from === undefined ? null : Date.parse(query.from)),
            tsOrNull(query.to === undefined ? null : Date.parse(query.to)),
            decodeCursor(query.cursor, /^\d{1,15}$/),
            scope.regionPrefix,
            scope.clinicCode,
            query.limit + 1,
          ],
        );
        const page = pageOf(rows, query.limit, (row) => String(row.id));
        return {
          ...page,
          items: page.items.map((row) => ({
            id: row.id,
            at: new Date(row.at).toISOString(),
            actor: row.actor,
            action: row.action,
            subjectKind: row.subject_kind,
            subjectId: row.subject_id,
            purpose: row.purpose,
            outcome: row.outcome,
          })),
        };
      },
    );
  };
