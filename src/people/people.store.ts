import { type Queryable, ts } from '../platform/db.ts';

/** An enrollee without name and ID number: what rules and evidence may know (names: identity.store.ts). */
export interface Person {
  readonly psnNo: string;
  readonly sex: 'male' | 'female' | 'unknown' | null;
  /** yyyy-mm-dd */
  readonly birth: string | null;
  readonly household: string | null;
  readonly regionCode: string | null;
}

export interface RegisteredProxy {
  readonly id: string;
  /** The insured. */
  readonly psnNo: string;
  /** Who comes for him. */
  readonly proxyPsnNo: string;
  readonly relation: string;
  readonly from: number;
  readonly to: number | null;
  readonly registeredBy: string;
  /** When it was registered, which may be after `from`. */
  readonly createdAt: number;
  readonly revokedAt: number | null;
}

export interface StaffMember {
  readonly id: string;
  readonly clinicCode: string;
  /** National code, or the HIS operator number. */
  readonly staffNo: string;
  /** Where the doctor is insured himself: his own visit is no swipe. */
  readonly psnNo: string | null;
  readonly activeFrom: number;
  readonly activeTo: number | null;
}

export type StatusKind = 'dead' | 'inpatient' | 'suspended' | 'away';

export interface PersonStatus {
  readonly id: string;
  readonly psnNo: string;
  readonly what: StatusKind;
  readonly from: number;
  readonly to: number | null;
  /** For an inpatient: where. */
  readonly institution: string | null;
  readonly source: string;
}

export type SubjectKind = 'enrollee' | 'staff';

/** The portrait that a subject is compared with. */
export interface PortraitTemplate {
  readonly portraitId: string;
  readonly templateId: string;
  readonly quality: number;
  /** yyyy-mm-dd */
  readonly takenOn: string | null;
  readonly modelVersion: string;
}

interface PersonRow {
  psn_no: string;
  sex: Person['sex'];
  birth: string | null;
  household: string | null;
  region_code: string | null;
}

const PERSON_COLUMNS = 'psn_no, sex, birth, household, region_code';

const personOf = (row: PersonRow): Person => ({
  psnNo: row.psn_no,
  sex: row.sex,
  birth: row.birth,
  household: row.household,
  regionCode: row.region_code,
});

export async function getPerson(db: Queryable, psnNo: string): Promise<Person | null> {
  const { rows } = await db.query<PersonRow>(`select ${PERSON_COLUMNS} from persons where psn_no = $1`, [psnNo]);
  return rows[0] === undefined ? null : personOf(rows[0]);
}

/** The others of the same household; empty when the household is not known. */
export async function listHousehold(db: Queryable, psnNo: string): Promise<Person[]> {
  const { rows } = await db.query<PersonRow>(
    `select ${PERSON_COLUMNS} from persons
     where household = (select household from persons where psn_no = $1) and psn_no <> $1 order by psn_no`,
    [psnNo],
  );
  return rows.map(personOf);
}

interface ProxyRow {
  id: string;
  psn_no: string;
  proxy_psn_no: string;
  relation: string;
  from_at: number;
  to_at: number | null;
  registered_by: string;
  created_at: number;
  revoked_at: number | null;
}

export const proxyOf = (row: ProxyRow): RegisteredProxy => ({
  id: row.id,
  psnNo: row.psn_no,
  proxyPsnNo: row.proxy_psn_no,
  relation: row.relation,
  from: row.from_at,
  to: row.to_at,
  registeredBy: row.registered_by,
  createdAt: row.created_at,
  revokedAt: row.revoked_at,
});

/** Proxies of an insured person that are valid at a moment, also those registered after it for a time that covers it. */
export async function listProxiesFor(db: Queryable, psnNo: string, atMs: number): Promise<RegisteredProxy[]> {
  const { rows } = await db.query<ProxyRow>(
    `select id, psn_no, proxy_psn_no, relation, from_at, to_at, registered_by, created_at, revoked_at from proxies
     where psn_no = $1 and from_at <= $2 and (to_at is null or to_at > $2) and (revoked_at is null or revoked_at > $2)
     order by from_at, id`,
    [psnNo, ts(atMs)],
  );
  return rows.map(proxyOf);
}

interface StaffRow {
  id: string;
  clinic_code: string;
  staff_no: string;
  psn_no: string | null;
  active_from: number;
  active_to: number | null;
}

export const staffOf = (row: StaffRow): StaffMember => ({
  id: row.id,
  clinicCode: row.clinic_code,
  staffNo: row.staff_no,
  psnNo: row.psn_no,
  activeFrom: row.active_from,
  activeTo: row.active_to,
});

/** Who works at the clinic at a moment. */
export async function listStaffOf(db: Queryable, clinicCode: string, atMs: number): Promise<StaffMember[]> {
  const { rows } = await db.query<StaffRow>(
    `select id, clinic_code, staff_no, psn_no, active_from, active_to from staff
     where clinic_code = $1 and active_from <= $2 and (active_to is null or active_to > $2) order by staff_no`,
    [clinicCode, ts(atMs)],
  );
  return rows.map(staffOf);
}

interface StatusRow {
  id: string;
  psn_no: string;
  what: StatusKind;
  from_at: number;
  to_at: number | null;
  institution: string | null;
  source: string;
}

/** All that lists say of a person, whenever it holds. */
export async function statusesOf(db: Queryable, psnNo: string): Promise<PersonStatus[]> {
  const { rows } = await db.query<StatusRow>(
    `select id, psn_no, what, from_at, to_at, institution, source from person_status
     where psn_no = $1 order by from_at, what`,
    [psnNo],
  );
  return rows.map((row) => ({
    id: row.id,
    psnNo: row.psn_no,
    what: row.what,
    from: row.from_at,
    to: row.to_at,
    institution: row.institution,
    source: row.source,
  }));
}

/** The accepted portrait of a person (`ref`: psn_no) or a member of staff (`ref`: id of the staff row). */
export async function portraitTemplateOf(
  db: Queryable,
  kind: SubjectKind,
  ref: string,
): Promise<PortraitTemplate | null> {
  return (await portraitTemplatesOf(db, kind, [ref])).get(ref) ?? null;
}

/** The accepted portraits of many subjects at once; subjects without one are absent. */
export async function portraitTemplatesOf(
  db: Queryable,
  kind: SubjectKind,
  refs: readonly string[],
): Promise<Map<string, PortraitTemplate>> {
  const { rows } = await db.query<{
    subject_ref: string;
    id: string;
    template_id: string;
    quality: number;
    taken_on: string | null;
    model_version: string;
  }>(
    `select distinct on (p.subject_ref) p.subject_ref, p.id, p.template_id, t.quality, p.taken_on, t.model_version
     from portraits p join biometric.templates t on t.id = p.template_id
     where p.subject_kind = $1 and p.subject_ref = any($2::text[]) and p.state = 'accepted'
     order by p.subject_ref, p.decided_at desc, p.id desc`,
    [kind, refs],
  );
  return new Map(
    rows.map((row) => [
      row.subject_ref,
      {
        portraitId: row.id,
        templateId: row.template_id,
        quality: row.quality,
        takenOn: row.taken_on,
        modelVersion: row.model_version,
      },
    ]),
  );
}
