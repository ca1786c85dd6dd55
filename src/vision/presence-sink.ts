import { type AppearanceInput, putAppearance, voidAppearance } from '../ledgers/presence/appearance.store.ts';
import { putDeviceState } from '../ledgers/presence/device-state.store.ts';
import { advanceWatermark } from '../ledgers/presence/watermark.store.ts';
import { encodeJpeg } from '../media/still.ts';
import type { BlobStore } from '../platform/blobs.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Db } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { AppearanceState, Shot } from './appearance.ts';
import type { LeaseGuard } from './leases.ts';
import type { SessionEvent } from './session-events.ts';
import type { PostedMark, WatermarkPlace } from './watermark-board.ts';

export interface SinkDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly blobs: BlobStore;
  readonly outbox: Outbox;
  /** Asked first in every transaction: whether this camera is still ours to write for. Left out: nobody else is there. */
  readonly guard?: LeaseGuard;
}

/** A watermark alone waits this long (real time) for company: it advances with every second of footage. */
const WATERMARK_EVERY_MS = 250;

/** Writes a session's events, each batch in one transaction with its outbox rows, so that a watermark never outruns what it promises. */
export interface PresenceSink {
  write(events: readonly SessionEvent[], counts: { readonly read: number; readonly dropped: number }): Promise<void>;
  /** Writes what waits. */
  flush(): Promise<void>;
}

export function createPresenceSink(
  deps: SinkDeps,
  camera: { readonly id: string; readonly clinicCode: string },
  /** Where watermarks alone are left, to be written with other cameras'. */
  place?: WatermarkPlace,
): PresenceSink {
  const jpegs = new WeakMap<Shot, Buffer>();
  let watermark: number | null = null;
  let counts = { read: 0, dropped: 0 };
  let counted = { read: 0, dropped: 0 };
  let writtenAt = 0;

  const jpegOf = async (shot: Shot): Promise<Buffer> => {
    const known = jpegs.get(shot) ?? (await encodeJpeg(shot.image));
    jpegs.set(shot, known);
    return known;
  };

  /** Pictures are encoded before the transaction begins, not while it holds its locks. */
  const prepared = async (state: AppearanceState): Promise<AppearanceInput> => ({
    ...state,
    cameraId: camera.id,
    clinicCode: camera.clinicCode,
    shots: await Promise.all(
      state.shots.map(async (shot) => {
        const { at, quality, box, frame } = shot;
        return { at, quality, box, frame, jpeg: await jpegOf(shot) };
      }),
    ),
  });

  const commit = async (events: readonly SessionEvent[], posted: PostedMark | null = null): Promise<void> => {
    const own = watermark;
    const until = posted === null ? own : Math.max(posted.until, own ?? posted.until);
    const read = counts.read - counted.read;
    const dropped = counts.dropped - counted.dropped;
    const inputs = new Map<SessionEvent, AppearanceInput>();
    for (const event of events) if (event.kind === 'appearance') inputs.set(event, await prepared(event.appearance));
    await deps.db.transaction(async (tx) => {
      await deps.guard?.(tx);
      for (const event of events) {
        const input = inputs.get(event);
        if (input) await putAppearance(tx, deps, input);
        else if (event.kind === 'void') await voidAppearance(tx, deps, event.id, event.from);
        else if (event.kind === 'device') {
          const { state, from, to, reason } = event.interval;
          await putDeviceState(tx, deps.outbox, camera.clinicCode, {
            id: event.id,
            cameraId: camera.id,
            state,
            from,
            to,
            reason,
          });
        }
      }
      if (until !== null) {
        await advanceWatermark(tx, deps, camera.clinicCode, {
          cameraId: camera.id,
          until,
          framesRead: read + (posted?.read ?? 0),
          framesDropped: dropped + (posted?.dropped ?? 0),
        });
      }
    });
    if (until !== null) counted = { read: counted.read + read, dropped: counted.dropped + dropped };
    // The next one may have come meanwhile.
    if (watermark === own) watermark = null;
    writtenAt = performance.now();
  };

  // One commit after the other. A late one may fail with nobody waiting: the next write tells of it.
  let last: Promise<void> = Promise.resolve();
  let late: NodeJS.Timeout | undefined;
  const inTurn = (work: () => Promise<void>): Promise<void> => {
    last = last.then(work);
    return last;
  };
  const flush = (): Promise<void> =>
    inTurn(async () => {
      const posted = place?.take() ?? null;
      if (watermark !== null || posted !== null) await commit([], posted);
    });

  return {
    async write(events, now) {
      counts = now;
      for (const event of events) if (event.kind === 'watermark') watermark = event.until;
      const others = events.filter((event) => event.kind !== 'watermark');
      if (others.length > 0) return inTurn(() => commit(others, place?.take() ?? null));
      if (watermark === null) return;
      if (place) {
        place.post({ until: watermark, read: now.read - counted.read, dropped: now.dropped - counted.dropped });
        counted = now;
        watermark = null;
        return;
      }
      const dueInMs = WATERMARK_EVERY_MS - (performance.now() - writtenAt);
      if (dueInMs <= 0) return inTurn(() => commit([]));
      // Footage may stand still now (a halted clock, an outage): what waits must not wait for its next picture.
      late ??= setTimeout(() => {
        late = undefined;
        flush().catch(() => undefined);
      }, dueInMs);
    },
    async flush() {
      clearTimeout(late);
      late = undefined;
      await flush();
    },
  };
}
