import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../../platform/embedded-postgres.ts';
import type { Logger } from '../../platform/log.ts';

/** Folders of runs, in the system's temporary folder. */
export const RUN_PREFIX = 'claimsight-feed-';
const OWNER_FILE = 'owner.json';

/** Whose a run's folder is: a run that was killed cannot clear it away itself. */
interface Owner {
  readonly pid: number;
  /** In the system's own count; null: not told. With the pid it names one process for ever. */
  readonly startedAt: string | null;
  readonly database: string;
  /** Server of the database; null: an embedded one within the folder. */
  readonly server: string | null;
}

export async function ownRun(dir: string, what: Pick<Owner, 'database' | 'server'>): Promise<void> {
  const owner: Owner = { pid: process.pid, startedAt: await startOf(process.pid), ...what };
  await writeFile(join(dir, OWNER_FILE), JSON.stringify(owner), { mode: 0o600 });
}

/**
 * Clears away what runs that were killed left behind. What cannot be cleared is told to the log and left.
 * @param drop drops a database of `server`, the one that is in use now
 */
export async function clearLeftovers(deps: {
  readonly log: Logger;
  readonly server: string | null;
  readonly drop: (database: string) => Promise<void>;
}): Promise<void> {
  const { log, server, drop } = deps;
  const names = await readdir(tmpdir()).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(RUN_PREFIX))) {
    const dir = join(tmpdir(), name);
    try {
      const owner = await ownerOf(dir);
      if (owner === null || (await isRunning(owner))) continue;
      if (owner.server === null) await stopWhatRunsIn(dir, owner.database, log);
      else if (owner.server === server) await drop(owner.database);
      // Another server's can be dropped from there only.
      else continue;
      await rm(dir, { recursive: true, force: true });
    } catch (error) {
      log.warn({ err: error, dir }, 'what a run that was killed left behind could not be cleared away');
    }
  }
}

async function stopWhatRunsIn(dir: string, database: string, log: Logger): Promise<void> {
  if ((await findEmbeddedPostgres(dir, database)) === null) return;
  const server = await startEmbeddedPostgres({ dir, log });
  await server.stop();
}

/** null: not a run's folder, or one that is just being made. */
async function ownerOf(dir: string): Promise<Owner | null> {
  const text = await readFile(join(dir, OWNER_FILE), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Owner);
}

async function isRunning({ pid, startedAt }: Owner): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = await startOf(pid);
  return startedAt === null || now === null || now === startedAt;
}

/** The 22nd field of /proc/PID/stat; the second may hold blanks within its brackets. */
async function startOf(pid: number): Promise<string | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}
