import { Type } from 'typebox';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DomainError } from '../../../src/platform/errors.ts';
import {
  defineHandler,
  defineTopic,
  type Handler,
  outboxBacklog,
  startHandlers,
  startPublisher,
  type Topic,
} from '../../../src/platform/outbox.ts';
import { createJobQueues } from '../../../src/platform/queue.ts';
import { hasRedis, startRedis } from '../../support/redis.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

const counted = defineTopic({ name: 'test.counted', queue: 'reconcile', payload: Type.Object({ key: Type.String() }) });

/** Waits for what is true after finitely many turns of the event loop and the database; fails loudly if it never is. */
async function eventually(what: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 600; turn++) {
    if (await what()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('it never came true');
}

const backends = [
  { name: 'PostgreSQL', redis: false, skip: false },
  { name: 'Redis', redis: true, skip: !hasRedis },
];

describe.each(backends)('outbox over BullMQ on $name', ({ redis, skip }) => {
  // Without a server on the PATH there is nothing to test against; CI installs one.
  if (skip) return it.skip('needs redis-server on the PATH', () => undefined);

  let runtime: TestRuntime;
  let server: { url: string; stop(): Promise<void> } | undefined;
  beforeAll(async () => {
    runtime = await createTestRuntime();
    await runtime.db.query('create table effects (key text)');
    server = redis ? await startRedis() : undefined;
  });
  afterAll(async () => {
    await server?.stop();
    await runtime.close();
  });

  const queues = () =>
    createJobQueues({ connectionString: runtime.db.connectionString, redisUrl: server?.url, log: runtime.log });
  const write = (key: string): Handler =>
    defineHandler(counted, async ({ payload, once }) => {
      await once(async (tx) => void (await tx.query('insert into effects values ($1)', [`${key}${payload.key}`])));
    });
  const effects = async (prefix: string): Promise<string[]> =>
    (
      await runtime.db.query<{ key: string }>('select key from effects where key like $1 order by key', [`${prefix}%`])
    ).rows.map((row) => row.key);
  const add = (key: string, options: { dedupeKey?: string; availableAt?: number } = {}) =>
    runtime.db.transaction((tx) => runtime.outbox.add(tx, counted, { key }, options));
  const running = async <T>(handlers: Handler[], work: () => Promise<T>, topics: Topic[] = [counted]): Promise<T> => {
    const shared = queues();
    const publisher = await startPublisher({
      db: runtime.db,
      queues: shared,
      topics,
      clock: runtime.clock,
      log: runtime.log,
    });
    const workers = await startHandlers({ db: runtime.db, queues: shared, handlers, concurrency: 4, log: runtime.log });
    try {
      return await work();
    } finally {
      await publisher.close();
      await workers.close();
      await shared.close();
    }
  };

  it('does what a committed transaction asked for, once, and nothing of one that was rolled back', async () => {
    await add('a');
    await runtime.db
      .transaction(async (tx) => {
        await runtime.outbox.add(tx, counted, { key: 'rolled-back' });
        throw new Error('changed my mind');
      })
      .catch(() => undefined);
    await running([write('1')], async () => {
      await add('b');
      await eventually(async () => (await outboxBacklog(runtime.db, runtime.clock.now())) === 0);
    });
    expect(await effects('1')).toEqual(['1a', '1b']);
  });

  it('does nothing twice when a job is delivered again', async () => {
    await add('twice');
    await running([write('2')], () =>
      eventually(async () => (await outboxBacklog(runtime.db, runtime.clock.now())) === 0),
    );
    // As a queue that lost its memory of the job would: published anew.
    await runtime.db.query(`update outbox set published_at = null where payload->>'key' = 'twice'`);
    await running([write('2')], () =>
      eventually(
        async () =>
          (await runtime.db.query(`select 1 from outbox where payload->>'key' = 'twice' and published_count = 2`))
            .rowCount === 1,
      ),
    );
    expect(await effects('2')).toEqual(['2twice']);
  });

  it('takes up what was published and never done, as after a queue that lost everything', async () => {
    await add('lost');
    await runtime.db.query(
      `update outbox set published_at = now() - interval '1 hour', published_count = 1 where payload->>'key' = 'lost'`,
    );
    await running([write('3')], () => eventually(async () => (await effects('3')).length === 1));
    expect(await effects('3')).toEqual(['3lost']);
  });

  it('takes up late work while the same work is being asked for anew', async () => {
    await add('overdue', { dedupeKey: 'busy' });
    await runtime.db.query(
      `update outbox set published_at = now() - interval '1 hour', published_count = 1 where payload->>'key' = 'overdue'`,
    );
    await runtime.db.transaction(async (tx) => {
      await runtime.outbox.add(tx, counted, { key: 'anew' }, { dedupeKey: 'busy' });
      await running([write('6')], () => eventually(async () => (await effects('6')).length === 1));
    });
    expect(await effects('6')).toEqual(['6overdue']);
    await running([write('6')], () => eventually(async () => (await effects('6')).length === 2));
  });

  it('tries again after a failure, and keeps the error for the operator', async () => {
    let tries = 0;
    const flaky = defineHandler(counted, async ({ payload, once }) => {
      tries++;
      if (tries < 3) throw new Error('not yet');
      await once(async (tx) => void (await tx.query('insert into effects values ($1)', [`4${payload.key}`])));
    });
    await add('flaky');
    await running([flaky], () => eventually(async () => (await effects('4')).length === 1));
    const { rows } = await runtime.db.query<{ failed_count: number; last_error: string }>(
      `select failed_count, last_error from outbox where payload->>'key' = 'flaky'`,
    );
    expect(rows[0]).toEqual({ failed_count: 2, last_error: 'not yet' });
  });

  it('joins waiting rows of one key and holds work back until its time, on domain time', async () => {
    const later = runtime.clock.now() + 60_000;
    await add('later', { dedupeKey: 'k', availableAt: later });
    await add('newer', { dedupeKey: 'k', availableAt: later + 60_000 });
    await running([write('5')], async () => {
      await add('now');
      await eventually(async () => (await effects('5')).includes('5now'));
      expect(await effects('5')).toEqual(['5now']);
      runtime.clock.set(later);
      await eventually(async () => (await effects('5')).length === 2);
    });
    expect(await effects('5')).toEqual(['5newer', '5now']);
  });

  it('refuses to start with two handlers for one topic', async () => {
    const shared = queues();
    await expect(
      startHandlers({
        db: runtime.db,
        queues: shared,
        handlers: [write('x'), write('y')],
        concurrency: 1,
        log: runtime.log,
      }),
    ).rejects.toThrow(DomainError);
    await shared.close();
  });
});
