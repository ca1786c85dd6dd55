import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Db, openDb, ts } from '../../src/platform/db.ts';
import { createLogger } from '../../src/platform/log.ts';
import { migrate } from '../../src/platform/migrate.ts';
import { MIGRATIONS_DIR } from '../../src/platform/runtime.ts';
import { addSettlements, makeCity, TABLES_OF_SETTLEMENTS } from './city-rows.ts';

/** For making rows that can be made again: nothing of it is durable until the server was stopped and the disk is quiet. */
export const LOADING = {
  ...{ fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' },
  ...{ wal_level: 'minimal', max_wal_senders: '0', max_wal_size: '1GB', checkpoint_timeout: '1h' },
  ...{ shared_buffers: '1GB', maintenance_work_mem: '512MB', max_parallel_maintenance_workers: '2' },
} as const;

/** @returns epoch ms of the newest settlement of a city that was loaded before; null: there is none */
export async function loadedCity(db: Db): Promise<number | null> {
  const there = await db.query<{ t: string | null }>(`select to_regclass('bench_city')::text as t`);
  if (there.rows[0]?.t == null) return null;
  const { rows } = await db.query<{ newest_at: number }>('select newest_at from bench_city');
  return rows[0]?.newest_at ?? null;
}

/**
 * A city with so many settlements and all that belongs to them. Indexes are made behind the rows: in a tenth of the time, and
 * as dense as those of a database that was restored.
 */
export async function loadCity(
  connectionString: string,
  options: { readonly settlements: number; say(text: string, passing?: boolean): void },
): Promise<void> {
  const { settlements, say } = options;
  await migrate({ connectionString, dir: MIGRATIONS_DIR });
  const log = createLogger({ process: 'bench', level: 'error' });
  const db = openDb({ connectionString, applicationName: 'claimsight bench', log, maxConnections: 3 });
  try {
    if ((await loadedCity(db)) !== null) return;
    const newestAt = Date.now() - 60_000;
    await makeCity(db, newestAt);
    const began = performance.now();
    const indexes = await dropIndexes(db, TABLES_OF_SETTLEMENTS);
    await addSettlements(db, {
      ...{ from: 0, to: settlements, newestAt },
      onProgress: (done) => {
        const left = ((performance.now() - began) / done) * (settlements - done);
        say(`${done} of ${settlements} settlements stored, ${Math.round(left / 1000)} s to go`, true);
      },
    });
    for (const [i, sql] of indexes.entries()) {
      say(`index ${i + 1} of ${indexes.length}`, true);
      await db.query(sql);
    }
    say('vacuum and analyze', true);
    // As autovacuum would have left them.
    await Promise.all(TABLES_OF_SETTLEMENTS.map((table) => db.query(`vacuum (analyze, parallel 0) ${table}`)));
    await db.query('analyze');
    await db.query('create table bench_city (settlements bigint not null, newest_at timestamptz not null)');
    await db.query('insert into bench_city values ($1, $2)', [settlements, ts(newestAt)]);
    await db.query('checkpoint');
    say(`${settlements} settlements are stored, after ${Math.round((performance.now() - began) / 1000)} s`);
  } finally {
    await db.close();
  }
}

/** What was written lazily is on disk before anything is measured. */
export const quietDisk = async (): Promise<void> => void (await promisify(execFile)('sync'));

/** @returns statements that make them again, keys before what refers to them */
async function dropIndexes(db: Db, tables: readonly string[]): Promise<string[]> {
  const constraints = await db.query<{ kind: string; drop: string; make: string }>(
    `select contype as kind, format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
       format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as make
     from pg_constraint where conparentid = 0
       and ((contype in ('p', 'u') and conrelid = any($1::regclass[])) or (contype = 'f' and confrelid = any($1::regclass[])))`,
    [tables],
  );
  const references = constraints.rows.filter(({ kind }) => kind === 'f');
  const keys = constraints.rows.filter(({ kind }) => kind !== 'f');
  for (const { drop } of [...references, ...keys]) await db.query(drop);
  const indexes = await db.query<{ drop: string; make: string }>(
    `select format('drop index %s', indexrelid::regclass) as drop,
       replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') as make
     from pg_index where indrelid = any($1::regclass[])`,
    [tables],
  );
  for (const { drop } of indexes.rows) await db.query(drop);
  return [...keys, ...indexes.rows, ...references].map(({ make }) => make);
}
