import { Worker } from 'node:worker_threads';
import { type FaceSettings, faceSettingsOf } from '../../faces/face-settings.ts';
import { DomainError } from '../../platform/errors.ts';
import type { LookNews, LookTask } from './faces-thread-work.ts';
import type { FindFaces, FoundProbeFace } from './look.ts';

/** Finds faces in a thread of its own, so that a process that answers requests is never kept from it. */
export interface FacesThread {
  readonly find: FindFaces;
  close(): Promise<void>;
}

/** Starts the thread at the first picture, and again after it broke. `find` throws DomainError `internal` for pictures that it broke on. */
export function createFacesThread(settings: FaceSettings): FacesThread {
  const waiting = new Map<number, { done(faces: readonly FoundProbeFace[]): void; fail(error: Error): void }>();
  let worker: Worker | null = null;
  let serial = 0;

  const broke = (of: Worker, why: string): void => {
    if (worker !== of) return;
    worker = null;
    for (const { fail } of waiting.values())
      fail(new DomainError('internal', `the thread that looks for faces broke: ${why}`));
    waiting.clear();
  };
  const started = (): Worker => {
    if (worker !== null) return worker;
    const fresh = new Worker(new URL('./faces-thread.mjs', import.meta.url), {
      workerData: faceSettingsOf(settings),
    });
    fresh.on('message', (news: LookNews) => {
      const asked = waiting.get(news.id);
      waiting.delete(news.id);
      if ('failed' in news) asked?.fail(new DomainError('internal', news.failed));
      else asked?.done(news.faces);
    });
    fresh.on('error', (error) => broke(fresh, error instanceof Error ? error.message : String(error)));
    fresh.on('exit', (code) => broke(fresh, `it ended with ${code}`));
    fresh.unref();
    worker = fresh;
    return fresh;
  };
  return {
    find: (image) =>
      new Promise((done, fail) => {
        const id = ++serial;
        waiting.set(id, { done, fail });
        started().postMessage({ id, image } satisfies LookTask);
      }),
    async close() {
      const last = worker;
      if (last !== null) broke(last, 'it was closed');
      await last?.terminate();
    },
  };
}
