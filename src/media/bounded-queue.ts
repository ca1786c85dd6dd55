/**
 * Frames between a source that cannot wait and a reader that may be slow: when it is full the **oldest** goes, and is
 * counted, since what happens now matters more than what was missed anyway.
 */
export interface DroppingQueue<T> {
  push(item: T): void;
  /** The next item, or null once the queue is closed and empty. */
  take(): Promise<T | null>;
  close(): void;
  /** What would be taken next, if it is there. */
  peek(): T | null;
  readonly dropped: number;
  readonly length: number;
}

export function createDroppingQueue<T>(
  capacity: number,
  mayDrop: (item: T) => boolean = () => true,
  onDrop: (item: T) => void = () => undefined,
): DroppingQueue<T> {
  const items: T[] = [];
  let dropped = 0;
  let closed = false;
  let wake: (() => void) | undefined;
  return {
    push(item) {
      if (closed) return;
      if (items.length >= capacity && mayDrop(item)) {
        const oldest = items.findIndex(mayDrop);
        if (oldest >= 0) {
          items.splice(oldest, 1).forEach(onDrop);
          dropped++;
        }
      }
      items.push(item);
      wake?.();
    },
    async take() {
      while (items.length === 0 && !closed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
      return items.shift() ?? null;
    },
    close() {
      closed = true;
      wake?.();
    },
    peek: () => items[0] ?? null,
    get dropped() {
      return dropped;
    },
    get length() {
      return items.length;
    },
  };
}

/** The pause before the n-th new attempt (n from 1): doubles from `firstMs` up to `mostMs`. */
export const pauseBeforeAttempt = (attempt: number, firstMs = 1_000, mostMs = 60_000): number =>
  Math.min(mostMs, firstMs * 2 ** Math.min(Math.max(0, attempt - 1), 20));
