import type { ModelCard } from '../../faces/model-card.ts';
import type { SiteFace, SitePerson } from '../../faces/site-calibration.ts';
import { getTemplates, type StoredTemplate } from '../../people/template.store.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Queryable, ts } from '../../platform/db.ts';
import { createFaceJudge, type FaceSample } from '../face-judge.ts';
import { atCounter, type ConfirmedVisit, confirmedVisits, type ReviewedVisitsOf } from './visits.ts';

export interface GatherVisitsDeps {
  readonly db: Queryable;
  readonly keyring: Keyring;
  /** Of the model in use, with the calibration that stands, if any. */
  readonly card: ModelCard;
  readonly reviewed: ReviewedVisitsOf;
  readonly limits: { readonly minAgeYears: number; readonly portraitMaxAgeYears: number };
}

export interface GatheredVisits {
  readonly people: readonly SitePerson[];
  /** Why confirmed visits were left out, and how many. */
  readonly left: Readonly<Record<LeftOut, number>>;
  readonly confirmed: Readonly<Record<ConfirmedVisit['by'], number>>;
}

const LEFT_OUT = [
  'doubtful',
  'of_staff',
  'too_young',
  'no_portrait',
  'portrait_too_old',
  'household_of_another',
  'many_visits',
  'nobody_at_counter',
  'several_at_counter',
  'stayed_too_long',
  'maybe_a_picture',
  'no_template',
] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

/** The terminal stands on the counter: who was before its camera so near to the check is whom it checked. */
const AROUND_MS = 10_000;
/** Who stands before the counter longer than this belongs there. */
const LONGEST_VISIT_MS = 30 * 60_000;
const LONGEST_APPEARANCE_MS = 12 * 3_600_000;
/** More visits of one person tell more about him, not about others. */
const VISITS_OF_ONE = 4;
const MOST_PEOPLE = 2_000;
const YEAR_MS = 365.25 * 86_400_000;
const NEAR_MS = 12 * 3_600_000;

/**
 * People with a portrait and the appearances at their confirmed visits. Which appearance is whose is never told by a comparison
 * with the insured person's portrait: exactly one person besides the staff may have stood before the counter's cameras at that
 * moment. One person a household, so that nobody's stranger is his brother.
 */
export async function gatherVisits(
  deps: GatherVisitsDeps,
  span: { readonly from: number; readonly to: number },
): Promise<GatheredVisits> {
  const { db } = deps;
  const left = Object.fromEntries(LEFT_OUT.map((why) => [why, 0])) as Record<LeftOut, number>;
  const reviewed = await deps.reviewed(span);
  const told = [
    ...(await confirmedVisits(db, span)),
    ...reviewed.present.map((visit): ConfirmedVisit => ({ ...visit, by: 'review' })),
  ];
  const doubted = new Map<string, number[]>();
  for (const { clinicCode, psnNo, at } of reviewed.doubtful) {
    const key = `${clinicCode} ${psnNo}`;
    doubted.set(key, [...(doubted.get(key) ?? []), at]);
  }
  const visitsOf = new Map<string, ConfirmedVisit[]>();
  for (const visit of told) {
    const near = doubted.get(`${visit.clinicCode} ${visit.psnNo}`) ?? [];
    if (near.some((at) => Math.abs(at - visit.at) < NEAR_MS)) left.doubtful += 1;
    else visitsOf.set(visit.psnNo, [...(visitsOf.get(visit.psnNo) ?? []), visit]);
  }
  const subjects = await subjectsOf(deps, visitsOf, left);
  const staff = createStaff(deps);
  const people: SitePerson[] = [];
  for (const { psnNo, portrait } of subjects.slice(0, MOST_PEOPLE)) {
    const visits: SiteFace[] = [];
    for (const visit of visitsOf.get(psnNo) ?? []) {
      if (visits.length >= VISITS_OF_ONE) {
        left.many_visits += 1;
        continue;
      }
      const face = await faceAt(deps, visit, staff, left);
      if (face !== null) visits.push(face);
    }
    if (visits.length > 0) people.push({ person: psnNo, portrait, visits });
  }
  const confirmed = { terminal: 0, witness: 0, review: 0 };
  for (const { by } of told) confirmed[by] += 1;
  return { people, left, confirmed };
}

interface Subject {
  readonly psnNo: string;
  readonly portrait: SiteFace;
}

