import type { Static, TSchema } from 'typebox';
import type { Tx } from './db.ts';
import type { EnqueueOptions, Outbox, Topic } from './outbox.ts';
import type { Agenda } from './working-set/agenda.ts';

/** Leaves word of what is to be done, in the transaction of the change: in the outbox, or in bulk work's agenda. */
export type Tell = <Schema extends TSchema>(
  topic: Topic<Schema>,
  items: readonly { readonly payload: Static<Schema>; readonly options?: EnqueueOptions }[],
) => Promise<void>;

export const tellOutbox =
  (tx: Tx, outbox: Outbox): Tell =>
  (topic, items) =>
    outbox.addAll(tx, topic, items);

export const tellAgenda =
  (agenda: Agenda): Tell =>
  async (topic, items) =>
    agenda.addAll(topic, items);
