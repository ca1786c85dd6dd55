import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from 'typebox';
import '../../access/fastify.ts';
import { UUID_FORM } from '../../access/paging.ts';
import { actorOf } from '../../access/scope.ts';
import { assertSeesAll } from '../../access/whole-scope.ts';
import { siteCard } from '../../faces/site-calibration.ts';
import { DomainError } from '../../platform/errors.ts';
import { CALIBRATION_STATES, calibrationById, type FaceCalibration, listCalibrations } from './calibrations.store.ts';
import { askForCalibration, decideCalibration } from './calibrations.ts';
import { cardInUse, type RecalibrateDeps } from './handler.ts';

const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);
const Moment = Type.String({ format: 'date-time' });

const Item = Type.Object(
  {
    id: Type.String(),
    templateVersion: Type.String({ description: 'Of the model whose comparisons it weighs' }),
    state: Type.Enum([...CALIBRATION_STATES]),
    from: Moment,
    to: Moment,
    numbers: nullable(Type.Unknown({ description: 'People, visits, pairs, and what was left out and why' })),
    refusal: nullable(Type.Object({ zh: Type.String(), en: Type.String() })),
    calibration: nullable(Type.Unknown({ description: 'As a model card has it' })),
    proposedBy: Type.String(),
    proposedAt: Moment,
    note: nullable(Type.String()),
    decidedBy: nullable(Type.String()),
    decidedAt: nullable(Moment),
    inForceFrom: nullable(Moment),
    inForceUntil: nullable(Moment),
  },
  { title: 'FaceCalibration' },
);
const Id = Type.Object({ id: Type.String({ pattern: UUID_FORM.source }) });
const Note = Type.Object({ note: Type.Optional(Type.String({ maxLength: 2000 })) });

const WHAT = { zh: '人脸模型', en: 'face models' };
const iso = (ms: number): string => new Date(ms).toISOString();
const isoOrNull = (ms: number | null): string | null => (ms === null ? null : iso(ms));

const itemOf = (each: FaceCalibration): Static<typeof Item> => ({
  ...each,
  from: iso(each.from),
  to: iso(each.to),
  refusal: each.refusal === null ? null : { ...each.refusal },
  proposedAt: iso(each.proposedAt),
  decidedAt: isoOrNull(each.decidedAt),
  inForceFrom: isoOrNull(each.inForceFrom),
  inForceUntil: isoOrNull(each.inForceUntil),
});

/** The face model weighed anew on this installation's own confirmed visits: asked for by one person, put into force by another. */
export const faceCalibrationRoutes =
  (deps: RecalibrateDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { db } = deps;
    const tags = ['face models'];

    app.post(
      '/v1/faces/calibrations',
      {
        config: { right: 'models.write' },
        schema: {
          summary: 'Calibrate the face model on confirmed visits of a span, in the background',
          description:
            "Visits that the terminal's own face check, a witnessed ID card or a reviewer's inquiry confirmed, never our own match. It becomes a proposal, or is refused with the numbers.",
          tags,
          operationId: 'askForFaceCalibration',
          body: Type.Object({ from: Moment, to: Moment, note: Type.Optional(Type.String({ maxLength: 2000 })) }),
          response: { 202: Item },
        },
      },
      async ({ principal, body }, reply) => {
        await assertSeesAll(db, principal, WHAT);
        const asked = await askForCalibration(deps, {
          card: cardInUse(deps),
          by: actorOf(principal),
          from: Date.parse(body.from),
          to: Date.parse(body.to),
          note: body.note ?? null,
        });
        return reply.code(202).send(itemOf(asked));
      },
    );

    app.get(
      '/v1/faces/calibrations',
      {
        config: { right: 'models.read' },
        schema: {
          summary: 'Calibrations on confirmed visits, the newest first',
          tags,
          operationId: 'listFaceCalibrations',
          response: { 200: Type.Object({ items: Type.Array(Item) }) },
        },
      },
      async ({ principal }) => {
        await assertSeesAll(db, principal, WHAT);
        return { items: (await listCalibrations(db, 50)).map(itemOf) };
      },
    );

    app.get(
      '/v1/faces/calibrations/:id',
      {
        config: { right: 'models.read' },
        schema: {
          summary: 'A calibration with its numbers',
          tags,
          operationId: 'getFaceCalibration',
          params: Id,
          response: { 200: Item },
        },
      },
      async ({ principal, params }) => {
        await assertSeesAll(db, principal, WHAT);
        return itemOf(await calibrationById(db, params.id));
      },
    );

    app.get(
      '/v1/faces/calibrations/:id/card',
      {
        config: { right: 'models.read' },
        schema: {
          summary: 'The model card with this calibration, as a file',
          tags,
          operationId: 'getFaceCalibrationCard',
          params: Id,
          response: { 200: Type.Unknown() },
        },
      },
      async ({ principal, params }) => {
        await assertSeesAll(db, principal, WHAT);
        const { calibration } = await calibrationById(db, params.id);
        if (calibration === null)
          throw new DomainError('conflict', 'this one has no calibration', {
            remedy: 'Its state and refusal say why.',
            zh: '该申请没有产生校准结果。',
          });
        return siteCard(cardInUse(deps), calibration);
      },
    );

    for (const [action, approve, summary] of [
      ['approve', true, 'Put a proposed calibration into force; not by who asked for it'],
      ['reject', false, 'Reject a proposed calibration; not by who asked for it'],
    ] as const) {
      app.post(
        `/v1/faces/calibrations/:id/${action}`,
        {
          config: { right: 'models.approve' },
          schema: {
            summary,
            tags,
            operationId: `${action}FaceCalibration`,
            params: Id,
            body: Note,
            response: { 200: Item },
          },
        },
        async ({ principal, params, body }) => {
          await assertSeesAll(db, principal, WHAT);
          const decision = { id: params.id, by: actorOf(principal), approve, note: body.note ?? null };
          return itemOf(await decideCalibration(deps, { ...decision, card: cardInUse(deps) }));
        },
      );
    }
  };
