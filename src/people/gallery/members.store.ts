import { type Queryable, tsOrNull } from '../../platform/db.ts';
import type { SubjectKind } from '../people.store.ts';

/** Whose portraits are searched. */
export type GalleryScope =
  | {
      /** People registered where a clinic is, others who came to it, and its staff. */
      readonly kind: 'clinic';
      readonly clinicCode: string;
      readonly regionCode: string;
      readonly visitors: readonly string[];
    }
  | {
      /** People registered in a region, a few more, and the staff of its clinics. */
      readonly kind: 'region';
      readonly prefix: string;
      readonly others: readonly string[];
    }
  | { readonly kind: 'all' };

export interface Members {
  /** Template ids of portraits in use that the model can compare. */
  readonly ids: readonly string[];
  /** Portraits in use of which there is only a template by another model. */
  readonly otherVersion: number;
  /** People of the scope without a portrait in use. */
  readonly withoutPortrait: number;
}

const COMPARABLE = `exists (select 1 from biometric.templates t
  where (t.id = p.template_id or t.of_id = p.template_id) and t.model_version = $1)`;

/** Everybody in a scope, as far as they can be compared by `version`. */
export async function membersOf(
  db: Queryable,
  version: string,
  scope: Exclude<GalleryScope, { kind: 'all' }>,
  now: number,
): Promise<Members> {
  const [prefix, others, clinicCode] =
    scope.kind === 'clinic' ? [scope.regionCode, scope.visitors, scope.clinicCode] : [scope.prefix, scope.others, null];
  const { rows } = await db.query<{ template_id: string | null; comparable: boolean | null }>(
    `select p.template_id, case when p.template_id is not null then ${COMPARABLE} end as comparable
     from persons e left join portraits p
       on p.subject_kind = 'enrollee' and p.subject_ref = e.psn_no and p.state = 'accepted' and p.template_id is not null
     where e.region_code like $2 || '%' or e.psn_no = any($3::text[])
     union all
     select p.template_id, ${COMPARABLE}
     from staff s join portraits p on p.subject_kind = 'staff' and p.subject_ref = s.id::text
     where (s.clinic_code = $4 or $4::text is null and s.clinic_code in (select code from clinics where region_code like $2 || '%'))
       and p.state = 'accepted' and p.template_id is not null
       and s.active_from <= $5 and (s.active_to is null or s.active_to > $5)`,
    [version, prefix, others, clinicCode, tsOrNull(now)],
  );
  return {
    ids: rows.flatMap(({ template_id: id, comparable }) => (id !== null && comparable === true ? [id] : [])),
    otherVersion: rows.filter(({ comparable }) => comparable === false).length,
    withoutPortrait: rows.filter(({ template_id: id }) => id === null).length,
  };
}

/** Portraits in use, of everybody: how many the model can compare, and how many only another could. */
export async function countAll(
  db: Queryable,
  version: string,
): Promise<{ readonly comparable: number; readonly otherVersion: number }> {
  const { rows } = await db.query<{ comparable: number; all: number }>(
    `select count(*) filter (where ${COMPARABLE})::int as comparable, count(*)::int as all
     from portraits p where p.state = 'accepted' and p.template_id is not null`,
    [version],
  );
  const { comparable = 0, all = 0 } = rows[0] ?? {};
  return { comparable, otherVersion: all - comparable };
}

/** A portrait in use, by its template. */
export interface MemberDetail {
  readonly templateId: string;
  readonly portraitId: string;
  readonly subjectKind: SubjectKind;
  readonly subjectRef: string;
  /** The person behind a member of staff, where he is insured himself. */
  readonly psnNo: string | null;
  readonly quality: number;
  /** yyyy-mm-dd */
  readonly takenOn: string | null;
  /** yyyy-mm-dd */
  readonly birth: string | null;
  readonly regionCode: string | null;
  readonly household: string | null;
}

/** Whose the templates are; those that are not in use any more are absent. */
export async function memberDetails(db: Queryable, templateIds: readonly string[]): Promise<Map<string, MemberDetail>> {
  const { rows } = await db.query<MemberDetail>(
    `select p.template_id as "templateId", p.id as "portraitId", p.subject_kind as "subjectKind",
       p.subject_ref as "subjectRef", coalesce(e.psn_no, s.psn_no) as "psnNo", coalesce(p.quality, 0) as quality,
       p.taken_on as "takenOn", e.birth, coalesce(e.region_code, c.region_code) as "regionCode", e.household
     from portraits p
     left join persons e on p.subject_kind = 'enrollee' and e.psn_no = p.subject_ref
     left join staff s on p.subject_kind = 'staff' and s.id::text = p.subject_ref
     left join clinics c on c.code = s.clinic_code
     where p.template_id = any($1::uuid[]) and p.state = 'accepted'`,
    [templateIds],
  );
  return new Map(rows.map((row) => [row.templateId, row]));
}
