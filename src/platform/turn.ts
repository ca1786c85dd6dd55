import { readFile, rm, writeFile } from 'node:fs/promises';
import { DomainError } from './errors.ts';

const POLL_MS = 200;

/**
 * Waits until no other process holds the turn that `path` stands for, and takes it. A turn whose process is gone is over.
 * @returns gives it back
 * @throws DomainError `unavailable` when another holds it for longer than `patienceMs`
 */
export async function takeTurn(path: string, patienceMs: number): Promise<() => Promise<void>> {
  for (let waitedMs = 0; waitedMs < patienceMs; waitedMs += POLL_MS) {
    try {
      await writeFile(path, String(process.pid), { flag: 'wx' });
      return () => rm(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = Number(await readFile(path, 'utf8').catch(() => ''));
    // Our own number stands there after a container was started again: it counts from one each time.
    if (pid > 0 && (pid === process.pid || !isAlive(pid))) await rm(path, { force: true });
    else await new Promise((done) => setTimeout(done, POLL_MS));
  }
  throw new DomainError('unavailable', `another process has held ${path} for too long`, {
    remedy: 'If there is none that starts right now, delete this file.',
  });
}

/** Whether a process of this number runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
