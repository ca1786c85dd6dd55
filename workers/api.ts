import type { AddressInfo } from 'node:net';
import { composeRooms } from '../src/http/compose.ts';
import { loadConfig } from '../src/platform/config.ts';
import { runRole, tellReady } from '../src/platform/process.ts';
import { openRuntime } from '../src/platform/runtime.ts';

/** The HTTP API and the console. Stateless: as many as one likes. */
const config = loadConfig(process.env);
const runtime = await openRuntime({ config, process: 'api' });
await runRole({
  log: runtime.log,
  start: async () => {
    const rooms = await composeRooms(runtime);
    const app = await rooms.app();
    const watch = await rooms.watch();
    await app.listen({ host: config.HOST, port: config.PORT });
    const { port } = app.server.address() as AddressInfo;
    const url = `http://${config.HOST === '0.0.0.0' || config.HOST === '::' ? '127.0.0.1' : config.HOST}:${port}`;
    runtime.log.info({ url }, 'the API listens');
    tellReady({ url });
    return {
      close: async () => {
        await app.close();
        await watch.close();
        await runtime.close();
      },
    };
  },
});
