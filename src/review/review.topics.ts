import { Type } from 'typebox';
import { defineTopic } from '../platform/outbox.ts';

/** An alert was raised, or came back. Handled here: its webhooks leave the house. */
export const alertChanged = defineTopic({
  name: 'alert.changed',
  queue: 'delivery',
  payload: Type.Object({
    alertId: Type.String(),
    action: Type.Enum(['raised', 'returned']),
    version: Type.Integer(),
  }),
});

/** One message to one webhook waits to be sent. */
export const webhookDelivery = defineTopic({
  name: 'webhook.delivery',
  queue: 'delivery',
  payload: Type.Object({ deliveryId: Type.String() }),
});

export const reviewTopics = [alertChanged, webhookDelivery] as const;
