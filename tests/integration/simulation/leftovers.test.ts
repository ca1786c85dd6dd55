import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, expect, inject, it } from 'vitest';
import { newId } from '../../../src/platform/ids.ts';
import { createLogger } from '../../../src/platform/log.ts';
import { clearLeftovers, ownRun, RUN_PREFIX } from '../../../src/simulation/run-feed/leftovers.ts';

const log = createLogger({ process: 'test', level: 'silent' });
const url = new URL(`${inject('postgresUrl')}postgres`);
const made: string[] = [];
afterEach(async () => {
  for (const dir of made.splice(0)) await rm(dir, { recursive: true, force: true });
});

const query = async (sql: string): Promise<pg.QueryResult> => {
  const client = new pg.Client({ connectionString: url.toString() });
  await client.connect();
  return await client.query(sql).finally(() => client.end());
};

async function runFolder(): Promise<{ dir: string; database: string }> {
  const dir = await mkdtemp(join(tmpdir(), RUN_PREFIX));
  made.push(dir);
  const database = `left_${newId().slice(-12)}`;
  await query(`create database ${database}`);
  await ownRun(dir, { database, server: url.host });
  return { dir, database };
}

const isThere = async ({ dir, database }: { dir: string; database: string }): Promise<[boolean, boolean]> => [
  (await stat(dir).catch(() => null)) !== null,
  (await query(`select 1 from pg_database where datname = '${database}'`)).rowCount === 1,
];

const clear = (server = url.host): Promise<void> =>
  clearLeftovers({ log, server, drop: async (name) => void (await query(`drop database if exists ${name}`)) });

it('clears away folder and database of a run that was killed, and touches no run that goes on', async () => {
  const killed = await runFolder();
  const running = await runFolder();
  const reused = await runFolder();
  const elsewhere = await runFolder();
  const strange = await mkdtemp(join(tmpdir(), RUN_PREFIX));
  made.push(strange);
  const gone = spawn(process.execPath, ['-e', '']);
  await once(gone, 'exit');
  const rewrite = async ({ dir }: { dir: string }, change: object): Promise<void> => {
    const file = join(dir, 'owner.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...change }));
  };
  await rewrite(killed, { pid: gone.pid });
  // Its number has been given to another process since.
  await rewrite(reused, { startedAt: '1' });
  await rewrite(elsewhere, { pid: gone.pid, server: 'db.example:5432' });
  await clear();
  expect(await isThere(killed)).toEqual([false, false]);
  expect(await isThere(reused)).toEqual([process.platform !== 'linux', process.platform !== 'linux']);
  expect(await isThere(running)).toEqual([true, true]);
  expect(await isThere(elsewhere)).toEqual([true, true]);
  expect((await stat(strange)).isDirectory()).toBe(true);
  for (const { database } of [running, elsewhere]) await query(`drop database ${database}`);
});
