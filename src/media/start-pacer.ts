import type { Clock } from '../platform/clock.ts';

/**
 * Lets so many connections begin per second over all cameras of a process: a power cut of a township, or a gateway that is gone,
 * must not become a storm of processes that takes the other cameras' time.
 */
export interface StartPacer {
  /** Resolves when it is one's turn, in the order of coming. @throws the signal's reason when it comes first */
  take(signal: AbortSignal): Promise<void>;
}

export function createStartPacer(timer: Clock, perSecond: number): StartPacer {
  const everyMs = 1_000 / perSecond;
  /** A second's worth may begin at once. */
  let next = Number.NEGATIVE_INFINITY;
  return {
    async take(signal) {
      signal.throwIfAborted();
      const now = timer.now();
      next = Math.max(next + everyMs, now - 1_000);
      if (next > now) await timer.sleep(next - now, signal);
    },
  };
}
