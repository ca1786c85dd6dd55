import { keepClockReading } from '../devices/clock-readings.store.ts';
import { measureClock } from '../devices/measure-clock.ts';
import type { MediaTools } from '../media/probe.ts';
import type { Clock } from '../platform/clock.ts';
import { sha256 } from '../platform/crypto.ts';
import type { Db } from '../platform/db.ts';
import type { Logger } from '../platform/log.ts';
import type { Outbox } from '../platform/outbox.ts';
import { unlessAborted } from '../platform/within.ts';

interface Deps {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly tools: MediaTools;
  readonly log: Logger;
}

const EVERY_MS = 3_600_000;
/** Cameras that begin together are not asked together. */
const FIRST_WITHIN_MS = 5 * 60_000;
const FIRST_AFTER_MS = 20_000;

/** Where in the hour a camera is asked: anywhere, and always there. */
const shareOf = (id: string): number => sha256(id).readUInt32BE() / 2 ** 32;

/** Asks a live camera for its clock once an hour while it is watched; a camera that tells none is left alone. Never rejects. */
export async function watchClock(
  deps: Deps,
  camera: { readonly id: string; readonly url: string },
  signal: AbortSignal,
): Promise<void> {
  const { tools, log } = deps;
  const { timer } = tools;
  try {
    await timer.sleep(FIRST_AFTER_MS + FIRST_WITHIN_MS * shareOf(camera.id), signal);
    while (!signal.aborted) {
      try {
        const url = tools.address ? await unlessAborted(signal, tools.address(camera.url)) : camera.url;
        const read = await unlessAborted(signal, measureClock(url, timer, signal));
        if (read !== null && !signal.aborted)
          await keepClockReading(deps, camera.id, {
            offsetMs: Math.round(read.deviceAt - read.ourAt),
            uncertaintyMs: Math.round(read.uncertaintyMs),
            source: read.source,
          });
      } catch (error) {
        if (!signal.aborted) log.warn({ err: (error as Error).message }, 'the clock of the camera could not be asked');
      }
      await timer.sleep(EVERY_MS, signal);
    }
  } catch {
    // The camera was let go.
  }
}
