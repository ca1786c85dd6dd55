import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROGRAM_DIR } from '../../../src/platform/config.ts';

interface Entry {
  version?: string;
  optionalDependencies?: Record<string, string>;
}

// Where a registry lacks the builds for other systems, `npm install` leaves them out of the lock file, and `npm ci` then
// refuses it everywhere.
it('names every optional build of every package, so that npm ci takes it on any system', async () => {
  const lock = JSON.parse(await readFile(join(PROGRAM_DIR, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Entry>;
  };
  const missing = Object.entries(lock.packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {}).filter(
      (name) => !(`${path}/node_modules/${name}` in lock.packages) && !(`node_modules/${name}` in lock.packages),
    ),
  );
  expect(missing).toEqual([]);
});
