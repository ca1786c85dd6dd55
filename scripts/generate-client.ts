import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { register } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/**
 * Writes the console's API client from docs/api/openapi.json into web/src/api/generated.
 * `--check` writes nothing and fails when what is checked in differs.
 */
const ROOT = join(import.meta.dirname, '..');
const DOCUMENT = join(ROOT, 'docs', 'api', 'openapi.json');
const OUTPUT = join(ROOT, 'web', 'src', 'api', 'generated');

// The generator writes TypeScript with the compiler's own JavaScript API, which TypeScript 7 no longer has.
const hook =
  "export const resolve = (name, context, next) => next(name === 'typescript' ? 'typescript-js' : name, context);";
register(`data:text/javascript,${encodeURIComponent(hook)}`);
const { createClient } = await import('@hey-api/openapi-ts');

async function generate(into: string): Promise<void> {
  await createClient({
    input: DOCUMENT,
    output: into,
    logs: { level: 'error' },
    plugins: ['@hey-api/typescript', { name: '@hey-api/sdk', validator: false }, '@hey-api/client-fetch'],
  });
}

async function contents(dir: string): Promise<Map<string, string>> {
  const files = await readdir(dir, { recursive: true, withFileTypes: true }).catch(() => []);
  const found = new Map<string, string>();
  for (const file of files) {
    if (!file.isFile()) continue;
    const path = join(file.parentPath, file.name);
    found.set(relative(dir, path), await readFile(path, 'utf8'));
  }
  return found;
}

if (process.argv.includes('--check')) {
  const fresh = await mkdtemp(join(tmpdir(), 'claimsight-client-'));
  try {
    await generate(fresh);
    const [want, have] = [await contents(fresh), await contents(OUTPUT)];
    const stale = [...new Set([...want.keys(), ...have.keys()])].filter((name) => want.get(name) !== have.get(name));
    if (stale.length > 0) {
      process.stderr.write(
        `web/src/api/generated is stale (${stale.join(', ')}): run tsx scripts/generate-client.ts\n`,
      );
      process.exitCode = 1;
    }
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
} else {
  await generate(OUTPUT);
}
