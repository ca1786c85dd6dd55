import type { Clock } from '../../platform/clock.ts';

/** A clock that its driver moves, from one arrival to the next. Nothing waits by it. */
export interface FeedClock extends Clock {
  /** Never runs backwards. */
  moveTo(ms: number): void;
}

export function createFeedClock(startMs: number): FeedClock {
  let now = startMs;
  const nobodyWaits = (): Promise<void> => Promise.reject(new Error('nothing may wait by the clock of a feed'));
  return {
    now: () => now,
    sleep: nobodyWaits,
    sleepUntil: nobodyWaits,
    moveTo: (ms) => {
      now = Math.max(now, ms);
    },
  };
}
