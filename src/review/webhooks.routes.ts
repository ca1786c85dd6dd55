import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import '../access/fastify.ts';
import { scopeOf } from '../access/scope.ts';
import { createWebhook, deleteWebhook, listDeliveries, listWebhooks, type WebhookDeps } from './webhook.store.ts';
import {
  CreatedWebhook,
  CreateWebhookBody,
  DeliveriesQuery,
  DeliveryList,
  WebhookList,
  WebhookParams,
} from './webhooks.schemas.ts';

const tags = ['webhooks'];
const config = { right: 'webhooks.manage' } as const;

/** Receivers of holds and warnings outside the house. */
export const webhookRoutes =
  (deps: WebhookDeps): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/v1/webhooks',
      {
        schema: {
          summary: 'Have holds and warnings of my region sent to an address; the secret is shown this once',
          description:
            'Each delivery is a POST of {id, topic, at, data} with x-claimsight-signature: t=<unix seconds>,' +
            'v1=<hex HMAC-SHA-256 of "t.body" under the secret>, x-claimsight-delivery and x-claimsight-topic. Answer ' +
            '2xx within 5 s; anything else is tried again for about a day (410 ends it). The same delivery may come twice: its id tells.',
          operationId: 'createWebhook',
          tags,
          body: CreateWebhookBody,
          response: { 201: CreatedWebhook },
        },
        config,
      },
      async (request, reply) => reply.code(201).send(await createWebhook(deps, request.principal, request.body)),
    );

    app.get(
      '/v1/webhooks',
      {
        schema: { summary: 'Webhooks of my region', operationId: 'listWebhooks', tags, response: { 200: WebhookList } },
        config,
      },
      async (request) => ({ items: await listWebhooks(deps.db, scopeOf(request.principal)) }),
    );

    app.delete(
      '/v1/webhooks/:id',
      {
        schema: {
          summary: 'Send nothing there any more',
          operationId: 'deleteWebhook',
          tags,
          params: WebhookParams,
          response: { 204: Type.Null() },
        },
        config,
      },
      async (request, reply) => {
        await deleteWebhook(deps, request.principal, request.params.id);
        return reply.code(204).send(null);
      },
    );

    app.get(
      '/v1/webhooks/:id/deliveries',
      {
        schema: {
          summary: 'What was sent to a webhook, and how it went',
          operationId: 'listWebhookDeliveries',
          tags,
          params: WebhookParams,
          querystring: DeliveriesQuery,
          response: { 200: DeliveryList },
        },
        config,
      },
      (request) => listDeliveries(deps.db, scopeOf(request.principal), request.params.id, request.query),
    );
  };
