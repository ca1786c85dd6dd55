import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import '../../access/fastify.ts';
import { decodeCursor, PageQuery, pageOf, pageSchema, UUID_FORM } from '../../access/paging.ts';
import { actorOf } from '../../access/scope.ts';
import { assertSeesAll } from '../../access/whole-scope.ts';
import { isoOf, isoOrNull } from '../../people/people.schemas.ts';
import type { Queryable } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { countsOf, failuresOf, listRuns, type ReEnrolment, runById } from './re-enrol.store.ts';
import { DEFAULT_PER_MINUTE, type ReEnrolDeps, startReEnrolment } from './re-enrol.ts';
import { retireOlder } from './retire.ts';

const Reason = Type.Object({ code: Type.String(), zh: Type.String(), en: Type.String() });
const Run = Type.Object(
  {
    id: Type.String(),
    toVersion: Type.String({ description: 'Template version of the model in use when it began' }),
    state: Type.Enum(['running', 'done', 'retired', 'superseded']),
    requestedBy: Type.String(),
    perMinute: Type.Integer({ description: 'So many pictures a minute at most' }),
    startedAt: Type.String({ format: 'date-time' }),
    updatedAt: Type.String({ format: 'date-time' }),
    finishedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    retiredAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
    retiredBy: Type.Union([Type.String(), Type.Null()]),
    portraits: Type.Integer({ description: 'Portraits in use' }),
    done: Type.Integer(),
    failed: Type.Integer(),
    waiting: Type.Integer(),
    appearancesFailed: Type.Integer({ description: 'Recent appearances that nothing is told from' }),
    reasons: Type.Array(Type.Intersect([Reason, Type.Object({ count: Type.Integer() })])),
  },
  { title: 'ReEnrolment' },
);
const Failure = Type.Object({
  portraitId: Type.String(),
  subjectKind: Type.Enum(['enrollee', 'staff']),
  subjectRef: Type.String(),
  reasons: Type.Array(Reason),
});
const Id = Type.Object({ id: Type.String({ pattern: UUID_FORM.source }) });

const WHAT = { zh: '人脸模型', en: 'face models' };

async function answer(db: Queryable, run: ReEnrolment): Promise<Static<typeof Run>> {
  const { reasons, ...counts } = await countsOf(db, run);
  return {
    ...run,
    startedAt: isoOf(run.startedAt),
    updatedAt: isoOf(run.updatedAt),
    finishedAt: isoOrNull(run.finishedAt),
    retiredAt: isoOrNull(run.retiredAt),
    ...counts,
    reasons: reasons.map((reason) => ({ ...reason })),
  };
}

/** One face model takes another's place. @param deps.toVersion of the configured model; null: face recognition is off */
export const reEnrolRoutes =
  (deps: ReEnrolDeps & { readonly toVersion: string | null }): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db } = deps;
    const tags = ['face models'];

    app.post(
      '/v1/faces/re-enrolments',
      {
        config: { right: 'models.write' },
        schema: {
          summary: 'Describe every portrait by the configured face model, or go on where it stopped',
          description:
            'Portraits and appearances of the last five days get a template by the model in use beside the one that they have; both serve until it is done. Where none fails the older ones go by themselves, else when somebody retires the older model.',
          tags,
          operationId: 'startReEnrolment',
          body: Type.Object({
            perMinute: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: 6000,
                default: DEFAULT_PER_MINUTE,
                description: 'Pictures a minute',
              }),
            ),
          }),
          response: { 202: Run },
        },
      },
      async ({ principal, body }, reply) => {
        await assertSeesAll(db, principal, WHAT);
        if (deps.toVersion === null) {
          throw new DomainError('conflict', 'face recognition is switched off in this installation', {
            remedy: 'Switch it on (FACE_RECOGNITION) and start again.',
            zh: '本系统已关闭人脸识别。',
          });
        }
        const run = await startReEnrolment(deps, {
          toVersion: deps.toVersion,
          by: actorOf(principal),
          ...(body.perMinute !== undefined && { perMinute: body.perMinute }),
        });
        return reply.code(202).send(await answer(db, run));
      },
    );

    app.get(
      '/v1/faces/re-enrolments',
      {
        config: { right: 'models.read' },
        schema: {
          summary: 'Re-enrolments, the newest first, with how far they are',
          tags,
          operationId: 'listReEnrolments',
          response: { 200: Type.Object({ items: Type.Array(Run) }) },
        },
      },
      async ({ principal }) => {
        await assertSeesAll(db, principal, WHAT);
        const runs = await listRuns(db, 20);
        return { items: await Promise.all(runs.map((run) => answer(db, run))) };
      },
    );

    app.get(
      '/v1/faces/re-enrolments/:id',
      {
        config: { right: 'models.read' },
        schema: {
          summary: 'How far a re-enrolment is',
          tags,
          operationId: 'getReEnrolment',
          params: Id,
          response: { 200: Run },
        },
      },
      async ({ principal, params }) => {
        await assertSeesAll(db, principal, WHAT);
        return answer(db, await runById(db, params.id));
      },
    );

    app.get(
      '/v1/faces/re-enrolments/:id/failures',
      {
        config: { right: 'models.read' },
        schema: {
          summary: 'Portraits that the new model could not describe, and why: these people need another photograph',
          tags,
          operationId: 'listReEnrolmentFailures',
          params: Id,
          querystring: Type.Object(PageQuery),
          response: { 200: pageSchema(Failure) },
        },
      },
      async ({ principal, params, query }) => {
        await assertSeesAll(db, principal, WHAT);
        const { id } = await runById(db, params.id);
        const { limit } = query;
        const after = decodeCursor(query.cursor, UUID_FORM);
        const rows = await failuresOf(db, id, { after, limit: limit + 1 });
        return pageOf(
          rows.map((row) => ({ ...row, reasons: row.reasons.map((reason) => ({ ...reason })) })),
          limit,
          (row) => row.portraitId,
        );
      },
    );

    app.post(
      '/v1/faces/re-enrolments/:id/retire',
      {
        config: { right: 'models.write' },
        schema: {
          summary: 'Retire the older face model although some portraits failed: these people need another photograph',
          tags,
          operationId: 'retireFaceModel',
          params: Id,
          response: { 200: Run },
        },
      },
      async ({ principal, params }) => {
        await assertSeesAll(db, principal, WHAT);
        return answer(db, await retireOlder(deps, params.id, actorOf(principal)));
      },
    );
  };
