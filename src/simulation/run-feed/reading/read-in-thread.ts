import { Worker } from 'node:worker_threads';
import { DomainError } from '../../../platform/errors.ts';
import { masterKeyPath, type Runtime } from '../../../platform/runtime.ts';
import type { FeedProgress, RefusedLines } from '../../feed/read-feed.ts';
import { unpack } from './parcel.ts';
import type { PreparedBatch } from './prepare.ts';
import type { ReadingNews, ReadingTask } from './reading-thread.ts';

/** A feed that a thread of its own reads and prepares while what it read before is worked on. */
export interface ReadingThread {
  /** How far what was handed out goes. Grows. */
  readonly progress: Readonly<FeedProgress>;
  readonly warnings: ReadonlyMap<string, number>;
  readonly refused: ReadonlyMap<string, RefusedLines>;
  /** All lines in the order of their arrival. Only once. @throws DomainError what `Feed.batches` throws */
  batches(): AsyncGenerator<PreparedBatch>;
  close(): Promise<void>;
}

/** Parcels of some 1,000 lines: enough that neither waits while the other has something longer to do. */
const AHEAD = 6;

/** Where the thread finds the keys of an installation. */
export const keysOf = ({
  db,
  config,
}: Pick<Runtime, 'db' | 'config'>): Pick<ReadingTask, 'connectionString' | 'masterKey'> => ({
  connectionString: db.connectionString,
  masterKey: { base64: config.CLAIMSIGHT_MASTER_KEY, path: masterKeyPath(config) },
});

export function readInThread(task: Omit<ReadingTask, 'ahead'>): ReadingThread {
  const progress: FeedProgress = { bytesRead: 0, linesRead: 0 };
  const warnings = new Map<string, number>();
  const refused = new Map<string, RefusedLines>();
  const waiting: ReadingNews[] = [];
  let failed: Error | null = null;
  let wake: (() => void) | null = null;
  const worker = new Worker(new URL('./reading-thread.mjs', import.meta.url), {
    workerData: { ...task, ahead: AHEAD } satisfies ReadingTask,
  });
  worker.on('message', (news: ReadingNews) => {
    waiting.push(news);
    wake?.();
  });
  const fail = (cause: Error): void => {
    failed ??= cause;
    wake?.();
  };
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(new Error('it ended early')));

  const next = async (): Promise<ReadingNews> => {
    for (;;) {
      const news = waiting.shift();
      if (news !== undefined) return news;
      if (failed !== null)
        throw new DomainError(
          'internal',
          `The thread that reads the feed failed: ${failed.message}.`,
          { remedy: 'Try again; if it fails again, report the message.' },
          { cause: failed },
        );
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = null;
    }
  };

  return {
    progress,
    warnings,
    refused,
    async *batches() {
      for (;;) {
        const news = await next();
        if ('failed' in news) {
          const { code, message, details } = news.failed;
          throw new DomainError(code, message, details);
        }
        for (const [what, n] of news.remarks?.warnings ?? []) warnings.set(what, n);
        for (const [what, lines] of news.remarks?.refused ?? []) refused.set(what, lines);
        if ('done' in news) return;
        worker.postMessage('next');
        progress.bytesRead = news.bytesRead;
        progress.linesRead = news.linesRead;
        yield unpack(news.parcel);
      }
    },
    close: async () => void (await worker.terminate()),
  };
}
