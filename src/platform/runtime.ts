import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { type BlobStore, createBlobStore } from './blobs.ts';
import { type Clock, fileClock, systemClock } from './clock.ts';
import { type Config, PROGRAM_DIR } from './config.ts';
import { type Keyring, loadMasterKey, openKeyring } from './crypto.ts';
import { type Db, openDb } from './db.ts';
import { findEmbeddedPostgres } from './embedded-postgres.ts';
import { DomainError } from './errors.ts';
import { createLogger, type Logger } from './log.ts';
import { migrate } from './migrate.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createRetentionPolicy, type RetentionPolicy } from './retention.ts';

/** What every process has: opened once, handed to the rooms' factories, closed last. */
export interface Runtime {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly db: Db;
  readonly keyring: Keyring;
  readonly blobs: BlobStore;
  readonly outbox: Outbox;
  readonly retention: RetentionPolicy;
  close(): Promise<void>;
}

export const EMBEDDED_DATABASE = 'claimsight';
export const MIGRATIONS_DIR = join(PROGRAM_DIR, 'src', 'migrations');

export const masterKeyPath = (config: Pick<Config, 'dataDir'>): string => join(config.dataDir, 'keys', 'master.key');

/** Opens database (migrated), keys and files. @throws DomainError with a remedy when one of them cannot be used */
export async function openRuntime(options: {
  readonly config: Config;
  readonly process: string;
  readonly clock?: Clock;
}): Promise<Runtime> {
  const { config } = options;
  const log = createLogger({ process: options.process, level: config.LOG_LEVEL });
  const clock = options.clock ?? (config.CLOCK_FILE === undefined ? systemClock : fileClock(config.CLOCK_FILE));
  const connectionString = config.DATABASE_URL ?? (await findEmbeddedPostgres(config.dataDir, EMBEDDED_DATABASE));
  if (connectionString === null) {
    throw new DomainError('unavailable', 'no database is running', {
      remedy: 'Start everything with `claimsight up`, or set DATABASE_URL.',
    });
  }
  await migrate({ connectionString, dir: MIGRATIONS_DIR });
  const db = openDb({ connectionString, applicationName: `claimsight ${options.process}`, log });
  try {
    const masterKey = await loadMasterKey({
      base64: config.CLAIMSIGHT_MASTER_KEY,
      path: masterKeyPath(config),
    });
    const keyring = await openKeyring({ db, masterKey, clock });
    const retention = await loadRetention(config.RETENTION_FILE);
    const blobs = createBlobStore({ dir: join(config.dataDir, 'blobs'), keyring, clock, retention });
    return {
      config,
      log,
      clock,
      db,
      keyring,
      blobs,
      outbox: createOutbox({ clock }),
      retention,
      close: () => db.close(),
    };
  } catch (error) {
    await db.close();
    throw error;
  }
}

async function loadRetention(path: string): Promise<RetentionPolicy> {
  const days = parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  for (const [name, value] of Object.entries(days)) {
    if (value === null || (typeof value === 'number' && value > 0)) continue;
    throw new DomainError('config_invalid', `${path}: ${name} must be a number of days, or null`);
  }
  return createRetentionPolicy(days as Record<string, number | null>);
}
