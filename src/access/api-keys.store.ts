import { randomBytes } from 'node:crypto';
import type { Clock } from '../platform/clock.ts';
import { sha256 } from '../platform/crypto.ts';
import { type Queryable, ts } from '../platform/db.ts';
import { newId } from '../platform/ids.ts';
import type { Principal, Role, Scope } from './principal.ts';

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly regionCode: string | null;
  readonly clinicCode: string | null;
  readonly cameraId: string | null;
  readonly createdAt: number;
  readonly lastUsedAt: number | null;
  readonly revokedAt: number | null;
}

export type NewApiKey = Pick<ApiKey, 'name' | 'role' | 'regionCode' | 'clinicCode' | 'cameraId'>;

const KEY_PREFIX = 'cs_';
const KEY_BYTES = 32;
const USED_EVERY_MS = 60_000;

// A key is 256 random bits: a plain hash of it cannot be searched, and a slow one would cost every request.
const hashOf = (key: string): Buffer => sha256('api-key:', key);

interface KeyRow {
  id: string;
  name: string;
  role: Role;
  region_code: string | null;
  clinic_code: string | null;
  camera_id: string | null;
  created_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

const COLUMNS =
  'k.id, k.name, k.role, k.region_code, k.clinic_code, k.camera_id, k.created_at, k.last_used_at, k.revoked_at';

const keyOf = (row: KeyRow): ApiKey => ({
  id: row.id,
  name: row.name,
  role: row.role,
  regionCode: row.region_code,
  clinicCode: row.clinic_code,
  cameraId: row.camera_id,
  createdAt: row.created_at,
  lastUsedAt: row.last_used_at,
  revokedAt: row.revoked_at,
});

/** Makes a key without asking who asks (start-up, demo, tests). Its text is told once and never stored. */
export async function createApiKey(
  db: Queryable,
  clock: Clock,
  options: NewApiKey,
): Promise<{ apiKey: ApiKey; key: string }> {
  const key = `${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`;
  const apiKey: ApiKey = { ...options, id: newId(), createdAt: clock.now(), lastUsedAt: null, revokedAt: null };
  await db.query(
    `insert into api_keys (id, name, key_hash, role, region_code, clinic_code, camera_id, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      apiKey.id,
      apiKey.name,
      hashOf(key),
      apiKey.role,
      apiKey.regionCode,
      apiKey.clinicCode,
      apiKey.cameraId,
      ts(apiKey.createdAt),
    ],
  );
  return { apiKey, key };
}

/** Who holds this key; null for an unknown or revoked one. */
export async function findByKey(db: Queryable, wallClock: Clock, key: string): Promise<Principal | null> {
  if (!key.startsWith(KEY_PREFIX)) return null;
  const { rows } = await db.query<KeyRow>(
    `select ${COLUMNS} from api_keys k where k.key_hash = $1 and k.revoked_at is null`,
    [hashOf(key)],
    'access-key',
  );
  const row = rows[0];
  if (row === undefined) return null;
  const now = wallClock.now();
  if (row.last_used_at === null || now - row.last_used_at > USED_EVERY_MS) {
    await db.query('update api_keys set last_used_at = $2 where id = $1', [row.id, ts(now)]);
  }
  return {
    kind: 'key',
    id: row.id,
    name: row.name,
    role: row.role,
    regionCode: row.region_code,
    clinicCode: row.clinic_code,
    cameraId: row.camera_id,
    personNo: null,
  };
}

/** Keys of the scope: those of its region, and those of the clinics in it. */
export async function listApiKeys(
  db: Queryable,
  scope: Scope,
  page: { readonly id: string | null; readonly after: string | null; readonly limit: number },
): Promise<ApiKey[]> {
  const { rows } = await db.query<KeyRow>(
    `select ${COLUMNS} from api_keys k left join clinics c on c.code = k.clinic_code
     where ($1::text is null or coalesce(c.region_code, k.region_code) like $1 || '%')
       and ($2::text is null or k.clinic_code = $2)
       and ($3::uuid is null or k.id = $3) and ($4::uuid is null or k.id > $4)
     order by k.id limit $5`,
    [scope.regionPrefix, scope.clinicCode, page.id, page.after, page.limit],
  );
  return rows.map(keyOf);
}

export async function revokeApiKey(db: Queryable, clock: Clock, id: string): Promise<void> {
  await db.query('update api_keys set revoked_at = $2 where id = $1 and revoked_at is null', [id, ts(clock.now())]);
}
