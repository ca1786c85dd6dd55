import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadConfig } from '../../src/platform/config.ts';
import { openDb } from '../../src/platform/db.ts';
import { type EmbeddedServer, ensureDatabase, startEmbeddedPostgres } from '../../src/platform/embedded-postgres.ts';
import { DomainError } from '../../src/platform/errors.ts';
import { createLogger } from '../../src/platform/log.ts';
import { openRuntime, type Runtime } from '../../src/platform/runtime.ts';
import { BYTES_PER_SETTLEMENT } from './city-rows.ts';
import { LOADING, loadCity, loadedCity, quietDisk } from './load-city.ts';

/** As in service: a commit is on disk before it is answered. */
const DURABLE = {
  ...{ fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' },
  ...{ shared_buffers: '1GB', max_wal_size: '4GB', checkpoint_timeout: '15min' },
};
const SPARE_BYTES = 6e9;

export interface CityOfBench {
  readonly settlements: number;
  readonly runtime: Runtime;
}

/**
 * Cities with so many settlements each, in databases of one server, made first where they are not there yet.
 * @param options.data a folder that is kept and used again; undefined: one that is removed afterwards
 */
export async function withCities<T>(
  options: { readonly sizes: readonly number[]; readonly data: string | undefined; say(text: string): void },
  work: (cities: readonly CityOfBench[]) => Promise<T>,
): Promise<T> {
  const { sizes, say } = options;
  const kept = options.data === undefined ? null : resolve(options.data);
  const dir = kept ?? (await mkdtemp(join(tmpdir(), 'claimsight-precheck-')));
  await mkdir(dir, { recursive: true });
  const log = createLogger({ process: 'bench', level: 'error' });
  const started = (settings: Readonly<Record<string, string>>): Promise<EmbeddedServer> =>
    startEmbeddedPostgres({ dir, settings: { ...settings, ...EXTRA }, log });
  let server: EmbeddedServer | undefined;
  try {
    server = await started(LOADING);
    const missing: number[] = [];
    for (const size of sizes) if ((await newestOf(server, size)) === null) missing.push(size);
    await assertRoom(dir, missing, say);
    for (const size of missing) {
      await loadCity(await ensureDatabase(server, nameOf(size), { fresh: true }), {
        settlements: size,
        say: (text, passing = false) =>
          void process.stderr.write(passing && process.stderr.isTTY ? `\r${text}   ` : `${text}\n`),
      });
    }
    await server.stop();
    server = undefined;
    await quietDisk();
    server = await started(DURABLE);
    const config = { ...loadConfig(process.env), LOG_LEVEL: 'error' as const };
    const cities: CityOfBench[] = [];
    try {
      for (const settlements of sizes) {
        const DATABASE_URL = server.urlOf(nameOf(settlements));
        // Each with a folder of its own: what one keeps aside the other could not read.
        const dataDir = join(dir, nameOf(settlements));
        const runtime = await openRuntime({ config: { ...config, DATABASE_URL, dataDir }, process: 'bench' });
        cities.push({ settlements, runtime });
      }
      return await work(cities);
    } finally {
      for (const { runtime } of cities) await runtime.close();
    }
  } finally {
    await server?.stop();
    if (kept === null) await rm(dir, { recursive: true, force: true });
  }
}

/** More settings of the server: `BENCH_POSTGRES="track_io_timing=on"`. */
const EXTRA = Object.fromEntries(
  (process.env.BENCH_POSTGRES ?? '')
    .split(/\s+/)
    .filter(Boolean)
    .map((setting) => [setting.split('=')[0] ?? '', setting.split('=').slice(1).join('=')]),
);

const nameOf = (settlements: number): string => `precheck_${settlements}`;

async function newestOf(server: EmbeddedServer, settlements: number): Promise<number | null> {
  const connectionString = await ensureDatabase(server, nameOf(settlements));
  const log = createLogger({ process: 'bench', level: 'error' });
  const db = openDb({ connectionString, applicationName: 'claimsight bench', log, maxConnections: 1 });
  try {
    return await loadedCity(db);
  } finally {
    await db.close();
  }
}

async function assertRoom(dir: string, sizes: readonly number[], say: (text: string) => void): Promise<void> {
  const needed = sizes.reduce((sum, size) => sum + size, 0) * BYTES_PER_SETTLEMENT + SPARE_BYTES;
  const { bavail, bsize } = await statfs(dir);
  const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(0);
  say(`about ${gigabytes(needed)} GB of disk are needed under ${dir}; ${gigabytes(bavail * bsize)} GB are free`);
  if (bavail * bsize >= needed) return;
  throw new DomainError('unavailable', 'the disk is too small for so many settlements', {
    remedy: 'Name a folder on a larger disk with --data, or ask for fewer: --settlements 1000000.',
  });
}
