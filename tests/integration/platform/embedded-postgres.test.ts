import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  ensureDatabase,
  findEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../../src/platform/embedded-postgres.ts';
import { DomainError } from '../../../src/platform/errors.ts';
import { createLogger } from '../../../src/platform/log.ts';
import { migrate } from '../../../src/platform/migrate.ts';
import { MIGRATIONS_DIR } from '../../../src/platform/runtime.ts';

const log = createLogger({ process: 'test', level: 'silent' });
let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-embedded-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const ask = async (connectionString: string, sql: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query(sql);
  await client.end();
  return rows;
};

it('keeps what was written from one start to the next, and clears the lock of a dead server', async () => {
  const first = await startEmbeddedPostgres({ dir, log });
  const url = await ensureDatabase(first, 'kept');
  await ask(url, 'create table t as select 42 as answer');
  // A second program on the same folder uses the server that runs.
  const second = await startEmbeddedPostgres({ dir, log });
  expect(second.adopted).toBe(true);
  expect(await findEmbeddedPostgres(dir, 'kept')).toBe(url);
  await second.stop();
  expect(await ask(url, 'select answer from t')).toEqual([{ answer: 42 }]);
  // Whoever started it may leave before the others: the last one stops it.
  const heir = await startEmbeddedPostgres({ dir, log });
  await first.stop();
  expect(await ask(url, 'select answer from t')).toEqual([{ answer: 42 }]);
  await heir.stop();
  expect(await findEmbeddedPostgres(dir, 'kept')).toBeNull();

  // A lock whose process number belongs to something else by now: this test.
  const lock = join(dir, 'postgres', 'postmaster.pid');
  await writeFile(lock, `${process.pid}\n${join(dir, 'postgres')}\n0\n5432\n`);
  const third = await startEmbeddedPostgres({ dir, log });
  expect(await ask(third.urlOf('kept'), 'select answer from t')).toEqual([{ answer: 42 }]);
  await third.stop();
  await expect(readFile(lock)).rejects.toThrow();
});

it('lets several first commands on one fresh folder all come to their end', async () => {
  const env = { ...process.env, CLAIMSIGHT_DATA_DIR: join(dir, 'fresh') };
  const migrateOnce = () => promisify(execFile)(process.execPath, ['bin/claimsight.mjs', 'migrate'], { env });
  const done = await Promise.all([migrateOnce(), migrateOnce(), migrateOnce()]);
  const applied = done.map(
    ({ stdout }) => (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { applied: [] }).applied,
  );
  expect(applied.map(({ length }) => length > 0).toSorted()).toEqual([false, false, true]);
});

it('ends a server that outlived the program which had started it', async () => {
  await startEmbeddedPostgres({ dir, log });
  // As after a SIGKILL of that program: no process has this number.
  await rm(join(dir, 'postgres.users'), { recursive: true });
  await mkdir(join(dir, 'postgres.users'));
  await writeFile(join(dir, 'postgres.users', '4194303-dead'), '');
  const heir = await startEmbeddedPostgres({ dir, log });
  expect(heir.adopted).toBe(true);
  await heir.stop();
  expect(await findEmbeddedPostgres(dir, 'kept')).toBeNull();
});

it('waits for a server that is just stopping, and starts its own', async () => {
  const first = await startEmbeddedPostgres({ dir, log });
  const url = await ensureDatabase(first, 'kept');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  client.on('error', () => undefined);
  // Someone stops it by hand; an open connection keeps it from ending, and nobody new is let in.
  const lock = (await readFile(join(dir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n');
  process.kill(Number(lock[0]), 'SIGTERM');
  const starting = startEmbeddedPostgres({ dir, log });
  await expect(ask(url, 'select 1')).rejects.toThrow(/shutting down/);
  await client.end();
  const second = await starting;
  expect(second.adopted).toBe(false);
  expect(await ask(second.urlOf('kept'), 'select answer from t')).toEqual([{ answer: 42 }]);
  await second.stop();
});

it('starts a server again that was killed, where its clients look for it', async () => {
  const server = await startEmbeddedPostgres({ dir, log, keep: true });
  const url = await ensureDatabase(server, 'kept');
  const lock = async (): Promise<string[]> =>
    (await readFile(join(dir, 'postgres', 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number((await lock())[0]);
  process.kill(pid, 'SIGKILL');
  await expect
    .poll(() => ask(url, 'select answer from t').catch(() => []), { timeout: 30_000, interval: 200 })
    .toEqual([{ answer: 42 }]);
  expect(Number((await lock())[0])).not.toBe(pid);
  await server.stop();
  expect(await findEmbeddedPostgres(dir, 'kept')).toBeNull();
});

it('says which port is taken, and what to do', async () => {
  const holder = await new Promise<Server>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => resolve(server));
  });
  const port = (holder.address() as { port: number }).port;
  const failure = await startEmbeddedPostgres({ dir, port, log }).catch((error: unknown) => error);
  holder.close();
  expect(failure).toBeInstanceOf(DomainError);
  expect((failure as DomainError).message).toContain('port');
  expect((failure as DomainError).details.remedy).toContain('EMBEDDED_POSTGRES_PORT');
});

it('migrates once when several processes start together, and refuses a changed migration', async () => {
  const server = await startEmbeddedPostgres({ dir, log });
  try {
    const connectionString = await ensureDatabase(server, 'together');
    const reports = await Promise.all([1, 2, 3].map(() => migrate({ connectionString, dir: MIGRATIONS_DIR })));
    expect(reports.filter((report) => report.applied.length > 0)).toHaveLength(1);
    await ask(connectionString, `update schema_migrations set sha256 = 'other' where name like '0001%'`);
    await expect(migrate({ connectionString, dir: MIGRATIONS_DIR })).rejects.toThrow(/was changed after/);
  } finally {
    await server.stop();
  }
});
