import { type Static, Type } from 'typebox';
import { PageQuery } from '../access/paging.ts';
import { NextCursor, Nullable, PhaseSchema, Time, Uuid } from './common.schemas.ts';

export const WEBHOOK_TOPICS = ['decision.held', 'decision.released', 'decision.confirmed', 'alert.raised'] as const;
export type WebhookTopic = (typeof WEBHOOK_TOPICS)[number];
const TopicSchema = Type.Enum([...WEBHOOK_TOPICS]);

export const CreateWebhookBody = Type.Object({
  url: Type.String({ maxLength: 2000, description: 'http or https, without user name and password' }),
  topics: Type.Array(TopicSchema, { minItems: 1, uniqueItems: true }),
  phases: Type.Optional(
    Type.Array(PhaseSchema, {
      minItems: 1,
      uniqueItems: true,
      description: 'Which alerts `alert.raised` tells of; default: pre-event warnings only',
    }),
  ),
});

export const WebhookView = Type.Object({
  id: Uuid,
  url: Type.String(),
  topics: Type.Array(TopicSchema),
  phases: Type.Array(PhaseSchema),
  regionCode: Nullable(Type.String()),
  clinicCode: Nullable(Type.String()),
  enabled: Type.Boolean(),
  createdBy: Type.String(),
  createdAt: Time,
  waiting: Type.Integer({ description: 'Deliveries that have not arrived yet' }),
  failed: Type.Integer({ description: 'Deliveries that were given up' }),
  lastDeliveredAt: Nullable(Time),
});
export type WebhookView = Static<typeof WebhookView>;

export const CreatedWebhook = Type.Object({
  ...WebhookView.properties,
  secret: Type.String({ description: 'Shown this once: the key of x-claimsight-signature' }),
});

export const WebhookList = Type.Object({ items: Type.Array(WebhookView) });
export const WebhookParams = Type.Object({ id: Uuid });

export const DeliveriesQuery = Type.Object({
  ...PageQuery,
  state: Type.Optional(Type.Enum(['waiting', 'delivered', 'failed'])),
});
export const DeliveryView = Type.Object({
  id: Uuid,
  topic: TopicSchema,
  subjectId: Type.String(),
  state: Type.Enum(['waiting', 'delivered', 'failed']),
  attempts: Type.Integer(),
  lastStatus: Nullable(Type.Integer({ description: 'HTTP status of the newest answer' })),
  lastError: Nullable(Type.String()),
  createdAt: Time,
  deliveredAt: Nullable(Time),
});
export const DeliveryList = Type.Object({ items: Type.Array(DeliveryView), nextCursor: NextCursor });
export type DeliveryView = Static<typeof DeliveryView>;
