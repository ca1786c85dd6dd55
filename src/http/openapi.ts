import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../platform/config.ts';
import { ensureDatabase, startEmbeddedPostgres } from '../platform/embedded-postgres.ts';
import { createLogger } from '../platform/log.ts';
import { openRuntime } from '../platform/runtime.ts';
import { composeRooms } from './compose.ts';

/** The OpenAPI document of this program, as it is checked in at docs/api/openapi.json. */
export async function openApiText(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'claimsight-openapi-'));
  const server = await startEmbeddedPostgres({
    dir,
    settings: { fsync: 'off' },
    log: createLogger({ process: 'openapi', level: 'error' }),
  });
  try {
    const config = loadConfig({
      CLAIMSIGHT_DATA_DIR: dir,
      DATABASE_URL: await ensureDatabase(server, 'openapi'),
      LOG_LEVEL: 'error',
    });
    const runtime = await openRuntime({ config, process: 'openapi' });
    try {
      const app = await (await composeRooms(runtime)).app();
      await app.ready();
      const text = `${JSON.stringify(app.swagger(), null, 2)}\n`;
      await app.close();
      return text;
    } finally {
      await runtime.close();
    }
  } finally {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
