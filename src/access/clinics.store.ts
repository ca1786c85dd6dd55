import type { Clock } from '../platform/clock.ts';
import type { Queryable, Tx } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';
import { clinicChanged } from './access.topics.ts';
import type { OpenHours } from './open-hours.ts';
import { createPgAccessStore } from './pg-store.ts';
import type { Scope } from './principal.ts';
import type { AccessStore } from './store.ts';

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
export async function registerClinic(
  store: AccessStore,
  deps: { readonly clock: Clock },
  clinic: Clinic,
): Promise<void> {
  await store.putClinic({
    code: clinic.code,
    name: clinic.name,
    region_code: clinic.regionCode,
    open_hours: [...clinic.openHours],
    mode: clinic.mode,
    face_recognition: clinic.faceRecognition,
    created_at: deps.clock.now(),
  });
  await store.tell(clinicChanged, [{ payload: { clinicCode: clinic.code }, options: { dedupeKey: clinic.code } }]);
}

export const putClinic = (tx: Tx, deps: { clock: Clock; outbox: Outbox }, clinic: Clinic): Promise<void> =>
  registerClinic(createPgAccessStore(tx, deps), deps, clinic);
