import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAlive } from '../platform/turn.ts';

const RING = /^claimsight-ring-(\d+)-/;
/** Another container may share the folder and not the process numbers: what is still written to is somebody's. */
const UNTOUCHED_MS = 10 * 60_000;

/** Removes the rings of workers that were killed: footage that nobody encrypted yet must not lie about. Answers how many. */
export async function clearRingLeftovers(now: number, directory = tmpdir()): Promise<number> {
  let cleared = 0;
  for (const name of await readdir(directory).catch(() => [])) {
    const pid = RING.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const path = join(directory, name);
    const touched = await stat(path).then(
      ({ mtimeMs }) => mtimeMs,
      () => now,
    );
    if (now - touched < UNTOUCHED_MS) continue;
    await rm(path, { recursive: true, force: true });
    cleared++;
  }
  return cleared;
}
