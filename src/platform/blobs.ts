import { mkdir, open, readFile, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from './clock.ts';
import { type Keyring, sha256 } from './crypto.ts';
import { type Queryable, ts, tsOrNull } from './db.ts';
import { DomainError } from './errors.ts';
import { newId } from './ids.ts';
import type { RetentionPolicy } from './retention.ts';

export interface BlobRef {
  readonly sha256: Buffer;
  readonly sizeBytes: number;
  readonly mediaType: string;
}

/**
 * Encrypted files in a folder, addressed by the SHA-256 of their plain content. The row is written in the caller's
 * transaction after the file is on disk, so that a row never points at nothing; a file without a row is swept.
 */
export interface BlobStore {
  put(db: Queryable, content: Uint8Array, options: { mediaType: string; retentionClass: string }): Promise<BlobRef>;
  /** @throws DomainError `not_found`, or `integrity` when the file was changed */
  get(hash: Uint8Array): Promise<Buffer>;
  /** Keeps a blob at least as long as `retentionClass` says. */
  retain(db: Queryable, hash: Uint8Array, retentionClass: string): Promise<void>;
  remove(db: Queryable, hash: Uint8Array): Promise<void>;
  /** Removes what has expired; answers how many. */
  sweep(db: Queryable): Promise<number>;
}

const LEAST_FREE_BYTES = 64 * 1024 * 1024;

export function createBlobStore(options: {
  readonly dir: string;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly retention: RetentionPolicy;
}): BlobStore {
  const { dir, keyring, clock, retention } = options;
  const pathOf = (hex: string): string => join(dir, hex.slice(0, 2), hex.slice(2, 4), hex);

  const write = async (hex: string, content: Uint8Array): Promise<void> => {
    const path = pathOf(hex);
    await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${newId()}.tmp`;
    try {
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(keyring.seal('blob', content, hex));
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw diskFull(dir);
      throw error;
    }
  };

  const store: BlobStore = {
    async put(db, content, { mediaType, retentionClass }) {
      const hash = sha256(content);
      const known = await db.query('select 1 from blobs where sha256 = $1', [hash]);
      if (known.rowCount > 0) {
        await store.retain(db, hash, retentionClass);
      } else {
        const { bavail, bsize } = await statfs(dir).catch(async () => {
          await mkdir(dir, { recursive: true, mode: 0o700 });
          return statfs(dir);
        });
        if (bavail * bsize < LEAST_FREE_BYTES) throw diskFull(dir);
        await write(hash.toString('hex'), content);
        await db.query(
          `insert into blobs (sha256, size_bytes, media_type, retention_class, created_at, expires_at)
           values ($1, $2, $3, $4, $5, $6)
           on conflict (sha256) do update set expires_at = greatest(blobs.expires_at, excluded.expires_at)`,
          [
            hash,
            content.byteLength,
            mediaType,
            retentionClass,
            ts(clock.now()),
            tsOrNull(retention.expiresAt(retentionClass, clock.now())),
          ],
        );
      }
      return { sha256: hash, sizeBytes: content.byteLength, mediaType };
    },

    async get(hash) {
      const hex = Buffer.from(hash).toString('hex');
      const sealed = await readFile(pathOf(hex)).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') throw new DomainError('not_found', 'this file is not kept any more');
        throw error;
      });
      return keyring.open('blob', sealed, hex);
    },

    async retain(db, hash, retentionClass) {
      const until = retention.expiresAt(retentionClass, clock.now());
      await db.query(
        `update blobs set retention_class = $2, expires_at = $3
         where sha256 = $1 and expires_at is not null and ($3::timestamptz is null or expires_at < $3)`,
        [hash, retentionClass, tsOrNull(until)],
      );
    },

    async remove(db, hash) {
      await db.query('delete from blobs where sha256 = $1', [hash]);
      await rm(pathOf(Buffer.from(hash).toString('hex')), { force: true });
    },

    async sweep(db) {
      const expired = await db.query<{ sha256: Buffer }>('select sha256 from blobs where expires_at < $1 limit 1000', [
        ts(clock.now()),
      ]);
      for (const row of expired.rows) await store.remove(db, row.sha256);
      return expired.rowCount;
    },
  };
  return store;
}

const diskFull = (dir: string): DomainError =>
  new DomainError('unavailable', `the disk of ${dir} is full`, {
    remedy: 'Free space or move the data folder (CLAIMSIGHT_DATA_DIR).',
  });
