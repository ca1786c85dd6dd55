import type { StatusKind } from '../people/people.store.ts';
import { type Queryable, ts } from '../platform/db.ts';
import type { FaceJudge, FaceSample, Portrait } from './face-judge.ts';
import type { CandidateFact, FilingFacts, PersonFacts, StatusFact } from './facts.ts';
import type { Span } from './intervals.ts';

const YEAR_MS = 365.25 * 86_400_000;

/** Opens templates by id; ids that are not kept any more are absent. */
export type TemplateReader = (db: Queryable, ids: readonly string[]) => Promise<ReadonlyMap<string, FaceSample>>;

/** Someone whose portrait may be compared, before his template is opened. */
export interface PortraitRow {
  readonly role: 'claimed' | CandidateFact['role'];
  readonly ref: string;
  readonly templateId: string | null;
  readonly takenOn: string | null;
}

/** The newest accepted portrait of the first of several subjects that has one. */
const PORTRAIT = (kinds: string): string => `left join lateral (
    select p.template_id, p.taken_on from portraits p
    where p.state = 'accepted' and p.template_id is not null and (${kinds})
    order by p.subject_kind = r.first_kind desc, p.decided_at desc nulls last, p.id desc limit 1) p on true`;

/**
 * The claimed person and everyone whose face is looked for beside his: staff of the clinic and registered proxies valid
 * at that moment, his household, and who else with a portrait settled there in the window. One role each, in that order.
 */
export async function gatherCandidates(
  db: Queryable,
  options: {
    readonly clinicCode: string;
    readonly psnNo: string | null;
    readonly at: number;
    readonly window: Span;
    /** A face was seen that someone else may explain. */
    readonly withOthers: boolean;
  },
): Promise<{ readonly rows: readonly PortraitRow[]; readonly claimedIsStaff: boolean }> {
  const { rows } = await db.query<{
    role: PortraitRow['role'];
    ref: string;
    template_id: string | null;
    taken_on: string | null;
    is_claimed: boolean;
  }>(
    `with roles as (
       select 0 as rank, 'claimed' as role, $2::text as ref, $2::text as psn_no, null::uuid as staff_id, 'enrollee' as first_kind
         where $2::text is not null
       union all
       select 1, 'staff', s.id::text, s.psn_no, s.id, 'staff' from staff s
         where s.clinic_code = $1 and s.active_from <= $3 and (s.active_to is null or s.active_to > $3)
       union all
       select 2, 'proxy', x.proxy_psn_no, x.proxy_psn_no, null, 'enrollee' from proxies x
         where x.psn_no = $2 and x.from_at <= $3 and (x.to_at is null or x.to_at > $3)
           and (x.revoked_at is null or x.revoked_at > $3)
       union all
       select 3, 'household', h.psn_no, h.psn_no, null, 'enrollee' from persons h
         where h.household = (select household from persons where psn_no = $2) and h.psn_no <> $2
       union all
       select 4, 'other', o.psn_no, o.psn_no, null, 'enrollee' from settlements o
         where o.clinic_code = $1 and o.at >= $4 and o.at < $5 and o.psn_no is not null and o.psn_no is distinct from $2
     ), r as (
       select distinct on (psn_no, coalesce(staff_id::text, ''), role = 'staff') rank, role, ref, psn_no, staff_id, first_kind
       from roles order by psn_no, coalesce(staff_id::text, ''), role = 'staff', rank
     )
     select r.role, r.ref, p.template_id, p.taken_on, r.role = 'staff' and r.psn_no is not distinct from $2 and $2::text is not null as is_claimed
     from r ${PORTRAIT(`(p.subject_kind = 'enrollee' and p.subject_ref = r.psn_no)
       or (p.subject_kind = 'staff' and p.subject_ref = r.staff_id::text)`)}
     where r.role <> 'other' or ($6 and p.template_id is not null)
     order by r.rank, r.ref`,
    [
      options.clinicCode,
      options.psnNo,
      ts(options.at),
      ts(options.window.from),
      ts(options.window.to),
      options.withOthers,
    ],
  );
  const own = rows.find((row) => row.is_claimed);
  return {
    claimedIsStaff: own !== undefined,
    rows: rows
      .filter((row) => !row.is_claimed)
      .map((row) => {
        // The doctor's own visit: his staff portrait is as good as any.
        const from = row.role === 'claimed' && row.template_id === null && own ? own : row;
        return { role: row.role, ref: row.ref, templateId: from.template_id, takenOn: from.taken_on };
      }),
  };
}

/** A portrait ready to compare; null when there is none, or another model made it. */
export function portraitOf(
  row: Pick<PortraitRow, 'ref' | 'templateId' | 'takenOn'>,
  templates: ReadonlyMap<string, FaceSample>,
  judge: FaceJudge,
  atMs: number,
): Portrait | null {
  const sample = row.templateId === null ? undefined : templates.get(row.templateId);
  if (!sample || !judge.comparable(sample)) return null;
  const ageYears = row.takenOn === null ? 0 : Math.max(0, (atMs - Date.parse(`${row.takenOn}T00:00:00Z`)) / YEAR_MS);
  return { ...sample, ref: row.ref, ageYears };
}

/** What lists say of a person, in one query; `known: false` when there is no row about him. */
export async function gatherPerson(
  db: Queryable,
  psnNo: string,
): Promise<Omit<PersonFacts, 'portrait' | 'isStaffHere'>> {
  const { rows } = await db.query<{
    sex: string | null;
    birth: string | null;
    known: boolean;
    what: StatusKind | null;
    from_at: number;
    to_at: number | null;
    institution: string | null;
    source: string;
    created_at: number;
  }>(
    `select p.sex, p.birth, p.psn_no is not null as known, s.what, s.from_at, s.to_at, s.institution, s.source, s.created_at
     from (select $1::text as psn_no) k
     left join persons p on p.psn_no = k.psn_no
     left join person_status s on s.psn_no = k.psn_no
     order by s.from_at, s.what`,
    [psnNo],
  );
  const [first] = rows;
  const statuses = rows.flatMap((row): StatusFact[] =>
    row.what === null
      ? []
      : [
          {
            what: row.what,
            from: row.from_at,
            to: row.to_at,
            institution: row.institution,
            source: row.source,
            knownAt: row.created_at,
          },
        ],
  );
  return { psnNo, known: first?.known ?? false, sex: first?.sex ?? null, birth: first?.birth ?? null, statuses };
}

/** What the clinic filed beforehand that holds at a moment. A filing that names no person holds for all. */
export async function gatherFilings(
  db: Queryable,
  clinicCode: string,
  psnNo: string | null,
  at: number,
): Promise<FilingFacts> {
  const { rows } = await db.query<{ what: string }>(
    `select distinct what from filings
     where clinic_code = $1 and from_at <= $2 and (to_at is null or to_at > $2) and (psn_no is null or psn_no = $3)`,
    [clinicCode, ts(at), psnNo],
  );
  const filed = new Set(rows.map(({ what }) => what));
  return {
    homeVisit: filed.has('homeVisit'),
    outage: filed.has('outage'),
    vaccinationDay: filed.has('vaccinationDay'),
  };
}

/** Whole years at a moment; null when the birthday is not known. */
export const ageYearsAt = (birth: string | null, atMs: number): number | null =>
  birth === null ? null : Math.floor((atMs - Date.parse(`${birth}T00:00:00Z`)) / YEAR_MS);
