import { type Queryable, type Tx, ts, tsOrNull } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import { tellChanges } from './changes.ts';
import type { WriterDeps } from './deps.ts';
import { type StaffMember, staffOf } from './people.store.ts';

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
export async function putStaff(tx: Tx, deps: WriterDeps, staff: readonly StaffInput[]): Promise<void> {
  const { keyring, outbox } = deps;
  const byId = new Map(staff.map((row) => [staffIdOf(row.clinicCode, row.staffNo), row]));
  const rows = [...byId].sort(([a], [b]) => (a < b ? -1 : 1));
  const known = new Map(
    (
      await listStaff(
        tx,
        rows.map(([id]) => id),
      )
    ).map((row) => [row.id, row]),
  );
  const merged = rows.map(([id, row]) => {
    const before = known.get(id);
    return {
      id,
      clinicCode: row.clinicCode,
      staffNo: row.staffNo,
      psnNo: row.psnNo ?? before?.psnNo ?? null,
      activeFrom: row.activeFrom ?? before?.activeFrom ?? 0,
      activeTo: row.activeTo === undefined ? (before?.activeTo ?? null) : row.activeTo,
      nameEnc: row.name === null ? null : keyring.sealText('identity', row.name, staffContext(id)),
    };
  });
  await tx.query(
    `insert into staff as s (id, clinic_code, staff_no, psn_no, name_enc, active_from, active_to, created_at)
     select t.*, $8 from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[],
       $7::timestamptz[]) as t
     on conflict (clinic_code, staff_no) do update set psn_no = excluded.psn_no,
       name_enc = coalesce(excluded.name_enc, s.name_enc), active_from = excluded.active_from,
       active_to = excluded.active_to`,
    [
      merged.map((row) => row.id),
      merged.map((row) => row.clinicCode),
      merged.map((row) => row.staffNo),
      merged.map((row) => row.psnNo),
      merged.map((row) => row.nameEnc),
      merged.map((row) => ts(row.activeFrom)),
      merged.map((row) => tsOrNull(row.activeTo)),
      ts(deps.clock.now()),
    ],
  );
  const changed = merged.filter((row) => {
    const before = known.get(row.id);
    return (
      before === undefined ||
      before.psnNo !== row.psnNo ||
      before.activeFrom !== row.activeFrom ||
      before.activeTo !== row.activeTo
    );
  });
  await tellChanges(
    tx,
    outbox,
    changed.map((row) => ({
      staffId: row.id,
      psnNo: row.psnNo,
      clinicCode: row.clinicCode,
      what: 'staff',
      from: Math.min(row.activeFrom, known.get(row.id)?.activeFrom ?? row.activeFrom),
      to: row.activeTo === null ? null : Math.max(row.activeTo, known.get(row.id)?.activeTo ?? row.activeTo),
    })),
  );
}

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
export async function putSignIns(tx: Tx, signIns: readonly SignInInput[]): Promise<void> {
  const rows = [...new Map(signIns.map((row) => [`${row.staffId}|${row.from}`, row])).values()];
  await tx.query(
    `insert into staff_sign_ins as s (id, staff_id, clinic_code, from_at, to_at)
     select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::timestamptz[])
     on conflict (staff_id, from_at) do update set to_at = coalesce(excluded.to_at, s.to_at)`,
    [
      rows.map((row) => derivedId('sign-in', row.staffId, String(row.from))),
      rows.map((row) => row.staffId),
      rows.map((row) => row.clinicCode),
      rows.map((row) => ts(row.from)),
      rows.map((row) => tsOrNull(row.to)),
    ],
  );
}
