import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { DomainError } from './errors.ts';

/** Any constant will do, so long as nothing else in the database takes it. */
const MIGRATION_LOCK = 4116_0001;

export interface MigrationReport {
  readonly applied: readonly string[];
  readonly version: string;
}

/**
 * Brings the database to the newest version: each `NNNN_name.sql` of `dir` once, in order, each in its own
 * transaction, all under one advisory lock, so that processes may start together.
 * @throws DomainError `integrity` when a file that was applied has changed since, or the database is newer than this program
 */
export async function migrate(options: {
  readonly connectionString: string;
  readonly dir: string;
}): Promise<MigrationReport> {
  const files = (await readdir(options.dir)).filter((name) => /^\d{4}_\w+\.sql$/.test(name)).sort();
  const client = new pg.Client({ connectionString: options.connectionString, application_name: 'claimsight migrate' });
  client.on('error', () => undefined); // a connection that breaks fails the query that waits on it
  await client.connect().catch((error: Error) => {
    throw new DomainError(
      'unavailable',
      `the database cannot be reached: ${error.message}`,
      { remedy: 'See that PostgreSQL runs, and that DATABASE_URL names it with the right user and password.' },
      { cause: error },
    );
  });
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(`create table if not exists schema_migrations (
      name text primary key, sha256 text not null, applied_at timestamptz not null default now())`);
    const known = new Map<string, string>();
    for (const row of (
      await client.query<{ name: string; sha256: string }>('select name, sha256 from schema_migrations')
    ).rows) {
      known.set(row.name, row.sha256);
    }
    const unknown = [...known.keys()].filter((name) => !files.includes(name));
    if (unknown.length > 0) {
      throw new DomainError(
        'integrity',
        `the database has been migrated by a newer ClaimSight (${unknown.join(', ')})`,
        {
          remedy: 'Start that version, or restore the backup made before the upgrade.',
        },
      );
    }
    const applied: string[] = [];
    for (const name of files) {
      const sql = await readFile(join(options.dir, name), 'utf8');
      const sha256 = createHash('sha256').update(sql).digest('hex');
      const before = known.get(name);
      if (before === sha256) continue;
      if (before !== undefined) {
        throw new DomainError('integrity', `migration ${name} was changed after it had been applied`, {
          remedy: 'Put the change into a new migration file.',
        });
      }
      await client.query('begin');
      try {
        await client.query(sql);
        await client.query('insert into schema_migrations (name, sha256) values ($1, $2)', [name, sha256]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw new DomainError(
          'integrity',
          `migration ${name} failed: ${(error as Error).message}`,
          {},
          { cause: error },
        );
      }
      applied.push(name);
    }
    return { applied, version: files.at(-1) ?? 'none' };
  } finally {
    await client.end(); // gives the lock back
  }
}
