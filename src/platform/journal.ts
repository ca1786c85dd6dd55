import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Keyring } from './crypto.ts';
import { newId } from './ids.ts';
import type { Logger } from './log.ts';

/** What is written down on this machine while the database is away, encrypted, and handed on when it is back. */
export interface Journal<Entry> {
  /** On disk when it returns. */
  append(entry: Entry): Promise<void>;
  /**
   * Hands every entry on in order, also those of processes that have ended. The first that fails stays, with all behind it.
   * @returns how many were handed on
   */
  drain(handle: (entry: Entry) => Promise<void>): Promise<number>;
}

const PURPOSE = 'message';
const CONTEXT = 'journal';
/** `<name>-<pid>-<number>.journal` */
const OF_PROCESS = /-(\d+)-[0-9a-f-]{36}\.journal$/;

/** A journal in a folder of this machine. Nothing is made there before the first entry. @typeParam Entry what JSON can say */
export function createJournal<Entry>(options: {
  readonly dir: string;
  /** Of files: lower-case letters. */
  readonly name: string;
  readonly keyring: Keyring;
  readonly log: Logger;
}): Journal<Entry> {
  const { dir, name, keyring, log } = options;
  const fresh = (): string => `${name}-${process.pid}-${newId()}.journal`;
  let current = fresh();
  let draining: Promise<number> | null = null;
  const writing = new Set<Promise<void>>();

  const drainFile = async (file: string, handle: (entry: Entry) => Promise<void>): Promise<[number, boolean]> => {
    const path = join(dir, file);
    const lines = (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
    for (const [i, line] of lines.entries()) {
      let entry: Entry;
      try {
        entry = JSON.parse(keyring.openText(PURPOSE, Buffer.from(line, 'base64'), CONTEXT)) as Entry;
      } catch {
        // The last line of a process that was ended while it wrote.
        log.error({ file, line: i + 1 }, 'an entry of the journal cannot be read and is passed over');
        continue;
      }
      try {
        await handle(entry);
      } catch (error) {
        log.warn({ file, left: lines.length - i, err: (error as Error).message }, 'the journal waits');
        const rest = `${path}.rest`;
        await writeSynced(rest, 'w', `${lines.slice(i).join('\n')}\n`);
        await rename(rest, path);
        return [i, false];
      }
    }
    await rm(path, { force: true });
    return [lines.length, true];
  };

  const drainAll = async (handle: (entry: Entry) => Promise<void>): Promise<number> => {
    const files = (await readdir(dir).catch(() => [])).filter((file) => isFree(file, name)).toSorted();
    if (files.includes(current)) {
      current = fresh();
      // Who has begun to write into the old one must be in it before it is read and taken away.
      await Promise.allSettled(writing);
    }
    let done = 0;
    for (const file of files) {
      const [n, whole] = await drainFile(file, handle);
      done += n;
      if (!whole) break;
    }
    return done;
  };

  return {
    async append(entry) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
      const line = keyring.sealText(PURPOSE, JSON.stringify(entry), CONTEXT).toString('base64');
      const written = writeSynced(join(dir, current), 'a', `${line}\n`);
      writing.add(written);
      await written.finally(() => writing.delete(written));
    },
    drain(handle) {
      draining ??= drainAll(handle).finally(() => {
        draining = null;
      });
      return draining;
    },
  };
}

async function writeSynced(path: string, flags: 'a' | 'w', text: string): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await file.writeFile(text);
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** One's own file, or one whose process has ended. */
function isFree(file: string, name: string): boolean {
  if (!file.startsWith(`${name}-`)) return false;
  const pid = Number(OF_PROCESS.exec(file)?.[1]);
  if (!Number.isInteger(pid)) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
