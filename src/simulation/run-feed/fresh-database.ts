import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import type { Config } from '../../platform/config.ts';
import { ensureDatabase, startEmbeddedPostgres } from '../../platform/embedded-postgres.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Logger } from '../../platform/log.ts';
import { EMBEDDED_DATABASE } from '../../platform/runtime.ts';
import { clearLeftovers, ownRun, RUN_PREFIX } from './leftovers.ts';

export interface FreshDatabase {
  readonly connectionString: string;
  /** Folder for keys and files of this run. */
  readonly dataDir: string;
  /** Throws all of it away, unless it is to be kept. */
  close(): Promise<void>;
}

/**
 * A run is its own installation, gone afterwards: nothing of it is worth a disk's wait. Everything else is as in service.
 */
const UNSAFE_BUT_QUICK = {
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '4GB',
  shared_buffers: '256MB',
  autovacuum_naptime: '10s',
};

/**
 * A database of its own: on the server of DATABASE_URL, or on an embedded one in a temporary folder.
 * @param keep folder of an installation to be, empty or not there yet: embedded PostgreSQL and keys stay in it
 */
export async function openFreshDatabase(config: Config, log: Logger, keep?: string): Promise<FreshDatabase> {
  if (keep !== undefined) return openKeptDatabase(resolve(keep), log);
  const { DATABASE_URL: given } = config;
  const server = given === undefined ? null : new URL(given).host;
  const onServer = async (sql: string): Promise<void> => {
    const admin = new pg.Client({ connectionString: given });
    await admin.connect();
    await admin.query(sql).finally(() => admin.end());
  };
  const drop = (database: string): Promise<void> =>
    onServer(`drop database if exists ${pg.escapeIdentifier(database)} with (force)`);
  await clearLeftovers({ log, server, drop });
  const dataDir = await mkdtemp(join(tmpdir(), RUN_PREFIX));
  const name = `claimsight_feed_${newId().replaceAll('-', '').slice(-12)}`;
  await ownRun(dataDir, { database: name, server });
  if (given === undefined) {
    const embedded = await startEmbeddedPostgres({ dir: dataDir, settings: UNSAFE_BUT_QUICK, log });
    return {
      connectionString: await ensureDatabase(embedded, name),
      dataDir,
      close: async () => {
        await embedded.stop();
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  }
  await onServer(`create database ${pg.escapeIdentifier(name)}`);
  const url = new URL(given);
  url.pathname = `/${name}`;
  return {
    connectionString: url.toString(),
    dataDir,
    close: async () => {
      await drop(name);
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** The run becomes an installation that other commands can look at: with CLAIMSIGHT_DATA_DIR as that folder. */
async function openKeptDatabase(dataDir: string, log: Logger): Promise<FreshDatabase> {
  await mkdir(dataDir, { recursive: true });
  if ((await readdir(dataDir)).length > 0) {
    throw new DomainError('invalid_input', `${dataDir} is not empty: a run begins on a fresh database`, {
      remedy: 'Name a folder that is empty or not there yet.',
    });
  }
  const embedded = await startEmbeddedPostgres({ dir: dataDir, settings: UNSAFE_BUT_QUICK, log });
  return {
    connectionString: await ensureDatabase(embedded, EMBEDDED_DATABASE),
    dataDir,
    close: () => embedded.stop(),
  };
}
