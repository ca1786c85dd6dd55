import '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../../access/fastify.ts';
import { actorOf } from '../../access/scope.ts';
import { DomainError } from '../../platform/errors.ts';
import { getAlert, sightOf } from '../alert-list.store.ts';
import { AlertItem, AlertParams } from '../alerts.schemas.ts';
import { Uuid } from '../common.schemas.ts';
import { type AttachmentDeps, keepAttachment, openAttachment } from './attachments.store.ts';
import { StepBody, UndoBody } from './steps.schemas.ts';
import { type StepDeps, takeStep } from './take-step.ts';
import { undoStep } from './undo.ts';

export type FlowRoutesDeps = StepDeps & AttachmentDeps;

const tags = ['review'];

/** From an alert to a determination: steps, undo, and what a clinic sends for its explanation. */
export const flowRoutes =
  (deps: FlowRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/v1/alerts/:id/steps',
      {
        schema: {
          summary: 'Take one step with an alert; which ones, its `steps` tell',
          description: 'docs/review-flow.md has the table: who may take it, what it needs, what it records.',
          operationId: 'takeAlertStep',
          tags,
          params: AlertParams,
          body: StepBody,
          response: { 200: AlertItem },
        },
        config: { right: 'alerts.read' },
      },
      (request) => takeStep(deps, request.principal, request.params.id, request.body),
    );

    app.post(
      '/v1/alerts/:id/undo',
      {
        schema: {
          summary: 'Take the last step back, while nobody has built on it',
          operationId: 'undoAlertStep',
          tags,
          params: AlertParams,
          body: UndoBody,
          response: { 200: AlertItem },
        },
        config: { right: 'alerts.read' },
      },
      (request) => undoStep(deps, request.principal, request.params.id, request.body.version),
    );

    app.post(
      '/v1/alerts/:id/attachments',
      {
        schema: {
          summary: 'Send a photograph or PDF for an explanation (form field file)',
          operationId: 'sendAlertAttachment',
          tags,
          params: AlertParams,
          consumes: ['multipart/form-data'],
          response: {
            201: Type.Object({
              id: Uuid,
              name: Type.String(),
              mediaType: Type.String(),
              sizeBytes: Type.Integer(),
            }),
          },
        },
        config: { right: 'alerts.explain' },
      },
      async (request, reply) => {
        const alert = await getAlert(deps.db, sightOf(request.principal), request.params.id);
        const fileSize = Math.ceil(deps.flow.attachments.mostMegabytes * 1024 * 1024);
        const part = request.isMultipart() ? await request.file({ limits: { fileSize, files: 1 } }) : undefined;
        if (part === undefined) {
          throw new DomainError('unsupported_media', 'no file came with this request', {
            remedy: 'Send it as the field file of a form.',
          });
        }
        const kept = await keepAttachment(deps, request.principal, {
          alertId: alert.id,
          name: part.filename,
          file: await part.toBuffer(),
        });
        return reply.code(201).send(kept);
      },
    );

    app.get(
      '/v1/alerts/:id/attachments/:attachmentId',
      {
        schema: {
          summary: 'What a clinic attached; each look is audited',
          operationId: 'getAlertAttachment',
          tags,
          params: Type.Object({ id: Uuid, attachmentId: Uuid }),
          response: {
            200: {
              description: 'The file',
              content: { 'application/octet-stream': { schema: Type.String({ format: 'binary' }) } },
            },
          },
        },
        config: { right: 'alerts.read' },
      },
      async (request, reply) => {
        const { id, attachmentId } = request.params;
        const alert = await getAlert(deps.db, sightOf(request.principal), id);
        const file = await openAttachment(deps, alert.id, attachmentId);
        await deps.audit.record(deps.db, {
          actor: actorOf(request.principal),
          action: 'attachment.view',
          subjectKind: 'alert',
          subjectId: alert.id,
          outcome: 'done',
          detail: { attachmentId },
        });
        return reply
          .header('cache-control', 'no-store')
          .header('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`)
          .type(file.mediaType)
          .send(file.bytes as unknown as string);
      },
    );
  };
