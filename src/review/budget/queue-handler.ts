import type { Static } from 'typebox';
import { defineHandler, type Handler, type Outbox } from '../../platform/outbox.ts';
import { createPgReviewStore } from '../pg-store.ts';
import { queueDue } from '../review.topics.ts';
import type { ReviewStore } from '../store.ts';
import { fillQueue } from './fill.ts';
import type { GateDeps } from './gate.ts';

export type QueueOrder = Static<typeof queueDue.payload>;

/** Fills the reviewers' queue when it is due. */
export const createQueueHandler = (deps: GateDeps & { readonly outbox: Outbox }): Handler =>
  defineHandler(queueDue, async ({ payload, once }) => {
    await once((tx) => fillQueue(createPgReviewStore(tx, deps), deps, payload));
  });

/** The same for bulk work. */
export const createQueueReaction = (deps: GateDeps) => ({
  topic: queueDue,
  react: (store: ReviewStore, payload: QueueOrder): Promise<void> => fillQueue(store, deps, payload),
});
