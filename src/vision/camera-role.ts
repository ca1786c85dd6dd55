import { join } from 'node:path';
import { createCameraGuard } from '../devices/camera-guard.ts';
import { openGuardedMedia } from '../devices/guarded-tools.ts';
import { mainStreamOf } from '../devices/main-stream.ts';
import { loadPresets } from '../devices/presets.ts';
import { clearRingLeftovers } from '../media/ring-leftovers.ts';
import { createSlots } from '../media/slots.ts';
import { createStartPacer } from '../media/start-pacer.ts';
import { PROGRAM_DIR } from '../platform/config.ts';
import type { Runtime } from '../platform/runtime.ts';
import { runCameraProcess } from './camera-process.ts';
import { loadHealthLimits } from './health-settings.ts';
import { openFaces, openMedia } from './open-vision.ts';

/** So many cameras of one process have whole groups of pictures decoded at the same time; the others' footage waits in their rings. */
const CLOSE_LOOKS = 16;
/** Each is an ffmpeg that begins: some 40 ms of a core. */
const STARTS_PER_SECOND = 12;

/** The camera process's role: opens ffmpeg and the face engine, then watches until the signal. */
export async function runCameraRole(runtime: Runtime, signal: AbortSignal): Promise<void> {
  const { config, log } = runtime;
  const guarded = await openGuardedMedia(createCameraGuard({ networks: config.CAMERA_NETWORKS }));
  const tools = guarded.wrap(openMedia(config, (text) => log.warn(text)));
  const presets = await loadPresets(join(PROGRAM_DIR, 'config', 'cameras', 'presets.yaml'));
  const healthLimits = await loadHealthLimits(join(PROGRAM_DIR, 'config', 'cameras', 'health.yaml'));
  await clearRingLeftovers(tools.timer.now());
  const faces = await openFaces(config);
  try {
    await runCameraProcess(
      {
        ...runtime,
        tools,
        reader: faces.reader,
        faceRecognition: config.FACE_RECOGNITION,
        healthLimits,
        slots: createSlots(CLOSE_LOOKS),
        starts: createStartPacer(tools.timer, STARTS_PER_SECOND),
        mainStreamOf: (url) => mainStreamOf(presets, url),
        leaseMs: config.CAMERA_LEASE_MS,
        capacity: config.CAMERA_MOST,
      },
      signal,
    );
  } finally {
    await faces.close();
    await guarded.close();
  }
}
