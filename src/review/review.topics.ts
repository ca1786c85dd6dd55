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

/** The queue of one class of alerts is to be filled, as far as its budget reaches; `urgent`: by what cannot wait alone. */
export const queueDue = defineTopic({
  name: 'alert.queue',
  queue: 'reconcile',
  payload: Type.Object({
    class: Type.Enum(['fraud', 'evidence', 'device', 'data']),
    urgent: Type.Boolean(),
  }),
});

/** Reviewers' answers moved a rule's estimate: what waits by it is rated anew. */
export const precisionChanged = defineTopic({
  name: 'alert.precision',
  queue: 'reconcile',
  payload: Type.Object({ ruleKey: Type.String() }),
});

/** The daily counts by group are to be made, or made anew. */
export const fairnessDue = defineTopic({
  name: 'fairness.day',
  queue: 'reconcile',
  payload: Type.Object({ day: Type.String() }),
});

export const reviewTopics = [alertChanged, webhookDelivery, queueDue, precisionChanged, fairnessDue] as const;
