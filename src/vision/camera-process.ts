import { CAMERA_CHANNEL, camerasToWatch, watchableCameras } from '../devices/camera.store.ts';
import { SNAPSHOT_CHANNEL } from '../ledgers/presence/presence.topics.ts';
import { type CameraRunner, type RunnerDeps, runCamera } from './camera-runner.ts';
import { createCameraLeases } from './leases.ts';
import { createWatermarkBoard, type WatermarkPlace } from './watermark-board.ts';

export interface CameraProcessDeps extends RunnerDeps {
  /** A camera whose worker is silent for this long is taken by another. */
  readonly leaseMs: number;
  /** So many cameras at most. */
  readonly capacity: number;
}

interface Watched {
  readonly version: string;
  readonly token: number;
  readonly stop: AbortController;
  readonly runner: CameraRunner;
  readonly watermarks: WatermarkPlace;
  leaving: Promise<void> | null;
}

/** Renewed so often within a lease: one round may fail. */
const ROUNDS_PER_LEASE = 3;

/**
 * Watches this worker's share of the enabled cameras of the installation; cameras that are added, changed or switched off,
 * and workers that come or go, are followed. Resolves when the signal has come and every camera has been let go.
 */
export async function runCameraProcess(deps: CameraProcessDeps, signal: AbortSignal): Promise<void> {
  const { db, keyring, log, tools, leaseMs } = deps;
  const { timer } = tools;
  const leases = createCameraLeases(deps);
  const board = createWatermarkBoard({ ...deps, leases });
  const watched = new Map<string, Watched>();
  let wake: (() => void) | undefined;
  let changed = true;
  const onChange = (): void => {
    changed = true;
    wake?.();
  };
  signal.addEventListener('abort', onChange, { once: true });
  const listeners = await Promise.all([
    db.listen(CAMERA_CHANNEL, onChange),
    db.listen(SNAPSHOT_CHANNEL, (cameraId) => {
      if (cameraId === '') for (const { runner } of watched.values()) runner.stillsOrdered();
      else watched.get(cameraId)?.runner.stillsOrdered();
    }),
  ]);

  /** Stops watching a camera; its lease is kept until it is let go, and then too unless another may have it. */
  const leave = (id: string, forOthers: boolean): Promise<void> => {
    const each = watched.get(id);
    if (!each) return Promise.resolve();
    each.leaving ??= (async () => {
      each.stop.abort();
      await each.runner.done;
      each.watermarks.leave();
      watched.delete(id);
      if (forOthers) await leases.release([id]).catch(() => undefined); // runs out by itself
      onChange();
    })();
    return each.leaving;
  };

  const follow = async (): Promise<void> => {
    const versions = await watchableCameras(db);
    const { held, surplus } = await leases.round([...versions.keys()]);
    for (const [id, each] of watched) {
      if (held.get(id) !== each.token) {
        if (each.leaving === null) log.warn({ cameraId: id }, 'another worker has taken this camera over');
        void leave(id, false);
      } else if (!versions.has(id) || surplus.includes(id)) void leave(id, true);
      else if (versions.get(id) !== each.version) void leave(id, false);
    }
    const idle = [...held.keys()].filter((id) => !watched.has(id));
    const unwanted = idle.filter((id) => !versions.has(id));
    await leases.release(unwanted);
    const start = idle.filter((id) => versions.has(id) && !surplus.includes(id));
    if (start.length === 0 || signal.aborted) return;
    for (const camera of await camerasToWatch(db, keyring, start)) {
      const stop = new AbortController();
      const token = held.get(camera.id);
      if (token === undefined) continue;
      const guard = leases.guard(camera.id, token);
      const watermarks = board.placeOf(camera, token);
      const runner = runCamera({ ...deps, guard, watermarks }, camera, stop.signal);
      watched.set(camera.id, { version: camera.version, token, stop, runner, watermarks, leaving: null });
    }
  };

  try {
    let renewedAt = timer.now();
    while (!signal.aborted) {
      changed = false;
      const beganAt = timer.now();
      await follow().then(
        () => {
          renewedAt = beganAt;
        },
        (error: Error) => log.warn({ err: error.message }, 'the cameras of this worker could not be renewed'),
      );
      if (timer.now() - renewedAt > leaseMs && watched.size > 0) {
        // Others may read them by now.
        log.error('the leases of this worker have run out: letting its cameras go until the database answers');
        for (const id of watched.keys()) void leave(id, false);
      }
      if (signal.aborted || changed) continue;
      const over = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        timer.sleep(leaseMs / ROUNDS_PER_LEASE, over.signal).catch(() => undefined),
      ]);
      over.abort();
    }
  } finally {
    await Promise.all([...watched.keys()].map((id) => leave(id, true)));
    await board.close();
    await leases.close().catch(() => undefined);
    await Promise.all(listeners.map((listener) => listener.close()));
  }
}
