import type { Clock } from '../platform/clock.ts';
import { isUniqueViolation, type Queryable, type Tx, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import type { Role, Scope } from './principal.ts';
import { isSecondAdministrator, oneAdministrator, type User, updateUser } from './users.store.ts';

/** What an administrator asks for and a security officer lets in. */
export interface AccountRequest {
  readonly id: string;
  readonly userId: string;
  readonly username: string;
  readonly displayName: string;
  readonly personNo: string;
  readonly kind: 'create' | 'change';
  readonly role: Role;
  readonly regionCode: string | null;
  readonly clinicCode: string | null;
  readonly newPassword: boolean;
  readonly enable: boolean;
  readonly askedBy: string;
  readonly askedPerson: string;
  readonly askedAt: number;
}

export interface NewAccountRequest {
  readonly userId: string;
  readonly kind: AccountRequest['kind'];
  readonly role: Role;
  readonly regionCode: string | null;
  readonly clinicCode: string | null;
  readonly passwordHash: string | null;
  readonly enable: boolean;
  readonly askedBy: string;
  readonly askedPerson: string;
}

/** @throws DomainError `conflict` where a request of this account waits already */
export async function askForAccount(tx: Tx, clock: Clock, request: NewAccountRequest): Promise<void> {
  try {
    await tx.query(
      `insert into account_requests (id, user_id, kind, role, region_code, clinic_code, password_hash, enable, asked_by,
         asked_person, asked_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        newId(),
        request.userId,
        request.kind,
        request.role,
        request.regionCode,
        request.clinicCode,
        request.passwordHash,
        request.enable,
        request.askedBy,
        request.askedPerson,
        ts(clock.now()),
      ],
    );
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new DomainError('conflict', 'a change of this account waits for approval already', {
      remedy: 'Have the security officer decide on it first.',
      why: 'waiting',
    });
  }
}

interface RequestRow {
  id: string;
  user_id: string;
  username: string;
  display_name: string;
  person_no: string;
  kind: AccountRequest['kind'];
  role: Role;
  region_code: string | null;
  clinic_code: string | null;
  password_hash: string | null;
  enable: boolean;
  asked_by: string;
  asked_person: string;
  asked_at: number;
}

/** Open requests whose account, as it is and as it would be, lies in the scope; oldest first. */
export async function openRequests(
  db: Queryable,
  scope: Scope,
  id: string | null,
  lock = false,
): Promise<(AccountRequest & { readonly passwordHash: string | null })[]> {
  const { rows } = await db.query<RequestRow>(
    `select r.*, u.username, u.display_name, u.person_no from account_requests r join users u on u.id = r.user_id
       left join clinics c on c.code = r.clinic_code left join clinics d on d.code = u.clinic_code
     where r.state = 'open' and ($3::uuid is null or r.id = $3)
       and ($1::text is null or (coalesce(c.region_code, r.region_code) like $1 || '%'
         and coalesce(d.region_code, u.region_code) like $1 || '%'))
       and ($2::text is null or (r.clinic_code = $2 and u.clinic_code = $2))
     order by r.asked_at, r.id ${lock ? 'for update of r, u' : ''}`,
    [scope.regionPrefix, scope.clinicCode, id],
  );
  return rows.map((row) => ({
    id: row.id,
    userId: row.user_id,
    username: row.username,
    displayName: row.display_name,
    personNo: row.person_no,
    kind: row.kind,
    role: row.role,
    regionCode: row.region_code,
    clinicCode: row.clinic_code,
    newPassword: row.kind === 'change' && row.password_hash !== null,
    enable: row.enable,
    askedBy: row.asked_by,
    askedPerson: row.asked_person,
    askedAt: row.asked_at,
    passwordHash: row.password_hash,
  }));
}

/** @throws DomainError `conflict` when it would give one person two of the three administrators' accounts */
export async function decideRequest(
  tx: Tx,
  clock: Clock,
  options: {
    readonly request: AccountRequest & { readonly passwordHash: string | null };
    readonly user: User;
    readonly approved: boolean;
    readonly by: string;
    readonly person: string;
    readonly reason: string | null;
  },
): Promise<void> {
  const { request, user, approved } = options;
  await tx.query(
    `update account_requests set state = $2, decided_by = $3, decided_person = $4, decided_at = $5, reason = $6,
       password_hash = null where id = $1`,
    [request.id, approved ? 'approved' : 'rejected', options.by, options.person, ts(clock.now()), options.reason],
  );
  if (!approved) {
    if (request.kind === 'create') await updateUser(tx, user.id, { ...user, passwordHash: null, state: 'rejected' });
    return;
  }
  try {
    await updateUser(tx, user.id, {
      displayName: user.displayName,
      role: request.role,
      regionCode: request.regionCode,
      clinicCode: request.clinicCode,
      disabledAt: request.enable ? null : user.disabledAt,
      passwordHash: request.passwordHash,
      state: 'active',
    });
  } catch (error) {
    if (isUniqueViolation(error) && isSecondAdministrator(error)) throw oneAdministrator(user.personNo);
    throw error;
  }
}
