import type { Clock } from '../platform/clock.ts';

/**
 * Spares the queue a receiver that does not answer: after some silent tries in a row its messages wait without being
 * tried, so that one dead receiver does not keep others from hearing of a hold before it expires.
 */
export interface ReceiverBreaker {
  /** Whether the receiver may be tried now. Once the pause is over, one try decides whether it goes on. */
  mayTry(receiver: string): boolean;
  answered(receiver: string): void;
  silent(receiver: string): void;
}

export function createReceiverBreaker(options: {
  /** Real time. */
  readonly clock: Pick<Clock, 'now'>;
  readonly silentTries: number;
  readonly pauseMs: number;
}): ReceiverBreaker {
  const { clock, silentTries, pauseMs } = options;
  const silence = new Map<string, { tries: number; pausedUntil: number }>();
  return {
    mayTry: (receiver) => {
      const known = silence.get(receiver);
      if (known === undefined || known.tries < silentTries) return true;
      if (clock.now() < known.pausedUntil) return false;
      // This try goes ahead; the others wait for how it ends.
      known.pausedUntil = clock.now() + pauseMs;
      return true;
    },
    answered: (receiver) => void silence.delete(receiver),
    silent: (receiver) => {
      const tries = (silence.get(receiver)?.tries ?? 0) + 1;
      silence.set(receiver, { tries, pausedUntil: clock.now() + pauseMs });
    },
  };
}
