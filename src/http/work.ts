import { setTimeout as delay } from 'node:timers/promises';
import { type Handler, startHandlers, startPublisher, sweepOutbox } from '../platform/outbox.ts';
import { createJobQueues } from '../platform/queue.ts';
import type { Runtime } from '../platform/runtime.ts';
import type { Rooms } from './compose.ts';

interface Closable {
  close(): Promise<void>;
}

/** Works off queues, and publishes the outbox for everyone: any process that works may. Closes the runtime too. */
export async function startWork(
  runtime: Runtime,
  rooms: Rooms,
  options: { readonly handlers: readonly Handler[]; readonly concurrency: number },
): Promise<Closable> {
  const { db, clock, log, config } = runtime;
  const queues = createJobQueues({ connectionString: db.connectionString, redisUrl: config.REDIS_URL, log });
  const handlers = await startHandlers({
    db,
    queues,
    handlers: options.handlers,
    concurrency: options.concurrency,
    log,
  });
  const watch = await rooms.watch();
  const publisher = await startPublisher({ db, queues, topics: rooms.topics, clock, log });
  return {
    close: async () => {
      await publisher.close();
      await handlers.close();
      await queues.close();
      await watch.close();
      await runtime.close();
    },
  };
}

const CHORE_PAUSE_MS = 2_000;

/** Does every chore in turn, again and again, in real time; a chore that fails is tried again and hinders no other. */
export async function startChores(runtime: Runtime, rooms: Rooms, signal: AbortSignal): Promise<Closable> {
  const chores = [...rooms.chores, ['outbox', () => sweepOutbox(runtime.db)] as const];
  const round = async (): Promise<void> => {
    for (const [name, chore] of chores) {
      if (signal.aborted) return;
      await chore().catch((error: Error) => runtime.log.error({ chore: name, err: error.message }, 'a chore failed'));
    }
  };
  // The first round before any work: partitions must be there.
  await round();
  const loop = (async () => {
    while (!signal.aborted) {
      await delay(CHORE_PAUSE_MS, undefined, { signal }).catch(() => undefined);
      await round();
    }
  })();
  return { close: () => loop };
}
