import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { sha256 } from '../platform/crypto.ts';
import { type Queryable, ts } from '../platform/db.ts';
import type { Principal, Role } from './principal.ts';

export interface SessionLimits {
  readonly idleMs: number;
  readonly absoluteMs: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { idleMs: 30 * 60_000, absoluteMs: 12 * 3_600_000 };

/** How old `last_seen_at` may become before a request writes it again. */
const SEEN_EVERY_MS = 60_000;
const TOKEN_BYTES = 32;

export interface Sessions {
  /** @returns the token for the cookie; only its hash is stored */
  open(db: Queryable, userId: string): Promise<string>;
  find(token: string): Promise<Principal | null>;
  close(db: Queryable, token: string): Promise<void>;
  closeAllOf(db: Queryable, userId: string): Promise<void>;
  /** Deletes sessions that ended; answers how many. */
  sweep(db: Queryable): Promise<number>;
}

const hashOf = (token: string): Buffer => sha256('session:', token);

/**
 * The CSRF token of a session: derived from the cookie, which no other site can read, so that every tab and every
 * reload finds the same one and nothing about it is stored.
 */
export const csrfTokenOf = (sessionToken: string): string =>
  createHmac('sha256', sessionToken).update('csrf').digest('base64url');

/** `wallClock` is real time even where the domain's clock is simulated: a session ends for a person at a desk. */
export function createSessions(options: {
  readonly db: Queryable;
  readonly wallClock: Clock;
  readonly limits: SessionLimits;
}): Sessions {
  const { db, wallClock, limits } = options;
  return {
    async open(queryable, userId) {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const now = wallClock.now();
      await queryable.query(
        `insert into sessions (token_hash, user_id, created_at, last_seen_at, expires_at) values ($1, $2, $3, $3, $4)`,
        [hashOf(token), userId, ts(now), ts(now + limits.absoluteMs)],
      );
      return token;
    },

    async find(token) {
      const now = wallClock.now();
      const { rows } = await db.query<{
        user_id: string;
        username: string;
        role: Role;
        region_code: string | null;
        clinic_code: string | null;
        last_seen_at: number;
      }>(
        `select s.user_id, s.last_seen_at, u.username, u.role, u.region_code, u.clinic_code
         from sessions s join users u on u.id = s.user_id
         where s.token_hash = $1 and s.revoked_at is null and s.expires_at > $2 and s.last_seen_at > $3
           and u.disabled_at is null`,
        [hashOf(token), ts(now), ts(now - limits.idleMs)],
      );
      const row = rows[0];
      if (row === undefined) return null;
      if (now - row.last_seen_at > SEEN_EVERY_MS) {
        await db.query('update sessions set last_seen_at = $2 where token_hash = $1', [hashOf(token), ts(now)]);
      }
      return {
        kind: 'user',
        id: row.user_id,
        name: row.username,
        role: row.role,
        regionCode: row.region_code,
        clinicCode: row.clinic_code,
        cameraId: null,
      };
    },

    async close(queryable, token) {
      await queryable.query('update sessions set revoked_at = $2 where token_hash = $1 and revoked_at is null', [
        hashOf(token),
        ts(wallClock.now()),
      ]);
    },

    async closeAllOf(queryable, userId) {
      await queryable.query('update sessions set revoked_at = $2 where user_id = $1 and revoked_at is null', [
        userId,
        ts(wallClock.now()),
      ]);
    },

    async sweep(queryable) {
      const now = wallClock.now();
      return (
        await queryable.query('delete from sessions where expires_at < $1 or last_seen_at < $2 or revoked_at < $1', [
          ts(now),
          ts(now - limits.idleMs),
        ])
      ).rowCount;
    },
  };
}
