import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { type Db, type Queryable, type Tx, ts, tsOrNull } from '../platform/db.ts';

export interface LoginLimits {
  /** Tries for one user name before it is locked, known or not. */
  readonly triesPerName: number;
  /** Tries from one address before it is locked. */
  readonly triesPerAddress: number;
  readonly lockMs: number;
}

/** 等保 level 3: five tries, then a quarter of an hour (DOMAIN.md 4.3). */
export const DEFAULT_LOGIN_LIMITS: LoginLimits = { triesPerName: 5, triesPerAddress: 50, lockMs: 15 * 60_000 };

/**
 * Counts tries before the password is looked at, so that a hundred tries at once are not a hundred guesses. Counted by
 * what was typed, so that a lock does not tell whether the name exists.
 */
export interface LoginLimiter {
  /** Takes one try. @returns false when the name or the address is locked */
  take(username: string, address: string): Promise<boolean>;
  /** The try was right: forget the name's tries, give the address its try back. */
  clear(tx: Tx, username: string, address: string): Promise<void>;
  /** Deletes counts that no longer matter; answers how many. */
  sweep(db: Queryable): Promise<number>;
}

export function createLoginLimiter(options: {
  readonly db: Db;
  readonly keyring: Keyring;
  readonly wallClock: Clock;
  readonly limits: LoginLimits;
}): LoginLimiter {
  const { db, keyring, wallClock, limits } = options;
  // Someone types his password into the wrong field sooner or later: what was typed is never stored readable.
  const nameKey = (username: string): Buffer => keyring.blindIndex('login-name', username.toLowerCase());
  const addressKey = (address: string): Buffer => keyring.blindIndex('login-address', address);

  const takeOne = async (tx: Tx, key: Buffer, tries: number): Promise<boolean> => {
    const now = wallClock.now();
    await tx.query('insert into login_attempts (key, failed, since) values ($1, 0, $2) on conflict do nothing', [
      key,
      ts(now),
    ]);
    const { rows } = await tx.query<{ failed: number; since: number; locked_until: number | null }>(
      'select failed, since, locked_until from login_attempts where key = $1 for update',
      [key],
    );
    const row = rows[0];
    if (row?.locked_until != null && row.locked_until > now) return false;
    const stale = row === undefined || row.locked_until !== null || row.since <= now - limits.lockMs;
    const failed = (stale ? 0 : row.failed) + 1;
    await tx.query('update login_attempts set failed = $2, since = $3, locked_until = $4 where key = $1', [
      key,
      failed,
      ts(stale ? now : row.since),
      tsOrNull(failed >= tries ? now + limits.lockMs : null),
    ]);
    return true;
  };

  return {
    take: (username, address) =>
      db.transaction(async (tx) => {
        const byAddress = await takeOne(tx, addressKey(address), limits.triesPerAddress);
        return byAddress && (await takeOne(tx, nameKey(username), limits.triesPerName));
      }),

    async clear(tx, username, address) {
      await tx.query('delete from login_attempts where key = $1', [nameKey(username)]);
      await tx.query('update login_attempts set failed = greatest(0, failed - 1), locked_until = null where key = $1', [
        addressKey(address),
      ]);
    },

    async sweep(queryable) {
      const before = ts(wallClock.now() - 2 * limits.lockMs);
      return (await queryable.query('delete from login_attempts where since < $1', [before])).rowCount;
    },
  };
}
