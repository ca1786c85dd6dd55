import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rightsDocument } from '../access/rights-document.ts';
import { loadConfig } from '../platform/config.ts';
import { ensureDatabase, startEmbeddedPostgres } from '../platform/embedded-postgres.ts';
import { createLogger } from '../platform/log.ts';
import { openRuntime } from '../platform/runtime.ts';
import { composeRooms } from './compose.ts';

/** What is told of the program's routes, as it is checked in: docs/api/openapi.json and docs/rights.md. */
export async function routeDocuments(): Promise<{ readonly openApi: string; readonly rights: string }> {
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
      const openApi = `${JSON.stringify(app.swagger(), null, 2)}\n`;
      const rights = rightsDocument(app.declaredRoutes);
      await app.close();
      return { openApi, rights };
    } finally {
      await runtime.close();
    }
  } finally {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
