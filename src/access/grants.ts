import type { Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { Principal, Role } from './principal.ts';
import { getRegion } from './regions.store.ts';
import { findClinicInScope, noSuchClinic, regionInScope, scopeOf } from './scope.ts';

export interface Grant {
  readonly role: Role;
  readonly regionCode: string | null;
  readonly clinicCode: string | null;
  readonly cameraId: string | null;
}

/**
 * Whether a grant makes sense and lies within its maker's own scope: nobody gives away what he does not have.
 * @throws DomainError `invalid_input`, or `not_found` for a region or clinic outside
 */
export async function assertMayGrant(db: Queryable, maker: Principal, grant: Grant): Promise<void> {
  if ((grant.regionCode === null) === (grant.clinicCode === null)) {
    throw new DomainError('invalid_input', 'an account is bound either to a region or to a clinic', {
      remedy: 'Send exactly one of regionCode and clinicCode.',
    });
  }
  const needsClinic = grant.role === 'clinic' || grant.role === 'his' || grant.role === 'camera';
  if (needsClinic && grant.clinicCode === null) {
    throw new DomainError('invalid_input', `the role ${grant.role} is bound to a clinic`, {
      remedy: 'Send clinicCode.',
    });
  }
  if ((grant.role === 'camera') !== (grant.cameraId !== null)) {
    throw new DomainError('invalid_input', 'a camera key, and no other, names its camera', {
      remedy: 'Send cameraId with the role camera alone.',
    });
  }
  const scope = scopeOf(maker);
  if (grant.clinicCode !== null && (await findClinicInScope(db, scope, grant.clinicCode)) === null) {
    throw noSuchClinic(grant.clinicCode);
  }
  if (grant.regionCode !== null) {
    const known = regionInScope(scope, grant.regionCode) && (await getRegion(db, grant.regionCode)) !== null;
    if (!known) throw new DomainError('not_found', `there is no region ${grant.regionCode} here`);
  }
}
