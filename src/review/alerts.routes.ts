import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../access/fastify.ts';
import { scopeOf } from '../access/scope.ts';
import { type AlertActionsDeps, actOnAlert } from './alert-actions.ts';
import { AlertDetail } from './alert-detail.schemas.ts';
import type { AlertDetailDeps } from './alert-detail.ts';
import { alertDetailOf } from './alert-detail.ts';
import { type AlertImagesDeps, openAlertImage } from './alert-images.ts';
import { listAlerts, sightOf, summariseAlerts } from './alert-list.store.ts';
import {
  AcknowledgeBody,
  AlertItem,
  AlertList,
  AlertListQuery,
  AlertParams,
  AlertSummary,
  ConfirmBody,
  DismissBody,
  ImageParams,
  ReopenBody,
} from './alerts.schemas.ts';

export type AlertRoutesDeps = AlertActionsDeps & AlertDetailDeps & AlertImagesDeps;

const tags = ['alerts'];

/** Alerts: list, counts, everything about one, and what a reviewer does with it. */
export const alertRoutes =
  (deps: AlertRoutesDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/v1/alerts',
      {
        schema: {
          summary: 'Alerts in my region, the newest first',
          operationId: 'listAlerts',
          tags,
          querystring: AlertListQuery,
          response: { 200: AlertList },
        },
        config: { right: 'alerts.read' },
      },
      (request) => listAlerts(deps.db, sightOf(request.principal), request.query),
    );

    app.get(
      '/v1/alerts/summary',
      {
        schema: {
          summary: 'Counts of alerts by phase, class, severity and state',
          operationId: 'summariseAlerts',
          tags,
          response: { 200: AlertSummary },
        },
        config: { right: 'alerts.read' },
      },
      (request) => summariseAlerts(deps.db, scopeOf(request.principal)),
    );

    app.get(
      '/v1/alerts/:id',
      {
        schema: {
          summary: 'Everything that a decision about one alert needs',
          operationId: 'getAlert',
          tags,
          params: AlertParams,
          response: { 200: AlertDetail },
        },
        config: { right: 'alerts.read' },
      },
      (request) => alertDetailOf(deps, request.principal, request.params.id),
    );

    app.get(
      '/v1/alerts/:id/images/:imageId',
      {
        schema: {
          summary: 'A portrait, best shot or still of an alert; each look is audited',
          operationId: 'getAlertImage',
          tags,
          params: ImageParams,
          querystring: Type.Object({
            purpose: Type.Optional(Type.String({ maxLength: 200, description: 'Why; default: review of this alert' })),
          }),
          response: {
            200: {
              description: 'The picture',
              content: { 'image/jpeg': { schema: Type.String({ format: 'binary' }) } },
            },
          },
        },
        config: { right: 'faces.read' },
      },
      async (request, reply) => {
        const { id, imageId } = request.params;
        const image = await openAlertImage(deps, request.principal, {
          alertId: id,
          imageId,
          purpose: request.query.purpose,
        });
        return reply
          .header('cache-control', 'no-store')
          .header('content-disposition', 'inline')
          .type(image.mediaType)
          .send(image.bytes as unknown as string);
      },
    );

    app.post(
      '/v1/alerts/:id/acknowledge',
      {
        schema: {
          summary: 'Take an alert on',
          operationId: 'acknowledgeAlert',
          tags,
          params: AlertParams,
          body: AcknowledgeBody,
          response: { 200: AlertItem },
        },
        config: { right: 'alerts.first' },
      },
      (request) => actOnAlert(deps, request.principal, request.params.id, { action: 'acknowledge', ...request.body }),
    );

    app.post(
      '/v1/alerts/:id/confirm',
      {
        schema: {
          summary: 'Say that it is right (属实); undo it with reopen',
          operationId: 'confirmAlert',
          tags,
          params: AlertParams,
          body: ConfirmBody,
          response: { 200: AlertItem },
        },
        config: { right: 'alerts.first' },
      },
      (request) => actOnAlert(deps, request.principal, request.params.id, { action: 'confirm', ...request.body }),
    );

    app.post(
      '/v1/alerts/:id/dismiss',
      {
        schema: {
          summary: 'Say that it is none, and why; undo it with reopen',
          operationId: 'dismissAlert',
          tags,
          params: AlertParams,
          body: DismissBody,
          response: { 200: AlertItem },
        },
        config: { right: 'alerts.first' },
      },
      (request) => actOnAlert(deps, request.principal, request.params.id, { action: 'dismiss', ...request.body }),
    );

    app.post(
      '/v1/alerts/:id/reopen',
      {
        schema: {
          summary: 'Undo an acknowledgement or a dismissal',
          operationId: 'reopenAlert',
          tags,
          params: AlertParams,
          body: ReopenBody,
          response: { 200: AlertItem },
        },
        config: { right: 'alerts.first' },
      },
      (request) => actOnAlert(deps, request.principal, request.params.id, { action: 'reopen', ...request.body }),
    );
  };
