import type { Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { Principal, Scope } from './principal.ts';

/** What the caller may see: his clinic when he is bound to one, else his region and all that lies in it. */
export function scopeOf(principal: Principal): Scope {
  if (principal.clinicCode !== null) return { regionPrefix: null, clinicCode: principal.clinicCode };
  // A caller without either would see everything; none can be made, and none shall pass.
  if (principal.regionCode === null)
    throw new DomainError('forbidden', 'this account is bound to no region and no clinic');
  return { regionPrefix: principal.regionCode, clinicCode: null };
}

/** Who did it, for history and audit. */
export const actorOf = (principal: Principal): string => `${principal.kind}:${principal.name}`;

/** Which person it is, whatever account he uses. */
export const personOf = (principal: Principal): string => principal.personNo ?? principal.name;

export interface ClinicInScope {
  readonly code: string;
  readonly regionCode: string;
}

/** @throws DomainError `not_found` when the clinic does not exist or lies outside the caller's scope: he cannot tell which */
export async function assertClinicInScope(
  db: Queryable,
  principal: Principal,
  clinicCode: string,
): Promise<ClinicInScope> {
  const found = await findClinicInScope(db, scopeOf(principal), clinicCode);
  if (found === null) throw noSuchClinic(clinicCode);
  return found;
}

export async function findClinicInScope(
  db: Queryable,
  scope: Scope,
  clinicCode: string,
): Promise<ClinicInScope | null> {
  const { rows } = await db.query<{ code: string; region_code: string }>(
    `select code, region_code from clinics
     where code = $3 and ($1::text is null or region_code like $1 || '%') and ($2::text is null or code = $2)`,
    [scope.regionPrefix, scope.clinicCode, clinicCode],
  );
  const row = rows[0];
  return row === undefined ? null : { code: row.code, regionCode: row.region_code };
}

/** A key that is bound to a camera may speak for that camera alone. @throws DomainError `not_found` */
export function assertCameraOfKey(principal: Principal, cameraId: string): void {
  if (principal.cameraId !== null && principal.cameraId !== cameraId) {
    throw new DomainError('not_found', `there is no camera ${cameraId} here`);
  }
}

/** Whether a region lies in the caller's own. Someone bound to a clinic has no region. */
export const regionInScope = (scope: Scope, regionCode: string): boolean =>
  scope.regionPrefix !== null && regionCode.startsWith(scope.regionPrefix);

export const noSuchClinic = (clinicCode: string): DomainError =>
  new DomainError('not_found', `there is no clinic ${clinicCode} here`, {
    remedy: 'Check the code, or register the clinic with PUT /v1/clinics/{code}.',
  });
