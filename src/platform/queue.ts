import { createPostgresBackend, type JobsOptions, Queue, UnrecoverableError, Worker, withBackend } from 'bullmq';
import { Redis } from 'ioredis';
import { mayRetry } from './errors.ts';
import type { Logger } from './log.ts';

export interface QueuedJob {
  /** Deterministic: adding an id that is waiting or running is a no-op. */
  readonly id: string;
  readonly name: string;
  readonly rowId: number;
}

/** The queues behind the outbox: BullMQ on PostgreSQL by default, on Redis where a `redisUrl` is given. */
export interface JobQueues {
  add(queue: string, jobs: readonly QueuedJob[]): Promise<void>;
  work(
    queue: string,
    concurrency: number,
    process: (job: { name: string; rowId: number }) => Promise<void>,
  ): { close(): Promise<void> };
  close(): Promise<void>;
}

const ATTEMPTS = 5;
const BACKOFF_MS = 200;
// Short, because our jobs are: the work of a process that was killed is taken over after a few seconds, not half a minute.
const LOCK_MS = 5_000;
const STALLED_CHECK_MS = 2_000;

interface JobData {
  readonly rowId: number;
}

export function createJobQueues(options: {
  readonly connectionString: string;
  readonly redisUrl: string | undefined;
  readonly log: Logger;
}): JobQueues {
  const { log } = options;
  const backend =
    options.redisUrl === undefined ? postgresBackend(options.connectionString) : redisBackend(options.redisUrl, log);
  const queues = new Map<string, BackendQueue>();
  const queueOf = (name: string): BackendQueue => {
    let queue = queues.get(name);
    if (!queue) {
      queue = backend.queue(name);
      queue.on('error', (error) => log.warn({ queue: name, err: error.message }, 'the queue has no connection'));
      queues.set(name, queue);
    }
    return queue;
  };

  return {
    async add(name, jobs) {
      await queueOf(name).addBulk(
        jobs.map((job) => ({
          name: job.name,
          data: { rowId: job.rowId },
          opts: {
            jobId: job.id,
            attempts: ATTEMPTS,
            backoff: { type: 'exponential', delay: BACKOFF_MS },
            // The outbox is the record; a job that stayed behind here would stop its own repetition.
            removeOnComplete: true,
            removeOnFail: true,
          },
        })),
      );
    },

    work(name, concurrency, process) {
      const worker = backend.worker(name, concurrency, async (job) => {
        try {
          await process({ name: job.name, rowId: job.data.rowId });
        } catch (error) {
          if (mayRetry(error)) throw error;
          throw new UnrecoverableError((error as Error).message);
        }
      });
      worker.on('error', (error) => log.warn({ queue: name, err: error.message }, 'the worker has no connection'));
      return { close: () => worker.close() };
    },

    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await backend.close();
    },
  };
}

type Process = (job: { name: string; data: JobData }) => Promise<void>;

const { Queue: PostgresQueue, Worker: PostgresWorker } = withBackend(createPostgresBackend);

interface Closable {
  close(): Promise<void>;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

interface BackendQueue extends Closable {
  addBulk(jobs: { name: string; data: JobData; opts: JobsOptions }[]): Promise<unknown>;
}

/** What both back ends offer; their classes differ in the types of connection alone. */
interface Backend {
  queue(name: string): BackendQueue;
  worker(name: string, concurrency: number, process: Process): Closable;
  close(): Promise<void>;
}

const workerOptions = (concurrency: number) => ({
  concurrency,
  lockDuration: LOCK_MS,
  stalledInterval: STALLED_CHECK_MS,
  maxStalledCount: 10,
});

function postgresBackend(connectionString: string): Backend {
  // BullMQ makes its tables by itself, under a lock of its own; each queue and worker holds a small pool.
  const connection = { connectionString, migrate: true, max: 3 };
  return {
    queue: (name) => new PostgresQueue(name, { connection }),
    worker: (name, concurrency, process) =>
      new PostgresWorker(name, process, { connection, ...workerOptions(concurrency) }),
    close: async () => undefined,
  };
}

function redisBackend(redisUrl: string, log: Logger): Backend {
  // Workers block on their connection, so they need one that never gives up a command.
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  redis.on('error', (error) => log.warn({ err: error.message }, 'Redis is not reachable'));
  return {
    queue: (name) => new Queue(name, { connection: redis }),
    worker: (name, concurrency, process) =>
      new Worker(name, process, { connection: redis, ...workerOptions(concurrency) }),
    close: async () => void (await redis.quit().catch(() => redis.disconnect())),
  };
}
