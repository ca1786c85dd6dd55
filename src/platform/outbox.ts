import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import type { Clock } from './clock.ts';
import { type Db, type Queryable, type Tx, ts } from './db.ts';
import { DomainError } from './errors.ts';
import type { Logger } from './log.ts';
import type { JobQueues } from './queue.ts';

/** One kind of work: its name, the queue that carries it, and the form of its payload. Rooms declare them as constants. */
export interface Topic<Schema extends TSchema = TSchema> {
  readonly name: string;
  readonly queue: QueueName;
  readonly payload: Schema;
}

/** `reconcile`: short database work · `people`: face work on portraits · `delivery`: words to other systems. */
export type QueueName = 'reconcile' | 'people' | 'delivery';

export const defineTopic = <Schema extends TSchema>(topic: Topic<Schema>): Topic<Schema> => topic;

export interface EnqueueOptions {
  /** Waiting rows of one topic with the same key are one job: the earliest moment and the newest payload stand. */
  readonly dedupeKey?: string;
  /** Domain time before which the job must not run, epoch ms. */
  readonly availableAt?: number;
}

export interface Outbox {
  /** Leaves a row in the caller's transaction. The work runs after the commit, at least once, with effect once. */
  add<Schema extends TSchema>(
    tx: Tx,
    topic: Topic<Schema>,
    payload: Static<Schema>,
    options?: EnqueueOptions,
  ): Promise<void>;
  /** The same for many at once, for bulk imports: one statement, however many. */
  addAll<Schema extends TSchema>(
    tx: Tx,
    topic: Topic<Schema>,
    items: readonly { readonly payload: Static<Schema>; readonly options?: EnqueueOptions }[],
  ): Promise<void>;
  /** The same for several topics at once, in one statement too. */
  addMixed(tx: Tx, items: readonly OutboxItem[]): Promise<void>;
}

export interface OutboxItem {
  readonly topic: Topic;
  /** In the form that its topic asks for. */
  readonly payload: unknown;
  readonly options?: EnqueueOptions;
}

export const OUTBOX_CHANNEL = 'claimsight_outbox';

