import type { FastifyPluginAsync } from 'fastify';
import type { Audit } from '../access/audit.ts';
import type { EvidenceSettings } from '../evidence/settings.ts';
import type { BlobStore } from '../platform/blobs.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Db } from '../platform/db.ts';
import type { Logger } from '../platform/log.ts';
import type { Handler, Outbox, Topic } from '../platform/outbox.ts';
import { createAlertFeed } from './alert-feed.ts';
import { type AlertStreamLimits, alertStreamRoutes } from './alert-stream.routes.ts';
import { createAlertHandler } from './alert-writer.ts';
import { alertRoutes } from './alerts.routes.ts';
import { budgetRoutes } from './budget/budget.routes.ts';
import type { AlarmPolicy } from './budget/policy.ts';
import { createQueueHandler } from './budget/queue-handler.ts';
import { createRerateHandler } from './budget/rerate.ts';
import { clearingRoutes } from './clearing.routes.ts';
import { fairnessRoutes } from './fairness/fairness.routes.ts';
import { createFairnessHandler, tellFairnessDays } from './fairness/fairness-handler.ts';
import { flowRoutes } from './flow/flow.routes.ts';
import { keepLimits } from './flow/limits.ts';
import type { FlowPolicy } from './flow/policy.ts';
import { queueRoutes } from './flow/queue.routes.ts';
import { drawSecondLooks } from './flow/second-looks.ts';
import { reviewTopics } from './review.topics.ts';
import { createWebhookHandlers } from './webhook.handlers.ts';
import { webhookRoutes } from './webhooks.routes.ts';

export interface ReviewDeps {
  readonly db: Db;
  readonly clock: Clock;
  /** Real time, also where `clock` is simulated. */
  readonly wallClock: Clock;
  readonly keyring: Keyring;
  readonly blobs: BlobStore;
  readonly outbox: Outbox;
  readonly audit: Audit;
  readonly log: Logger;
  readonly settings: EvidenceSettings;
  readonly timeZone: string;
  /** Which alerts a person should see. */
  readonly policy: AlarmPolicy;
  /** Limits and handling of what they see. */
  readonly flow: FlowPolicy;
  readonly allowPrivateWebhooks: boolean;
  readonly streamLimits?: AlertStreamLimits;
}

export interface Review {
  /** Of the reconcile worker: `finding.changed`, `decision.changed`, `alert.changed`, `webhook.delivery`. */
  readonly handlers: readonly Handler[];
  readonly topics: readonly Topic[];
  readonly routes: readonly FastifyPluginAsync[];
  /** Now and then: the days that are to be counted by groups. @returns how many */
  housekeeping(): Promise<number>;
  /** What time does to alerts: limits, lapses, escalation, second looks. @returns how many it moved */
  keepLimits(): Promise<number>;
}

/** The review room: alerts, their live stream, the month's holds, webhooks. */
export function createReview(deps: ReviewDeps): Review {
  const webhooks = { ...deps, allowPrivate: deps.allowPrivateWebhooks };
  return {
    handlers: [
      createAlertHandler(deps),
      createQueueHandler(deps),
      createRerateHandler(deps),
      createFairnessHandler(deps),
      ...createWebhookHandlers(webhooks),
    ],
    topics: reviewTopics,
    routes: [
      alertRoutes(deps),
      flowRoutes(deps),
      queueRoutes(deps),
      alertStreamRoutes({
        feed: createAlertFeed(deps),
        log: deps.log,
        ...(deps.streamLimits === undefined ? {} : { limits: deps.streamLimits }),
      }),
      clearingRoutes(deps),
      budgetRoutes(deps),
      fairnessRoutes(deps),
      webhookRoutes(webhooks),
    ] as FastifyPluginAsync[],
    housekeeping: () => tellFairnessDays(deps),
    keepLimits: async () => (await keepLimits(deps)) + (await drawSecondLooks(deps)),
  };
}
