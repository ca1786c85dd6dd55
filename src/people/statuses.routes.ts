import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../access/fastify.ts';
import { UUID_FORM } from '../access/paging.ts';
import { actorOf } from '../access/scope.ts';
import { DomainError } from '../platform/errors.ts';
import type { PeopleDeps } from './deps.ts';
import { parseMoment } from './moments.ts';
import { assertPersonInScope } from './people.routes.ts';
import { isoOf, isoOrNull, NullableString, nullable, PsnNo, StatusAnswer } from './people.schemas.ts';
import { statusesOf } from './people.store.ts';
import { putStatuses, withdrawStatuses } from './statuses.write.ts';

export const statusesRoutes =
  (deps: PeopleDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db, audit, timeZone } = deps;

    app.post(
      '/v1/people/:psnNo/status',
      {
        schema: {
          summary: 'Say that a person is dead, in hospital, suspended or away',
          description:
            'Times: ISO 8601, or a day, or (a death) a month. A death counts from the end of its day or month; a new one replaces the old.',
          operationId: 'putStatus',
          tags: ['people'],
          params: Type.Object({ psnNo: PsnNo }),
          body: Type.Object({
            what: StatusAnswer.properties.what,
            from: Type.String({ maxLength: 40 }),
            to: Type.Optional(nullable(Type.String({ maxLength: 40 }))),
            institution: Type.Optional(NullableString),
            source: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
          }),
          response: { 201: StatusAnswer },
        },
        config: { right: 'people.write' },
      },
      async (request, reply) => {
        const { body, principal } = request;
        const { psnNo } = await assertPersonInScope(deps, principal, request.params.psnNo);
        const from = momentOf(body.from, 'from', timeZone, body.what === 'dead' ? 'end' : 'start');
        const to = body.to == null ? null : momentOf(body.to, 'to', timeZone, 'end');
        if (to !== null && to <= from) throw new DomainError('invalid_input', 'to must be later than from');
        const source = body.source ?? actorOf(principal);
        await db.transaction(async (tx) => {
          const institution = body.institution ?? null;
          await putStatuses(tx, deps, [{ psnNo, what: body.what, from, to, institution, source }]);
          await audit.record(tx, {
            actor: actorOf(principal),
            action: 'status.put',
            subjectKind: 'person',
            subjectId: psnNo,
            outcome: 'done',
            detail: { what: body.what },
          });
        });
        const stored = (await statusesOf(db, psnNo)).find((row) => row.what === body.what && row.from === from);
        if (stored === undefined) throw new DomainError('conflict', 'it was changed by someone else meanwhile');
        const { psnNo: _, ...answer } = stored;
        return reply.code(201).send({ ...answer, from: isoOf(stored.from), to: isoOrNull(stored.to) });
      },
    );

    app.delete(
      '/v1/people/:psnNo/status/:id',
      {
        schema: {
          summary: 'Take back a status that was wrong',
          operationId: 'deleteStatus',
          tags: ['people'],
          params: Type.Object({ psnNo: PsnNo, id: Type.String() }),
          response: { 204: Type.Null() },
        },
        config: { right: 'people.write' },
      },
      async (request, reply) => {
        const { psnNo } = await assertPersonInScope(deps, request.principal, request.params.psnNo);
        const { id } = request.params;
        const status = (await statusesOf(db, psnNo)).find((row) => UUID_FORM.test(id) && row.id === id);
        if (status === undefined) throw new DomainError('not_found', 'this person has no such status');
        await db.transaction(async (tx) => {
          await withdrawStatuses(tx, deps, [status]);
          await audit.record(tx, {
            actor: actorOf(request.principal),
            action: 'status.delete',
            subjectKind: 'person',
            subjectId: psnNo,
            outcome: 'done',
            detail: { what: status.what, from: isoOf(status.from), source: status.source },
          });
        });
        return reply.code(204).send(null);
      },
    );
  };

/** @throws DomainError `invalid_input` naming the field */
export function momentOf(text: string, field: string, timeZone: string, edge: 'start' | 'end' = 'start'): number {
  const moment = parseMoment(text, timeZone, edge);
  if (moment !== null) return moment;
  throw new DomainError('invalid_input', `${field} is no time`, {
    remedy: 'Write 2026-03-17T09:15:30+08:00, or a day as 2026-03-17.',
  });
}
