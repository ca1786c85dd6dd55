import type { Clock } from '../platform/clock.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';
import { clinicChanged } from './access.topics.ts';
import type { OpenHours } from './open-hours.ts';
import type { Scope } from './principal.ts';

export interface Clinic {
  /** fixmedins_code, `^[HP]\d{11}$` */
  readonly code: string;
  readonly name: string;
  readonly regionCode: string;
  readonly openHours: readonly OpenHours[];
  /** mirror: its claims reach us after the fact · hook: its HIS asks before it settles */
  readonly mode: 'mirror' | 'hook';
  /** Whether faces may be compared here; head count, claims and device rules go on without. */
  readonly faceRecognition: boolean;
}

export const CLINIC_CODE = '^[HP]\\d{11}$';

interface ClinicRow {
  code: string;
  name: string;
  region_code: string;
  open_hours: OpenHours[];
  mode: Clinic['mode'];
  face_recognition: boolean;
}

const COLUMNS = 'code, name, region_code, open_hours, mode, face_recognition';

const clinicOf = (row: ClinicRow): Clinic => ({
  code: row.code,
  name: row.name,
  regionCode: row.region_code,
  openHours: row.open_hours,
  mode: row.mode,
  faceRecognition: row.face_recognition,
});

export async function getClinic(db: Queryable, code: string): Promise<Clinic | null> {
  const { rows } = await db.query<ClinicRow>(`select ${COLUMNS} from clinics where code = $1`, [code]);
  return rows[0] === undefined ? null : clinicOf(rows[0]);
}

/** Clinics of a scope in the order of their codes; all of them without a page. */
export async function listClinics(
  db: Queryable,
  scope: Scope,
  page: { readonly regionPrefix?: string; readonly after?: string | null; readonly limit?: number } = {},
): Promise<Clinic[]> {
  const { rows } = await db.query<ClinicRow>(
    `select ${COLUMNS} from clinics
     where ($1::text is null or region_code like $1 || '%') and ($2::text is null or code = $2)
       and ($3::text is null or region_code like $3 || '%') and ($4::text is null or code > $4)
     order by code limit $5`,
    [scope.regionPrefix, scope.clinicCode, page.regionPrefix ?? null, page.after ?? null, page.limit ?? null],
  );
  return rows.map(clinicOf);
}

/** Registers a clinic or changes it, and tells those whose work hangs on its hours. The routes check the scope before. */
export async function putClinic(tx: Tx, deps: { clock: Clock; outbox: Outbox }, clinic: Clinic): Promise<void> {
  await tx.query(
    `insert into clinics (code, name, region_code, open_hours, mode, face_recognition, created_at)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (code) do update set name = excluded.name, region_code = excluded.region_code,
       open_hours = excluded.open_hours, mode = excluded.mode, face_recognition = excluded.face_recognition`,
    [
      clinic.code,
      clinic.name,
      clinic.regionCode,
      JSON.stringify(clinic.openHours),
      clinic.mode,
      clinic.faceRecognition,
      ts(deps.clock.now()),
    ],
  );
  await deps.outbox.add(tx, clinicChanged, { clinicCode: clinic.code }, { dedupeKey: clinic.code });
}
