import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { DomainError } from '../errors.ts';
import type { Writer } from './writer.ts';
import type { WritingNews, WritingTask } from './writing-thread.ts';

/** The same writer in a thread of its own: sending rows takes a good part of a core. */
export function openWriterThread(connectionString: string): Writer {
  const worker = new Worker(new URL('./writing-thread.mjs', import.meta.url), {
    workerData: { connectionString } satisfies WritingTask,
  });
  let waiting: { done: () => void; failed: (error: Error) => void } | null = null;
  let broken: Error | null = null;
  const settle = (news: WritingNews | Error): void => {
    const asked = waiting;
    waiting = null;
    if (news instanceof Error) {
      broken ??= news;
      asked?.failed(news);
    } else if ('written' in news) asked?.done();
    else {
      const { code, message, details } = news.failed;
      asked?.failed(code === null ? new Error(message) : new DomainError(code, message, details));
    }
  };
  worker.on('message', settle);
  worker.on('error', (error) => settle(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => settle(new Error('the thread that writes to the database ended early')));
  return {
    write: (writes) =>
      new Promise((done, failed) => {
        if (broken !== null) return failed(broken);
        waiting = { done, failed };
        worker.postMessage(writes);
      }),
    async close() {
      if (broken !== null) return;
      const exit = once(worker, 'exit');
      worker.postMessage('end');
      await exit;
    },
  };
}
