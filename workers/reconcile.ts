import { composeRooms } from '../src/http/compose.ts';
import { startWork } from '../src/http/work.ts';
import { loadConfig } from '../src/platform/config.ts';
import { runRole, tellReady } from '../src/platform/process.ts';
import { openRuntime } from '../src/platform/runtime.ts';

/** Facts, rules, findings, alerts: short database work. As many as one likes. */
const runtime = await openRuntime({ config: loadConfig(process.env), process: 'reconcile' });
await runRole({
  log: runtime.log,
  start: async () => {
    const rooms = await composeRooms(runtime);
    const work = await startWork(runtime, rooms, { handlers: rooms.handlersOf(['reconcile']), concurrency: 4 });
    tellReady();
    return work;
  },
});