/** Those of the people who can be compared, one a household: who has most visits. */
async function subjectsOf(
  deps: GatherVisitsDeps,
  visitsOf: ReadonlyMap<string, readonly ConfirmedVisit[]>,
  left: Record<LeftOut, number>,
): Promise<Subject[]> {
  const { db, limits, card } = deps;
  const { rows } = await db.query<{
    psn_no: string;
    template_id: string | null;
    taken_on: string | null;
    birth: string | null;
    household: string | null;
    is_staff: boolean;
  }>(
    `select u.psn_no, p.template_id, p.taken_on, e.birth, e.household,
       exists (select from staff f where f.psn_no = u.psn_no) as is_staff
     from unnest($1::text[]) as u (psn_no) left join persons e on e.psn_no = u.psn_no
     left join lateral (
       select template_id, taken_on from portraits where subject_kind = 'enrollee' and subject_ref = u.psn_no
         and state = 'accepted' order by decided_at desc, id desc limit 1) p on true`,
    [[...visitsOf.keys()]],
  );
  const templates = await templatesOf(
    deps,
    rows.flatMap(({ template_id }) => template_id ?? []),
  );
  const best = new Map<string, Subject & { readonly visits: number }>();
  const maxAge = Math.min(
    limits.portraitMaxAgeYears,
    card.calibration?.maxPortraitAgeYears ?? limits.portraitMaxAgeYears,
  );
  for (const row of rows) {
    const visits = visitsOf.get(row.psn_no) ?? [];
    const at = visits[0]?.at ?? 0;
    const yearsSince = (day: string | null): number | null =>
      day === null ? null : (at - Date.parse(`${day}T00:00:00Z`)) / YEAR_MS;
    const portrait = row.template_id === null ? null : byModel(templates.get(row.template_id), card);
    const why: LeftOut | null = row.is_staff
      ? 'of_staff'
      : (yearsSince(row.birth) ?? limits.minAgeYears) < limits.minAgeYears
        ? 'too_young'
        : portrait === null
          ? 'no_portrait'
          : (yearsSince(row.taken_on) ?? 0) > maxAge
            ? 'portrait_too_old'
            : null;
    if (why !== null || portrait === null) {
      left[why ?? 'no_portrait'] += visits.length;
      continue;
    }
    const key = row.household ?? `alone ${row.psn_no}`;
    const other = best.get(key);
    if (other !== undefined && other.visits >= visits.length) {
      left.household_of_another += visits.length;
      continue;
    }
    if (other !== undefined) left.household_of_another += other.visits;
    best.set(key, { psnNo: row.psn_no, portrait, visits: visits.length });
  }
  return [...best.values()].sort((a, b) => (a.psnNo < b.psnNo ? -1 : 1));
}

type IsStaff = (clinicCode: string, at: number, face: StoredTemplate) => Promise<boolean>;

/** Whether a face is one of a clinic's own staff: the only question that the calibration that stands is asked. */
function createStaff({ db, keyring, card }: GatherVisitsDeps): IsStaff {
  const judge = createFaceJudge(card);
  const known = new Map<string, Promise<readonly FaceSample[]>>();
  const portraitsOf = async (clinicCode: string, at: number): Promise<readonly FaceSample[]> => {
    const { rows } = await db.query<{ template_id: string }>(
      `select p.template_id from staff s join portraits p on p.state = 'accepted' and p.template_id is not null
         and (p.subject_kind = 'staff' and p.subject_ref = s.id::text or p.subject_kind = 'enrollee' and p.subject_ref = s.psn_no)
       where s.clinic_code = $1 and s.active_from <= $2 and (s.active_to is null or s.active_to > $2)`,
      [clinicCode, ts(at)],
    );
    return [
      ...(
        await getTemplates(
          db,
          keyring,
          rows.map((row) => row.template_id),
        )
      ).values(),
    ];
  };
  return async (clinicCode, at, face) => {
    const day = `${clinicCode} ${Math.floor(at / 86_400_000)}`;
    const portraits = known.get(day) ?? portraitsOf(clinicCode, at);
    known.set(day, portraits);
    return (await portraits).some((portrait) => judge.matches(face, portrait));
  };
}

/** The one face that was at the counter with the terminal; null, and counted, where it is not certain which. */
async function faceAt(
  deps: GatherVisitsDeps,
  visit: ConfirmedVisit,
  isStaff: IsStaff,
  left: Record<LeftOut, number>,
): Promise<SiteFace | null> {
  const { db, card } = deps;
  const { clinicCode, at } = visit;
  const there = await atCounter(db, { clinicCode, at, aroundMs: AROUND_MS, longestMs: LONGEST_APPEARANCE_MS });
  const templates = await templatesOf(
    deps,
    there.flatMap(({ templateId }) => templateId ?? []),
  );
  const guests: typeof there = [];
  for (const each of there) {
    const template = each.templateId === null ? undefined : templates.get(each.templateId);
    if (template === undefined || !(await isStaff(clinicCode, at, template))) guests.push(each);
  }
  const [guest, ...others] = guests;
  const template = guest?.templateId == null ? undefined : templates.get(guest.templateId);
  const face = template === undefined ? null : byModel(template, card);
  const why: LeftOut | null =
    guest === undefined
      ? 'nobody_at_counter'
      : others.length > 0
        ? 'several_at_counter'
        : guest.suspected
          ? 'maybe_a_picture'
          : guest.to - guest.from > LONGEST_VISIT_MS
            ? 'stayed_too_long'
            : face === null
              ? 'no_template'
              : null;
  if (why !== null || face === null || guest === undefined) {
    left[why ?? 'no_template'] += 1;
    return null;
  }
  return { vector: face.vector, quality: guest.quality };
}

const templatesOf = ({ db, keyring }: GatherVisitsDeps, ids: readonly string[]): Promise<Map<string, StoredTemplate>> =>
  getTemplates(db, keyring, ids);

/** A face by the model in use; null: only others described it. */
function byModel(stored: StoredTemplate | undefined, { templateVersion }: ModelCard): SiteFace | null {
  if (stored === undefined) return null;
  if (stored.modelVersion === templateVersion) return { vector: stored.template, quality: stored.quality };
  const other = stored.also?.find(({ modelVersion }) => modelVersion === templateVersion);
  return other === undefined ? null : { vector: other.template, quality: stored.quality };
}
