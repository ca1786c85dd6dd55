import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts';
import { createLogger } from '../../src/platform/log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the real PostgreSQL that all test files share, without a database name. */
    postgresUrl: string;
  }
}

/** One PostgreSQL for the whole run; each test file makes a database of its own in it (see test-runtime.ts). */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dir = await mkdtemp(join(tmpdir(), 'claimsight-test-pg-'));
  const server = await startEmbeddedPostgres({
    dir,
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
    log: createLogger({ process: 'test', level: 'warn' }),
  });
  project.provide('postgresUrl', server.urlOf(''));
  return async () => {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
}
