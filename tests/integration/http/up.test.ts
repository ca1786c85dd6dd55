import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startInstallation } from '../../../src/http/up.ts';
import { loadConfig } from '../../../src/platform/config.ts';
import { migrate } from '../../../src/platform/migrate.ts';
import { freePort } from '../../../src/platform/ports.ts';
import { MIGRATIONS_DIR } from '../../../src/platform/runtime.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

let runtime: TestRuntime;
beforeAll(async () => {
  runtime = await createTestRuntime();
});
afterAll(() => runtime.close());

it('says at once that the port is taken, instead of starting the API again for ever', async () => {
  const port = await freePort();
  const other = createServer().listen(port, '127.0.0.1');
  await new Promise((listening) => other.once('listening', listening));
  try {
    const database = { url: runtime.db.connectionString, stop: async () => undefined };
    const config = { ...loadConfig({ PORT: String(port) }), dataDir: runtime.config.dataDir };
    await expect(startInstallation({ config, log: runtime.log, database })).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining(String(port)),
    });
  } finally {
    other.close();
  }
});

it('says in plain words that the database cannot be reached', async () => {
  const connectionString = `postgresql://nobody@127.0.0.1:${await freePort()}/none`;
  await expect(migrate({ connectionString, dir: MIGRATIONS_DIR })).rejects.toMatchObject({ code: 'unavailable' });
});
