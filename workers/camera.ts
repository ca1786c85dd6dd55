import { loadConfig } from '../src/platform/config.ts';
import { runRole, tellReady } from '../src/platform/process.ts';
import { openRuntime } from '../src/platform/runtime.ts';
import { runCameraRole } from '../src/vision/camera-role.ts';

/** Reads the cameras of this installation. */
const runtime = await openRuntime({ config: loadConfig(process.env), process: 'camera' });
await runRole({
  log: runtime.log,
  start: async (signal) => {
    const watching = runCameraRole(runtime, signal);
    tellReady();
    return {
      close: async () => {
        await watching;
        await runtime.close();
      },
    };
  },
});
