import { CAMERA_CHANNEL, camerasToWatch } from '../devices/camera.store.ts';
import { SNAPSHOT_CHANNEL } from '../ledgers/presence/presence.topics.ts';
import { type CameraRunner, type RunnerDeps, runCamera } from './camera-runner.ts';

const POLL_MS = 5_000;

interface Watched {
  readonly version: string;
  readonly stop: AbortController;
  readonly runner: CameraRunner;
}

/**
 * Watches every enabled camera of the installation; cameras that are added, changed or switched off are followed at once.
 * Resolves when the signal has come and every camera has been let go.
 */
export async function runCameraProcess(deps: RunnerDeps, signal: AbortSignal): Promise<void> {
  const { db, keyring, log, tools } = deps;
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

  const letGo = async (id: string): Promise<void> => {
    const each = watched.get(id);
    if (!each) return;
    watched.delete(id);
    each.stop.abort();
    await each.runner.done;
  };
  const follow = async (): Promise<void> => {
    const cameras = new Map((await camerasToWatch(db, keyring)).map((camera) => [camera.id, camera]));
    const stale = [...watched].filter(([id, { version }]) => cameras.get(id)?.version !== version);
    await Promise.all(stale.map(([id]) => letGo(id)));
    for (const [id, camera] of cameras) {
      if (watched.has(id)) continue;
      const stop = new AbortController();
      watched.set(id, { version: camera.version, stop, runner: runCamera(deps, camera, stop.signal) });
    }
  };

  try {
    while (!signal.aborted) {
      changed = false;
      await follow().catch((error: Error) => log.warn({ err: error.message }, 'the list of cameras could not be read'));
      if (signal.aborted || changed) continue;
      const over = new AbortController();
      await Promise.race([
        new Promise<void>((resolve) => {
          wake = resolve;
        }),
        tools.timer.sleep(POLL_MS, over.signal).catch(() => undefined),
      ]);
      over.abort();
    }
  } finally {
    await Promise.all([...watched.keys()].map(letGo));
    await Promise.all(listeners.map((listener) => listener.close()));
  }
}
