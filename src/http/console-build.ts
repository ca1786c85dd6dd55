import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROGRAM_DIR } from '../platform/config.ts';
import { takeTurn } from '../platform/turn.ts';

const STAMP = '.built-from';
const PATIENCE_MS = 120_000;

/** Builds the console unless it stands built from these very sources. Without Vite (a production install) it stays as it is. */
export async function ensureConsole(say: (line: string) => void): Promise<void> {
  const root = join(PROGRAM_DIR, 'web');
  const stamp = join(root, 'dist', STAMP);
  const sources = await fingerprint(root);
  const isBuilt = async (): Promise<boolean> => (await readFile(stamp, 'utf8').catch(() => '')) === sources;
  if (await isBuilt()) return;
  const vite = await import('vite').catch(() => null);
  if (vite === null) return;
  await mkdir(join(root, 'dist'), { recursive: true });
  const giveBack = await takeTurn(join(root, 'dist', '.building'), PATIENCE_MS);
  try {
    if (await isBuilt()) return;
    say('Building the console / 构建控制台');
    await vite.build({ root, configFile: join(root, 'vite.config.ts'), logLevel: 'error' });
    await writeFile(stamp, sources);
  } finally {
    await giveBack();
  }
}

async function fingerprint(root: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.filter((path) => !path.startsWith(join(root, 'dist'))).sort()) {
    hash.update(file.slice(root.length)).update(await readFile(file));
  }
  hash.update(await readFile(join(PROGRAM_DIR, 'package-lock.json')));
  return hash.digest('hex');
}
