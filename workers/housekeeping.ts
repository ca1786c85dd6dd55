import { composeRooms } from '../src/http/compose.ts';
import { startChores, startWork } from '../src/http/work.ts';
import { createPortraitReader } from '../src/people/portrait-reader.ts';
import { loadConfig } from '../src/platform/config.ts';
import { runRole, tellReady } from '../src/platform/process.ts';
import { openRuntime } from '../src/platform/runtime.ts';
import { openFaces } from '../src/vision/open-vision.ts';

/** Portraits, imports, webhooks; month partitions, clinic days, retention. */
const runtime = await openRuntime({ config: loadConfig(process.env), process: 'housekeeping' });
await runRole({
  log: runtime.log,
  start: async (signal) => {
    const rooms = await composeRooms(runtime);
    const chores = await startChores(runtime, rooms, signal);
    const faces = runtime.config.FACE_RECOGNITION ? await openFaces(runtime.config) : null;
    const portraits = rooms.portraitHandlers(faces && createPortraitReader(faces));
    const captures = rooms.captureHandlers(faces);
    const reEnrol = rooms.reEnrolHandlers(faces);
    const handlers = [...rooms.handlersOf(['delivery', 'people']), ...portraits, ...captures, ...reEnrol];
    const work = await startWork(runtime, rooms, { handlers, concurrency: 2 });
    tellReady();
    return {
      close: async () => {
        await chores.close();
        await work.close();
        await faces?.close();
      },
    };
  },
});
