import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** All domain time comes from here, in epoch milliseconds, so that a simulated day obeys the same code as a real one. */
export interface Clock {
  now(): number;
  /** Resolves when `now()` has reached `atMs`; rejects with the signal's reason when aborted. */
  sleepUntil(atMs: number, signal?: AbortSignal): Promise<void>;
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleepUntil: (atMs, signal) => delay(Math.max(0, atMs - Date.now()), undefined, signal ? { signal } : {}),
  sleep: (durationMs, signal) => delay(durationMs, undefined, signal ? { signal } : {}),
};

/** A simulated clock's state: at real time `real` it was `simulated`, and since then it runs `speed` times as fast. */
export interface ClockAnchor {
  readonly real: number;
  readonly simulated: number;
  readonly speed: number;
  /** Simulated time at which the clock halts, until its owner lets it go on. */
  readonly until: number;
}

export const simulatedNow = (anchor: ClockAnchor, realNow: number): number =>
  Math.min(anchor.until, anchor.simulated + Math.max(0, realNow - anchor.real) * anchor.speed);

const POLL_MS = 20;

/**
 * A clock that several processes share through a small file which one of them rewrites (atomically) to pause it or to
 * change its speed. It never runs backwards within a process.
 */
export function fileClock(path: string): Clock {
  let anchor = readAnchor(path);
  let readAt = Date.now();
  let latest = 0;
  const now = (): number => {
    const real = Date.now();
    if (real - readAt >= POLL_MS) {
      anchor = readAnchor(path);
      readAt = real;
    }
    latest = Math.max(latest, simulatedNow(anchor, real));
    return latest;
  };
  const sleepUntil = async (atMs: number, signal?: AbortSignal): Promise<void> => {
    for (let left = atMs - now(); left > 0; left = atMs - now()) {
      signal?.throwIfAborted();
      // Never longer than a poll, since the clock may be paused or sped up meanwhile.
      const realMs = anchor.speed > 0 ? Math.min(POLL_MS, left / anchor.speed) : POLL_MS;
      await delay(Math.max(1, realMs), undefined, signal ? { signal } : {});
    }
  };
  return { now, sleepUntil, sleep: (durationMs, signal) => sleepUntil(now() + durationMs, signal) };
}

/** Sets the shared clock: readers see the old anchor or the new one, never half of it. `until` infinite: no halt. */
export function writeClockFile(path: string, anchor: ClockAnchor): void {
  const temporary = `${path}.tmp`;
  writeFileSync(
    temporary,
    JSON.stringify({ ...anchor, until: Number.isFinite(anchor.until) ? anchor.until : Number.MAX_SAFE_INTEGER }),
  );
  renameSync(temporary, path);
}

function readAnchor(path: string): ClockAnchor {
  return JSON.parse(readFileSync(path, 'utf8')) as ClockAnchor;
}
