/** A few at a time: who comes later waits for a slot, in the order of coming. */
export interface Slots {
  /** Resolves with what gives the slot back. @throws the signal's reason when it comes first */
  acquire(signal?: AbortSignal): Promise<() => void>;
  readonly waiting: number;
}

export function createSlots(count: number): Slots {
  let free = count;
  const queue: (() => void)[] = [];
  const release = (): void => {
    const next = queue.shift();
    if (next) next();
    else free++;
  };
  const once = (): (() => void) => {
    let given = false;
    return () => {
      if (!given) release();
      given = true;
    };
  };
  return {
    async acquire(signal) {
      signal?.throwIfAborted();
      if (free > 0) {
        free--;
        return once();
      }
      await new Promise<void>((resolve, reject) => {
        const wake = (): void => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        const abort = (): void => {
          queue.splice(queue.indexOf(wake), 1);
          reject(signal?.reason as Error);
        };
        queue.push(wake);
        signal?.addEventListener('abort', abort, { once: true });
      });
      return once();
    },
    get waiting() {
      return queue.length;
    },
  };
}

export const unlimitedSlots: Slots = { acquire: async () => () => undefined, waiting: 0 };
