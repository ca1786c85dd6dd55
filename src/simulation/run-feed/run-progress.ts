import { SingleBar } from 'cli-progress';
import type { Feed } from '../feed/read-feed.ts';
import type { DriveCounts } from './drive.ts';

/** A bar on stderr: how much of the feed is read, which day it is in the city, how fast it goes. */
export function createRunProgress(
  feed: Feed,
  quiet: boolean,
): { show(at: number, counts: DriveCounts): void; stop(): void } {
  if (quiet) return { show: () => undefined, stop: () => undefined };
  const bar = new SingleBar({
    stream: process.stderr,
    noTTYOutput: !process.stderr.isTTY,
    notTTYSchedule: 10_000,
    format: '{bar} {percentage}% | {day} | 结算 {settlements} ({rate}/s) | ETA {eta_formatted}',
    hideCursor: true,
  });
  const days = new Intl.DateTimeFormat('sv-SE', {
    timeZone: feed.meta.timeZone,
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const startedAt = performance.now();
  bar.start(Math.max(1, feed.bytes), 0, { day: '-', settlements: 0, rate: 0 });
  return {
    show: (at, { settlements }) =>
      bar.update(feed.progress.bytesRead, {
        day: days.format(at),
        settlements,
        rate: Math.round(settlements / ((performance.now() - startedAt) / 1000)),
      }),
    stop: () => bar.stop(),
  };
}
