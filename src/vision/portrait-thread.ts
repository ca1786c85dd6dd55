import { Worker } from 'node:worker_threads';
import { type FaceSettings, faceSettingsOf } from '../faces/face-settings.ts';
import type { PortraitReader, PortraitReading } from '../people/portrait-reader.ts';
import { DomainError } from '../platform/errors.ts';
import type { PortraitNews, PortraitTask } from './portrait-thread-work.ts';

/** Reads faces in a thread of its own, so that a process that answers requests is never kept from it. */
export interface PortraitThread extends PortraitReader {
  close(): Promise<void>;
}

interface Waiting {
  done(reading: PortraitReading): void;
  fail(error: Error): void;
}

/**
 * Starts the thread at the first picture, and again after it broke. @throws DomainError `internal` for the pictures that a
 * broken thread had before it
 */
export function createPortraitThread(settings: FaceSettings): PortraitThread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | null = null;
  let serial = 0;

  const broke = (of: Worker, cause: unknown): void => {
    if (worker !== of) return;
    worker = null;
    const why = cause instanceof Error ? cause.message : String(cause);
    for (const { fail } of waiting.values())
      fail(new DomainError('internal', `the thread that reads faces broke: ${why}`));
    waiting.clear();
  };

  const started = (): Worker => {
    if (worker !== null) return worker;
    const fresh = new Worker(new URL('./portrait-thread.mjs', import.meta.url), {
      workerData: faceSettingsOf(settings),
    });
    fresh.on('message', (news: PortraitNews) => {
      if ('ready' in news) return;
      const asked = waiting.get(news.id);
      waiting.delete(news.id);
      if ('failed' in news) asked?.fail(new DomainError('internal', news.failed));
      else asked?.done(news.reading);
    });
    fresh.on('error', (error) => broke(fresh, error));
    fresh.on('exit', (code) => broke(fresh, `it ended with ${code}`));
    fresh.unref();
    worker = fresh;
    return fresh;
  };

  return {
    read: (picture) =>
      new Promise((done, fail) => {
        const id = ++serial;
        waiting.set(id, { done, fail });
        started().postMessage({ id, picture } satisfies PortraitTask);
      }),
    async close() {
      const last = worker;
      if (last !== null) broke(last, 'it was closed');
      await last?.terminate();
    },
  };
}
