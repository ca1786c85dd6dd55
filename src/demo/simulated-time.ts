import { setTimeout as delay } from 'node:timers/promises';
import { type ClockAnchor, simulatedNow, writeClockFile } from '../platform/clock.ts';

/** The demo's hand on the shared clock. Real time is asked for, so that tests can play it. */
export interface SimulatedTime {
  now(): number;
  /**
   * Lets the clock run to `target`, but never more than `leadMs` ahead of what `slowest()` answers: a slow machine gets
   * a slow morning, not another outcome. Resolves when the clock has halted there and `slowest()` is within `settleMs`
   * of it, or has not moved for `patienceMs` of real time.
   */
  runTo(target: number, signal: AbortSignal): Promise<void>;
  /** From now on the clock runs at `speed` without halting. */
  release(speed: number): void;
}

const POLL_MS = 25;

export function createSimulatedTime(options: {
  readonly path: string;
  readonly startsAt: number;
  readonly speed: number;
  readonly leadMs: number;
  readonly settleMs: number;
  readonly patienceMs: number;
  readonly slowest: () => Promise<number>;
}): SimulatedTime {
  let anchor: ClockAnchor = {
    real: Date.now(),
    simulated: options.startsAt,
    speed: options.speed,
    until: options.startsAt,
  };
  writeClockFile(options.path, anchor);
  const now = (): number => simulatedNow(anchor, Date.now());
  const rebase = (until: number, speed: number): void => {
    if (until === anchor.until && speed === anchor.speed) return;
    anchor = { real: Date.now(), simulated: now(), speed, until };
    writeClockFile(options.path, anchor);
  };
  return {
    now,
    async runTo(target, signal) {
      let seen = Number.NaN;
      let movedAt = Date.now();
      for (;;) {
        signal.throwIfAborted();
        const slowest = await options.slowest();
        if (slowest !== seen) {
          seen = slowest;
          movedAt = Date.now();
        }
        rebase(Math.max(now(), Math.min(target, slowest + options.leadMs)), options.speed);
        const there = now() >= target;
        if (there && (slowest >= target - options.settleMs || Date.now() - movedAt > options.patienceMs)) return;
        await delay(POLL_MS);
      }
    },
    release: (speed) => rebase(Number.MAX_SAFE_INTEGER, speed),
  };
}
