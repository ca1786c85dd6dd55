import { loadConfig } from '../src/platform/config.ts';
import { openRuntime } from '../src/platform/runtime.ts';
import { runCameraRole } from '../src/vision/camera-role.ts';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
process.once('SIGINT', () => stop.abort());

const runtime = await openRuntime({ config: loadConfig(process.env), process: 'camera' });
try {
  await runCameraRole(runtime, stop.signal);
} finally {
  await runtime.close();
}
