import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../../access/fastify.ts';
import { hasRight } from '../../access/rights.ts';
import { DomainError } from '../../platform/errors.ts';
import { AlertDetail } from '../alert-detail.schemas.ts';
import type { AlertDetailDeps } from '../alert-detail.ts';
import { AlertItem, AlertParams, DISMISS_REASONS } from '../alerts.schemas.ts';
import { Nullable, Time, Uuid } from '../common.schemas.ts';
import { excludeMany } from './bulk.ts';
import { answerSecondLook, blindDetail, openSecondLooks } from './second-looks.ts';
import type { StepDeps } from './take-step.ts';
import { assign, escalate, lockSoftly, nextAlert, RIGHT_OF, snooze, WORK } from './work-queue.ts';

const tags = ['review'];
const Version = Type.Integer({ minimum: 1 });
const Note = Type.String({ minLength: 1, maxLength: 2000, pattern: '\\S' });

/** Who works on what: the next case, locks, assignment, snoozing, escalation, many at once, second looks. */
export const queueRoutes =
  (deps: StepDeps & AlertDetailDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const onOne = { tags, params: AlertParams, response: { 200: AlertItem } } as const;

    app.post(
      '/v1/alerts/next',
      {
        schema: {
          summary: 'The case that is best worked on next, kept for you for some minutes; null: there is none',
          operationId: 'nextAlert',
          tags,
          body: Type.Object({ work: Type.Enum([...WORK], { description: '初审 · 复审 · 核查 · 终审 · 处理' }) }),
          response: { 200: Type.Object({ alert: Nullable(AlertItem) }) },
        },
        config: { right: 'alerts.read' },
      },
      async (request) => {
        const { work } = request.body;
        if (!hasRight(request.principal.role, RIGHT_OF[work])) {
          throw new DomainError('forbidden', `${work} needs the right ${RIGHT_OF[work]}`, {
            remedy: 'Ask for the work of your own role.',
          });
        }
        return { alert: await nextAlert(deps, request.principal, work) };
      },
    );

    app.post(
      '/v1/alerts/exclusions',
      {
        schema: {
          summary: 'Exclude many alerts for one reason; each answers for itself',
          operationId: 'excludeAlerts',
          tags,
          body: Type.Object({
            alerts: Type.Array(Type.Object({ id: Uuid, version: Version }), { minItems: 1, maxItems: 200 }),
            reason: Type.Enum([...DISMISS_REASONS]),
            note: Type.Optional(Type.String({ maxLength: 2000 })),
          }),
          response: {
            200: Type.Object({
              answers: Type.Array(
                Type.Object({
                  id: Uuid,
                  done: Type.Boolean(),
                  code: Nullable(Type.String()),
                  message: Nullable(Type.String()),
                }),
              ),
            }),
          },
        },
        config: { right: 'alerts.first' },
      },
      async (request) => ({ answers: await excludeMany(deps, request.principal, request.body) }),
    );

    app.put(
      '/v1/alerts/:id/lock',
      {
        schema: {
          ...onOne,
          summary: 'Say that you look at it now; others are handed other cases',
          operationId: 'lockAlert',
        },
        config: { right: 'alerts.first' },
      },
      (request) => lockSoftly(deps, request.principal, request.params.id, true),
    );
    app.delete(
      '/v1/alerts/:id/lock',
      {
        schema: { ...onOne, summary: 'Say that you look at it no more', operationId: 'unlockAlert' },
        config: { right: 'alerts.first' },
      },
      (request) => lockSoftly(deps, request.principal, request.params.id, false),
    );
    app.put(
      '/v1/alerts/:id/assignee',
      {
        schema: {
          ...onOne,
          summary: 'Give it to a colleague, or to nobody',
          operationId: 'assignAlert',
          body: Type.Object({ version: Version, assignee: Nullable(Type.String({ maxLength: 100 })) }),
        },
        config: { right: 'alerts.direct' },
      },
      (request) => assign(deps, request.principal, request.params.id, request.body),
    );
    app.put(
      '/v1/alerts/:id/snooze',
      {
        schema: {
          ...onOne,
          summary: 'Put it aside until a moment; its limit runs on. until null: not any more',
          operationId: 'snoozeAlert',
          body: Type.Object({ version: Version, until: Nullable(Time), note: Note }),
        },
        config: { right: 'alerts.first' },
      },
      ({ principal, params, body }) =>
        snooze(deps, principal, params.id, {
          version: body.version,
          note: body.note,
          until: body.until === null ? null : Date.parse(body.until),
        }),
    );
    app.post(
      '/v1/alerts/:id/escalate',
      {
        schema: {
          ...onOne,
          summary: 'Send it up to whoever directs the work',
          operationId: 'escalateAlert',
          body: Type.Object({ version: Version, note: Note }),
        },
        config: { right: 'alerts.first' },
      },
      (request) => escalate(deps, request.principal, request.params.id, request.body),
    );

    const Look = Type.Object({
      id: Uuid,
      drawnAt: Time,
      clinic: Type.Object({ code: Type.String(), name: Type.String() }),
    });
    app.get(
      '/v1/second-looks',
      {
        schema: {
          summary: 'Excluded alerts that were drawn to be looked at again, by somebody else',
          operationId: 'listSecondLooks',
          tags,
          response: { 200: Type.Object({ items: Type.Array(Look) }) },
        },
        config: { right: 'alerts.second' },
      },
      async (request) => ({ items: await openSecondLooks(deps.db, request.principal) }),
    );
    app.get(
      '/v1/second-looks/:id',
      {
        schema: {
          summary: 'One of them, without what was said of it',
          operationId: 'getSecondLook',
          tags,
          params: Type.Object({ id: Uuid }),
          response: { 200: AlertDetail },
        },
        config: { right: 'alerts.second' },
      },
      (request) => blindDetail(deps, request.principal, request.params.id),
    );
    app.post(
      '/v1/second-looks/:id',
      {
        schema: {
          summary: 'Nothing in it, or a suspicion after all (then it is new again)',
          operationId: 'answerSecondLook',
          tags,
          params: Type.Object({ id: Uuid }),
          body: Type.Object({
            outcome: Type.Enum(['none', 'suspicion']),
            note: Type.Optional(Type.String({ maxLength: 2000 })),
          }),
          response: { 204: Type.Null() },
        },
        config: { right: 'alerts.second' },
      },
      async (request, reply) => {
        await answerSecondLook(deps, request.principal, request.params.id, request.body);
        return reply.code(204).send(null);
      },
    );
  };
