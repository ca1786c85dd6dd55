import {
  appearancesSince,
  closeAppearance,
  openAppearances,
  type StoredAppearance,
} from '../ledgers/presence/appearance.store.ts';
import { currentDeviceState, putDeviceState } from '../ledgers/presence/device-state.store.ts';
import { advanceWatermark, watermarksOf } from '../ledgers/presence/watermark.store.ts';
import type { Clock } from '../platform/clock.ts';
import type { Db } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import type { Outbox } from '../platform/outbox.ts';
import type { SessionOptions } from './camera-session.ts';
import { type CameraState, WATCHED_STATES } from './health.ts';
import type { LeaseGuard } from './leases.ts';
import type { Adoptable } from './session-events.ts';

interface ResumeDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly guard?: LeaseGuard;
}

/** Where a new process takes a camera up again. */
export interface TakeUp {
  /** Null: from the beginning (footage), or from now (live). */
  readonly fromAt: number | null;
  readonly resume: NonNullable<SessionOptions['resume']>;
}

/** Footage is never read again over more than this: whoever stood there longer is closed where he was last seen. */
const MOST_REREAD_MS = 15 * 60_000;

/** The earliest moment from which everything that reaches beyond `watermark` is read again as a whole. */
export function rereadFrom(
  watermark: number,
  appearances: readonly Pick<StoredAppearance, 'from' | 'to' | 'state'>[],
): number {
  const earliest = watermark - MOST_REREAD_MS;
  const short = appearances.filter(({ from }) => from >= earliest);
  let since = watermark;
  for (let reach = Number.POSITIVE_INFINITY; since < reach; ) {
    reach = since;
    // Of somebody in sight only what was told last is known, not until when he was.
    for (const { from, to, state } of short) if (state === 'open' || to >= since) since = Math.min(since, from);
  }
  return since;
}

const isWatchedState = (state: string): state is CameraState => (WATCHED_STATES as readonly string[]).includes(state);

/**
 * Recorded footage goes on from its watermark, or earlier, where somebody was in sight whose appearance was not finished:
 * it is read again from its beginning and keeps its id.
 */
export async function takeUpFootage(deps: ResumeDeps, cameraId: string): Promise<TakeUp> {
  const { db } = deps;
  const watermark = (await watermarksOf(db, [cameraId])).get(cameraId)?.until ?? null;
  const open = await openAppearances(db, cameraId);
  if (watermark === null) {
    return { fromAt: null, resume: { adoptable: open.map(adoptable) } };
  }
  const recent = await appearancesSince(db, cameraId, watermark - MOST_REREAD_MS);
  const around = [...recent, ...open.filter(({ id }) => !recent.some((each) => each.id === id))];
  const fromAt = rereadFrom(watermark, around);
  await db.transaction(async (tx) => {
    await deps.guard?.(tx);
    for (const each of open) if (each.from < fromAt) await closeAppearance(tx, deps, each.id, each.from);
  });
  const device = await currentDeviceState(db, cameraId);
  return {
    fromAt,
    resume: {
      watermark,
      adoptable: around.filter(({ from }) => from >= fromAt).map(adoptable),
      ...(device && isWatchedState(device.state) ? { device: { state: device.state, from: device.from } } : {}),
    },
  };
}

const adoptable = ({ id, from, to }: StoredAppearance): Adoptable => ({ id, from, to });

/**
 * A live camera cannot be read again: what was open is closed where it was last seen, and the time in which nobody watched
 * is said to be unknown, which is not `ok`.
 */
export async function takeUpLive(
  deps: ResumeDeps,
  camera: { readonly id: string; readonly clinicCode: string },
): Promise<TakeUp> {
  const { db, outbox } = deps;
  const mark = (await watermarksOf(db, [camera.id])).get(camera.id);
  const open = await openAppearances(db, camera.id);
  const device = await currentDeviceState(db, camera.id);
  const now = deps.clock.now();
  await db.transaction(async (tx) => {
    await deps.guard?.(tx);
    for (const each of open) await closeAppearance(tx, deps, each.id, each.from);
    if (!mark || mark.until >= now) return;
    const from = Math.max(mark.until, (device?.from ?? 0) + 1);
    if (device) await putDeviceState(tx, outbox, camera.clinicCode, { ...device, to: from });
    const state = 'unknown';
    const id = derivedId('device-state', camera.id, state, String(from));
    await putDeviceState(tx, outbox, camera.clinicCode, {
      id,
      cameraId: camera.id,
      state,
      from,
      to: now,
      reason: 'nobody watched',
    });
    await advanceWatermark(tx, deps, camera.clinicCode, {
      cameraId: camera.id,
      until: now,
      framesRead: 0,
      framesDropped: 0,
    });
  });
  return { fromAt: null, resume: {} };
}
