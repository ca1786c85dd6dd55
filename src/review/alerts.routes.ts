import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../access/fastify.ts';
import { AlertDetail } from './alert-detail.schemas.ts';
import type { AlertDetailDeps } from './alert-detail.ts';
import { alertDetailOf } from './alert-detail.ts';
import { type AlertImagesDeps, openAlertImage } from './alert-images.ts';
import { listAlerts, sightOf, summariseAlerts } from './alert-list.store.ts';
import { AlertList, AlertListQuery, AlertParams, AlertSummary, ImageParams } from './alerts.schemas.ts';

export type AlertRoutesDeps = AlertDetailDeps & AlertImagesDeps;

const tags = ['alerts'];

/** Alerts: list, counts, and everything about one. What is done with them: flow/. */
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
      (request) => summariseAlerts(deps.db, sightOf(request.principal)),
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
  };
