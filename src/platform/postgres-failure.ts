import { DomainError } from './errors.ts';

/** PostgreSQL's last words as an error with a way out. */
export function explainPostgres(said: string, dir: string, cause?: unknown): DomainError {
  const options = cause === undefined ? undefined : { cause };
  const details = (remedy: string) => ({ remedy, said: said.trim().split('\n').slice(-6).join('\n') });
  if (/No space left on device|ENOSPC/i.test(said)) {
    return new DomainError(
      'unavailable',
      `the disk of ${dir} is full`,
      details('Free space, or move the data folder (CLAIMSIGHT_DATA_DIR).'),
      options,
    );
  }
  if (/Address already in use|could not bind/i.test(said)) {
    return new DomainError(
      'unavailable',
      'the port of the embedded PostgreSQL is taken',
      details('Set EMBEDDED_POSTGRES_PORT to a free port, or leave it unset.'),
      options,
    );
  }
  if (/incompatible with server|initialized by PostgreSQL version/i.test(said)) {
    return new DomainError(
      'integrity',
      `${dir} was made by another PostgreSQL version`,
      details('Dump it with that version, move the folder away, and restore the dump.'),
      options,
    );
  }
  if (/Permission denied|EACCES/i.test(said)) {
    return new DomainError(
      'config_invalid',
      `the database folder ${dir} may not be used`,
      details('Give it to the user that ClaimSight runs as.'),
      options,
    );
  }
  return new DomainError(
    'unavailable',
    `the embedded PostgreSQL in ${dir} did not start`,
    details('Its last words stand above; or set DATABASE_URL to another server.'),
    options,
  );
}
