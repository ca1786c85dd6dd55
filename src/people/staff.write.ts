import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Queryable, Tx } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import { tellChanges } from './changes.ts';
import type { WriterDeps } from './deps.ts';
import { type StaffMember, staffOf } from './people.store.ts';
import { createPgPeopleStore } from './pg-store.ts';
import type { PeopleStore } from './store.ts';
import type { StaffRow } from './tables.ts';

/** null: not told; what is stored stays. */
export interface StaffInput {
  readonly clinicCode: string;
  readonly staffNo: string;
  readonly psnNo: string | null;
  readonly name: string | null;
  readonly activeFrom: number | null;
  /** undefined: not told; null: still active */
  readonly activeTo: number | null | undefined;
}

export const staffIdOf = (clinicCode: string, staffNo: string): string => derivedId('staff', clinicCode, staffNo);

export const staffContext = (staffId: string): string => `staff:${staffId}`;

/** Stores staff, new or known; new ones without a start are active from the beginning of time as far as rules go. */
export async function registerStaff(
  store: PeopleStore,
  deps: { readonly clock: Clock; readonly keyring: Keyring },
  staff: readonly StaffInput[],
): Promise<void> {
  const byId = new Map(staff.map((row) => [staffIdOf(row.clinicCode, row.staffNo), row]));
  const rows = [...byId].sort(([a], [b]) => (a < b ? -1 : 1));
  const known = new Map((await store.staff(rows.map(([id]) => id))).map((row) => [row.id, row]));
  const merged = rows.map(([id, row]): StaffRow => {
    const before = known.get(id);
    return {
      id,
      clinic_code: row.clinicCode,
      staff_no: row.staffNo,
      psn_no: row.psnNo ?? before?.psn_no ?? null,
      name_enc: row.name === null ? null : deps.keyring.sealText('identity', row.name, staffContext(id)),
      active_from: row.activeFrom ?? before?.active_from ?? 0,
      active_to: row.activeTo === undefined ? (before?.active_to ?? null) : row.activeTo,
      created_at: deps.clock.now(),
    };
  });
  await store.putStaff(merged);
  const changed = merged.filter((row) => {
    const before = known.get(row.id);
    return (
      before === undefined ||
      before.psn_no !== row.psn_no ||
      before.active_from !== row.active_from ||
      before.active_to !== row.active_to
    );
  });
  await tellChanges(
    store.tell,
    changed.map((row) => {
      const before = known.get(row.id);
      return {
        staffId: row.id,
        psnNo: row.psn_no,
        clinicCode: row.clinic_code,
        what: 'staff',
        from: Math.min(row.active_from, before?.active_from ?? row.active_from),
        to: row.active_to === null ? null : Math.max(row.active_to, before?.active_to ?? row.active_to),
      };
    }),
  );
}

export const putStaff = (tx: Tx, deps: WriterDeps, staff: readonly StaffInput[]): Promise<void> =>
  registerStaff(createPgPeopleStore(tx, deps), deps, staff);

export async function listStaff(db: Queryable, ids: readonly string[]): Promise<StaffMember[]> {
  const { rows } = await db.query<Parameters<typeof staffOf>[0]>(
    'select id, clinic_code, staff_no, psn_no, active_from, active_to from staff where id = any($1::uuid[])',
    [ids],
  );
  return rows.map(staffOf);
}

export interface SignInInput {
  readonly staffId: string;
  readonly clinicCode: string;
  readonly from: number;
  readonly to: number | null;
}

/** Stores when staff signed in and out; an out that comes later completes its row. */
export async function registerSignIns(
  store: Pick<PeopleStore, 'putSignIns'>,
  signIns: readonly SignInInput[],
): Promise<void> {
  const rows = [...new Map(signIns.map((row) => [`${row.staffId}|${row.from}`, row])).values()];
  await store.putSignIns(
    rows.map((row) => ({
      id: derivedId('sign-in', row.staffId, String(row.from)),
      staff_id: row.staffId,
      clinic_code: row.clinicCode,
      from_at: row.from,
      to_at: row.to,
    })),
  );
}

export const putSignIns = (tx: Tx, deps: WriterDeps, signIns: readonly SignInInput[]): Promise<void> =>
  registerSignIns(createPgPeopleStore(tx, deps), signIns);