export function createOutbox(options: { readonly clock: Clock }): Outbox {
  const { clock } = options;
  const outbox: Outbox = {
    add: (tx, topic, payload, enqueue = {}) => outbox.addAll(tx, topic, [{ payload, options: enqueue }]),

    addAll: (tx, topic, items) =>
      outbox.addMixed(
        tx,
        items.map((item) => ({ ...item, topic })),
      ),

    async addMixed(tx, items) {
      if (items.length === 0) return;
      const now = clock.now();
      // One statement may not touch a waiting row twice: equal keys are joined here as the table would join them.
      const joined = new Map<string | symbol, { topic: string; key: string | null; payload: string; at: number }>();
      for (const { topic, payload, options: { dedupeKey, availableAt = now } = {} } of items) {
        const key = dedupeKey ?? null;
        const place = key === null ? Symbol() : `${topic.name} ${key}`;
        joined.set(place, {
          topic: topic.name,
          key,
          payload: JSON.stringify(payload),
          at: Math.min(availableAt, joined.get(place)?.at ?? availableAt),
        });
      }
      // In the order of their keys, so that two bulk writers cannot wait for each other.
      const rows = [...joined.values()].sort((a, b) => compare(a.topic, b.topic) || compare(a.key ?? '', b.key ?? ''));
      // An update, not a `do nothing`: it locks the waiting row, so that no publisher takes it before this commit is seen.
      tx.later(
        `with added as (
           insert into outbox (topic, dedupe_key, payload, created_at, available_at)
           select topic, key, payload, $4, at
           from unnest($1::text[], $2::text[], $3::jsonb[], $5::timestamptz[]) as t (topic, key, payload, at)
           on conflict (topic, dedupe_key) where published_at is null and dedupe_key is not null
           do update set payload = excluded.payload, available_at = least(outbox.available_at, excluded.available_at)
         )
         select pg_notify('${OUTBOX_CHANNEL}', '')`,
        [
          rows.map((row) => row.topic),
          rows.map((row) => row.key),
          rows.map((row) => row.payload),
          ts(now),
          rows.map((row) => ts(row.at)),
        ],
        'outbox-add',
      );
    },
  };
  return outbox;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** What a handler gets. */
export interface Delivery<Payload> {
  readonly payload: Payload;
  /**
   * The transaction of this delivery's effects: it runs only if they have not been recorded yet and records them in the
   * same commit. Slow work and network calls belong before it. A handler that never calls it is recorded as done when
   * it returns.
   */
  once(effects: (tx: Tx) => Promise<void>): Promise<void>;
}

export interface Handler<Schema extends TSchema = TSchema> {
  readonly topic: Topic<Schema>;
  handle(delivery: Delivery<Static<Schema>>): Promise<void>;
}

export const defineHandler = <Schema extends TSchema>(
  topic: Topic<Schema>,
  handle: (delivery: Delivery<Static<Schema>>) => Promise<void>,
): Handler => ({ topic, handle: handle as Handler['handle'] });

const PUBLISH_BATCH = 200;
const POLL_MS = 150;
const SWEEP_MS = 1_000;
const LATE_MS = 20_000;
const LATEST_MS = 600_000;

/** Turns waiting rows into jobs with the id `outbox-<row>`, and takes up again what was published and never done. */
export function startPublisher(options: {
  readonly db: Db;
  readonly queues: JobQueues;
  readonly topics: readonly Topic[];
  readonly clock: Clock;
  readonly log: Logger;
}): Promise<{
  close(): Promise<void>;
}> {
  const { db, queues, clock, log } = options;
  const queueOf = new Map(options.topics.map((topic) => [topic.name, topic.queue]));
  let stopped = false;
  let wake: (() => void) | undefined;
  let woken = false;

  /** Hands rows to their queues; a job that is waiting there already stays the one it is. */
  const publish = async (tx: Tx, rows: readonly { readonly id: number; readonly topic: string }[]): Promise<void> => {
    for (const queue of new Set(queueOf.values())) {
      const jobs = rows
        .filter((row) => queueOf.get(row.topic) === queue)
        .map((row) => ({ id: `outbox-${row.id}`, name: row.topic, rowId: row.id }));
      if (jobs.length > 0) await queues.add(queue, jobs);
    }
    await tx.query('update outbox set published_at = now(), published_count = published_count + 1 where id = any($1)', [
      rows.map((row) => row.id),
    ]);
  };

  const publishBatch = (): Promise<number> =>
    db.transaction(async (tx) => {
      const due = await tx.query<{ id: number; topic: string }>(
        `select id, topic from outbox where published_at is null and available_at <= $1 and topic = any($2)
         order by id limit ${PUBLISH_BATCH} for update skip locked`,
        [ts(clock.now()), [...queueOf.keys()]],
      );
      if (due.rows.length > 0) await publish(tx, due.rows);
      return due.rows.length;
    });

  const sweep = (): Promise<void> =>
    db.transaction(async (tx) => {
      const late = await tx.query<{ id: number; topic: string; has_twin: boolean }>(
        `select o.id, o.topic, exists (select 1 from outbox twin where twin.topic = o.topic
             and twin.dedupe_key = o.dedupe_key and twin.published_at is null) as has_twin
         from outbox o
         where published_at is not null and done_at is null and topic = any($1)
           and published_at < now() - make_interval(secs => least(${LATEST_MS}, ${LATE_MS} * 2 ^ least(published_count - 1, 10)) / 1000.0)
         order by id limit ${PUBLISH_BATCH} for update skip locked`,
        [[...queueOf.keys()]],
      );
      if (late.rows.length === 0) return;
      // A younger row of the same key waits already: it will do this one's work.
      const superseded = late.rows.filter((row) => row.has_twin).map((row) => row.id);
      await tx.query('update outbox set done_at = now() where id = any($1)', [superseded]);
      // Never made waiting again: another of its key may begin to wait at any moment, and two cannot.
      await publish(
        tx,
        late.rows.filter((row) => !row.has_twin),
      );
      log.warn(
        { rows: late.rows.length, topics: [...new Set(late.rows.map((row) => row.topic))] },
        'taking up late work again',
      );
    });

  const loop = async (): Promise<void> => {
    let sweptAt = 0;
    while (!stopped) {
      try {
        const published = await publishBatch();
        if (Date.now() - sweptAt > SWEEP_MS) {
          sweptAt = Date.now();
          await sweep();
        }
        if (published === PUBLISH_BATCH) continue;
      } catch (error) {
        if (!stopped) log.warn({ err: (error as Error).message }, 'the outbox could not be published; trying again');
      }
      if (woken) {
        woken = false;
        continue;
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
      woken = false;
    }
  };

  return (async () => {
    const listener = await db.listen(OUTBOX_CHANNEL, () => {
      woken = true;
      wake?.();
    });
    const running = loop();
    return {
      async close() {
        stopped = true;
        wake?.();
        await listener.close();
        await running;
      },
    };
  })();
}

/** Works off the queues that `handlers` name. @throws when two handlers claim one topic, or a topic of `topics` has none */
export async function startHandlers(options: {
  readonly db: Db;
  readonly queues: JobQueues;
  readonly handlers: readonly Handler[];
  readonly concurrency: number;
  readonly log: Logger;
}): Promise<{ close(): Promise<void> }> {
  const { db, queues, log } = options;
  const byTopic = new Map<string, Handler>();
  for (const handler of options.handlers) {
    if (byTopic.has(handler.topic.name))
      throw new DomainError('config_invalid', `two handlers for ${handler.topic.name}`);
    byTopic.set(handler.topic.name, handler);
  }

  const deliver = async (topicName: string, rowId: number): Promise<void> => {
    const handler = byTopic.get(topicName);
    if (!handler) throw new DomainError('config_invalid', `no handler for ${topicName} in this process`);
    const row = (
      await db.query<{ payload: unknown }>('select payload from outbox where id = $1 and done_at is null', [rowId])
    ).rows[0];
    if (!row) return;
    if (!Value.Check(handler.topic.payload, row.payload)) {
      const [first] = Value.Errors(handler.topic.payload, row.payload);
      throw new DomainError('integrity', `the payload of ${topicName} does not fit: ${first?.message ?? ''}`);
    }
    let recorded = false;
    const once = async (effects: (tx: Tx) => Promise<void>): Promise<void> => {
      await db.transaction(async (tx) => {
        if (await claim(tx, rowId)) await effects(tx);
      });
      recorded = true;
    };
    await handler.handle({ payload: row.payload, once });
    if (!recorded) await once(async () => undefined);
  };

  const workers = [...new Set(options.handlers.map((handler) => handler.topic.queue))].map((queue) =>
    queues.work(queue, options.concurrency, async ({ name, rowId }) => {
      try {
        await deliver(name, rowId);
      } catch (error) {
        const message = (error as Error).message;
        log.error({ topic: name, outboxId: rowId, err: message, stack: (error as Error).stack }, 'a job failed');
        await db
          .query('update outbox set failed_count = failed_count + 1, last_error = $2 where id = $1', [
            rowId,
            message.slice(0, 2000),
          ])
          .catch(() => undefined);
        throw error;
      }
    }),
  );
  return { close: async () => void (await Promise.all(workers.map((worker) => worker.close()))) };
}

async function claim(tx: Tx, rowId: number): Promise<boolean> {
  const locked = await tx.query('select 1 from outbox where id = $1 and done_at is null for update', [rowId]);
  if (locked.rowCount === 0) return false;
  await tx.query('update outbox set done_at = now() where id = $1', [rowId]);
  return true;
}

/** How much work has not been done yet, due before `beforeMs`; for tests, the demo and health checks. */
export async function outboxBacklog(db: Queryable, beforeMs: number): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    'select count(*) as n from outbox where done_at is null and available_at <= $1',
    [ts(beforeMs)],
  );
  return rows[0]?.n ?? 0;
}

/** Deletes what was done more than a day ago. */
export async function sweepOutbox(db: Queryable): Promise<number> {
  return (await db.query(`delete from outbox where done_at < now() - interval '1 day'`)).rowCount;
}
