import { DomainError } from '../platform/errors.ts';
import type { Tell } from '../platform/tell.ts';
import type { ClinicRow, RegionRow } from './tables.ts';

/** What registers regions and clinics, by the database (pg-store.ts) or in memory (memory-store.ts). */
export interface AccessStore {
  region(code: string): Promise<RegionRow | null>;
  /** Of a known one the name changes. */
  putRegion(row: RegionRow): Promise<void>;
  clinic(code: string): Promise<ClinicRow | null>;
  /** Of a known one everything changes but when it was created. */
  putClinic(row: ClinicRow): Promise<void>;
  readonly tell: Tell;
}

/** @throws DomainError `not_found` when no such clinic is registered */
export async function requireClinic(store: Pick<AccessStore, 'clinic'>, code: string): Promise<ClinicRow> {
  const clinic = await store.clinic(code);
  if (clinic !== null) return clinic;
  throw new DomainError('not_found', `the clinic ${code} is not registered`, { remedy: `Register ${code} first.` });
}
