import { parentPort, workerData } from 'node:worker_threads';
import { DomainError } from '../errors.ts';
import type { TableWrite } from './write-behind.ts';
import { openWriter } from './writer.ts';

/** What `write-in-thread.ts` starts a thread with. */
export interface WritingTask {
  readonly connectionString: string;
}

/** What became of a flush. */
export type WritingNews =
  | { readonly written: true }
  | {
      readonly failed: {
        readonly message: string;
        /** null: no DomainError */
        readonly code: DomainError['code'] | null;
        readonly details: DomainError['details'];
      };
    };

const port = parentPort;
if (!port) throw new Error('writing-thread.ts runs as a thread of bulk work only.');
const writer = await openWriter((workerData as WritingTask).connectionString);

port.on('message', (writes: readonly TableWrite[] | 'end') => {
  if (writes === 'end') {
    port.close();
    void writer.close();
    return;
  }
  writer.write(writes).then(
    () => port.postMessage({ written: true } satisfies WritingNews),
    (error: unknown) => {
      const { code, details } = error instanceof DomainError ? error : { code: null, details: {} };
      const message = error instanceof Error ? error.message : String(error);
      port.postMessage({ failed: { message, code, details } } satisfies WritingNews);
    },
  );
});
