import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { sha256 } from '../platform/crypto.ts';
import { type Queryable, ts } from '../platform/db.ts';
import type { Principal, Role, Scope } from './principal.ts';

export interface SessionLimits {
  readonly idleMs: number;
  readonly absoluteMs: number;
}

export const DEFAULT_SESSION_LIMITS: SessionLimits = { idleMs: 30 * 60_000, absoluteMs: 12 * 3_600_000 };

/** How old `last_seen_at` may become before a request writes it again. */
const SEEN_EVERY_MS = 60_000;
const TOKEN_BYTES = 32;

export interface SessionOrigin {
  readonly address: string;
  readonly agent: string | null;
}

export interface FoundSession {
  readonly id: string;
  readonly principal: Principal;
  readonly secondFactor: boolean;
}

export interface OpenSession {
  readonly id: string;
  readonly userId: string;
  readonly username: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly address: string | null;
  readonly agent: string | null;
}

/** Whose sessions: one user's, or those of accounts in a region or clinic. */
export interface SessionScope extends Scope {
  readonly userId: string | null;
}

const LONGEST_AGENT = 300;

export interface Sessions {
  /** @returns the token for the cookie; only its hash is stored */
  open(db: Queryable, userId: string, from: SessionOrigin): Promise<string>;
  find(token: string): Promise<FoundSession | null>;
  /** Sessions that have not ended, newest first. */
  list(db: Queryable, scope: SessionScope): Promise<readonly OpenSession[]>;
  /** Ends one by its id. @returns false when there is none in the scope */
  end(db: Queryable, id: string, scope: SessionScope): Promise<boolean>;
  /** Ends all of the user but the one with this id. */
  endOthers(db: Queryable, userId: string, keepId: string): Promise<number>;
  close(db: Queryable, token: string): Promise<void>;
  closeAllOf(db: Queryable, userId: string): Promise<void>;
  /** Deletes sessions that ended; answers how many. */
  sweep(db: Queryable): Promise<number>;
}

const MOST_LISTED = 500;
const IN_SCOPE = `($3::uuid is null or u.id = $3)
  and ($4::text is null or coalesce(c.region_code, u.region_code) like $4 || '%')
  and ($5::text is null or u.clinic_code = $5)`;

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
    async open(queryable, userId, from) {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const now = wallClock.now();
      await queryable.query(
        `insert into sessions (token_hash, user_id, created_at, last_seen_at, expires_at, address, agent)
         values ($1, $2, $3, $3, $4, $5, $6)`,
        [
          hashOf(token),
          userId,
          ts(now),
          ts(now + limits.absoluteMs),
          from.address,
          from.agent?.slice(0, LONGEST_AGENT) ?? null,
        ],
      );
      return token;
    },

    async find(token) {
      const now = wallClock.now();
      const { rows } = await db.query<{
        id: string;
        user_id: string;
        username: string;
        person_no: string;
        second_factor: boolean;
        role: Role;
        region_code: string | null;
        clinic_code: string | null;
        last_seen_at: number;
      }>(
        `select s.id, s.user_id, s.last_seen_at, u.username, u.role, u.region_code, u.clinic_code, u.person_no,
           exists (select 1 from second_factors f where f.user_id = u.id and f.confirmed_at is not null) as second_factor
         from sessions s join users u on u.id = s.user_id
         where s.token_hash = $1 and s.revoked_at is null and s.expires_at > $2 and s.last_seen_at > $3
           and u.disabled_at is null and u.state = 'active'`,
        [hashOf(token), ts(now), ts(now - limits.idleMs)],
      );
      const row = rows[0];
      if (row === undefined) return null;
      if (now - row.last_seen_at > SEEN_EVERY_MS) {
        await db.query('update sessions set last_seen_at = $2 where token_hash = $1', [hashOf(token), ts(now)]);
      }
      return {
        id: row.id,
        secondFactor: row.second_factor,
        principal: {
          kind: 'user',
          id: row.user_id,
          name: row.username,
          role: row.role,
          regionCode: row.region_code,
          clinicCode: row.clinic_code,
          cameraId: null,
          personNo: row.person_no,
        },
      };
    },

    async list(queryable, scope) {
      const now = wallClock.now();
      const { rows } = await queryable.query<{
        id: string;
        user_id: string;
        username: string;
        created_at: number;
        last_seen_at: number;
        address: string | null;
        agent: string | null;
      }>(
        `select s.id, s.user_id, u.username, s.created_at, s.last_seen_at, s.address, s.agent
         from sessions s join users u on u.id = s.user_id left join clinics c on c.code = u.clinic_code
         where s.revoked_at is null and s.expires_at > $1 and s.last_seen_at > $2 and ${IN_SCOPE}
         order by s.created_at desc, s.id limit ${MOST_LISTED}`,
        [ts(now), ts(now - limits.idleMs), scope.userId, scope.regionPrefix, scope.clinicCode],
      );
      return rows.map((row) => ({
        id: row.id,
        userId: row.user_id,
        username: row.username,
        createdAt: row.created_at,
        lastSeenAt: row.last_seen_at,
        address: row.address,
        agent: row.agent,
      }));
    },

    async end(queryable, id, scope) {
      const { rowCount } = await queryable.query(
        `update sessions s set revoked_at = $1 from users u left join clinics c on c.code = u.clinic_code
         where u.id = s.user_id and s.id = $2 and s.revoked_at is null and ${IN_SCOPE}`,
        [ts(wallClock.now()), id, scope.userId, scope.regionPrefix, scope.clinicCode],
      );
      return rowCount === 1;
    },

    async endOthers(queryable, userId, keepId) {
      const { rowCount } = await queryable.query(
        'update sessions set revoked_at = $1 where user_id = $2 and id <> $3 and revoked_at is null',
        [ts(wallClock.now()), userId, keepId],
      );
      return rowCount;
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
