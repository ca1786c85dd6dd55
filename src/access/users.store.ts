import type { Clock } from '../platform/clock.ts';
import { isUniqueViolation, type Queryable, ts, tsOrNull } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import { hashPassword } from './passwords.ts';
import type { Role, Scope } from './principal.ts';

export type AccountState = 'pending' | 'active' | 'rejected';

export interface User {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  readonly regionCode: string | null;
  readonly clinicCode: string | null;
  /** 工号 */
  readonly personNo: string;
  readonly state: AccountState;
  readonly disabledAt: number | null;
  readonly createdAt: number;
}

export interface NewUser {
  readonly username: string;
  readonly displayName: string;
  readonly role: Role;
  /** One of the two. */
  readonly regionCode: string | null;
  readonly clinicCode: string | null;
  readonly password: string;
  /** Left out: his user name. */
  readonly personNo?: string;
  readonly state?: AccountState;
}

interface UserRow {
  id: string;
  username: string;
  display_name: string;
  role: Role;
  region_code: string | null;
  clinic_code: string | null;
  person_no: string;
  state: AccountState;
  disabled_at: number | null;
  created_at: number;
}

const COLUMNS = `u.id, u.username, u.display_name, u.role, u.region_code, u.clinic_code, u.person_no, u.state,
  u.disabled_at, u.created_at`;

const userOf = (row: UserRow): User => ({
  id: row.id,
  username: row.username,
  displayName: row.display_name,
  role: row.role,
  regionCode: row.region_code,
  clinicCode: row.clinic_code,
  personNo: row.person_no,
  state: row.state,
  disabledAt: row.disabled_at,
  createdAt: row.created_at,
});

/** Makes an account without asking who asks (start-up, demo, tests); the routes check the maker's scope before. */
export async function createUser(db: Queryable, clock: Clock, user: NewUser): Promise<User> {
  const username = user.username.trim().toLowerCase();
  const passwordHash = await hashPassword(user.password, username);
  try {
    const { rows } = await db.query<UserRow>(
      `insert into users as u (id, username, display_name, role, region_code, clinic_code, password_hash, created_at,
         person_no, state)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning ${COLUMNS}`,
      [
        newId(),
        username,
        user.displayName,
        user.role,
        user.regionCode,
        user.clinicCode,
        passwordHash,
        ts(clock.now()),
        user.personNo ?? username,
        user.state ?? 'active',
      ],
    );
    const [row] = rows;
    if (row === undefined) throw new DomainError('internal', 'the account was not stored');
    return userOf(row);
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    if (isSecondAdministrator(error)) throw oneAdministrator(user.personNo ?? username);
    throw new DomainError('conflict', `the user name ${username} is taken`, { remedy: 'Take another one.' });
  }
}

/** Whether the database refused one person a second of the three administrators' accounts. */
export const isSecondAdministrator = (error: unknown): boolean =>
  (error as { constraint?: string }).constraint === 'users_one_administrator';

export const oneAdministrator = (personNo: string): DomainError =>
  new DomainError('conflict', `person ${personNo} already is an administrator, security officer or auditor`, {
    remedy: 'System administrator, security officer and auditor are three different people: name somebody else.',
    why: 'one_administrator',
    zh: `工号 ${personNo} 已有系统管理员、安全员或审计员账号；三员须由三人分别担任，请另指定人员。`,
  });

export async function getUser(db: Queryable, id: string): Promise<User | null> {
  const { rows } = await db.query<UserRow>(`select ${COLUMNS} from users u where u.id = $1`, [id]);
  return rows[0] === undefined ? null : userOf(rows[0]);
}

export async function findLogin(db: Queryable, username: string): Promise<{ user: User; passwordHash: string } | null> {
  const { rows } = await db.query<UserRow & { password_hash: string }>(
    `select ${COLUMNS}, u.password_hash from users u where u.username = $1`,
    [username.trim().toLowerCase()],
  );
  const row = rows[0];
  return row === undefined ? null : { user: userOf(row), passwordHash: row.password_hash };
}

/** Accounts of the scope: those of its region, and those of the clinics in it. */
export async function listUsers(
  db: Queryable,
  scope: Scope,
  page: { readonly id: string | null; readonly after: string | null; readonly limit: number },
): Promise<User[]> {
  const { rows } = await db.query<UserRow>(
    `select ${COLUMNS} from users u left join clinics c on c.code = u.clinic_code
     where ($1::text is null or coalesce(c.region_code, u.region_code) like $1 || '%')
       and ($2::text is null or u.clinic_code = $2)
       and ($3::uuid is null or u.id = $3) and ($4::uuid is null or u.id > $4)
     order by u.id limit $5`,
    [scope.regionPrefix, scope.clinicCode, page.id, page.after, page.limit],
  );
  return rows.map(userOf);
}

export interface UserChange {
  readonly displayName: string;
  readonly role: Role;
  readonly regionCode: string | null;
  readonly clinicCode: string | null;
  readonly disabledAt: number | null;
  /** null: keeps the old one */
  readonly passwordHash: string | null;
  readonly state?: AccountState;
}

export async function updateUser(db: Queryable, id: string, change: UserChange): Promise<void> {
  await db.query(
    `update users set display_name = $2, role = $3, region_code = $4, clinic_code = $5, disabled_at = $6,
       password_hash = coalesce($7, password_hash), state = coalesce($8, state) where id = $1`,
    [
      id,
      change.displayName,
      change.role,
      change.regionCode,
      change.clinicCode,
      tsOrNull(change.disabledAt),
      change.passwordHash,
      change.state ?? null,
    ],
  );
}
