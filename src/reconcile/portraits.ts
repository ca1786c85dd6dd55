import type { FaceJudge, FaceSample, Portrait } from './face-judge.ts';
import type { CandidateFact } from './facts.ts';
import type { PortraitBrief } from './store-rows.ts';

const YEAR_MS = 365.25 * 86_400_000;

/** Someone whose portrait may be compared, before his template is opened. */
export interface Candidate {
  readonly role: 'claimed' | CandidateFact['role'];
  /** staff: id of the staff row; else psn_no */
  readonly ref: string;
  readonly templateId: string | null;
  /** yyyy-mm-dd */
  readonly takenOn: string | null;
  /** Whose face it shows is an open question. */
  readonly disputed?: true;
}

/** Under whose name portraits may lie, and under which they are looked for first. */
export interface PortraitSubject {
  readonly psnNo: string | null;
  readonly staffId: string | null;
  readonly first: 'enrollee' | 'staff';
}

/** Finds portraits by whom they show. */
export type PortraitBook = (subject: PortraitSubject) => PortraitBrief | null;

/** The newest accepted portrait under a subject's first name, else under the other; null: none. */
export function portraitBook(portraits: readonly PortraitBrief[]): PortraitBook {
  const newest = new Map<string, PortraitBrief>();
  for (const portrait of portraits) {
    const key = `${portrait.subject_kind}|${portrait.subject_ref}`;
    const known = newest.get(key);
    if (known === undefined || isNewer(portrait, known)) newest.set(key, portrait);
  }
  return ({ psnNo, staffId, first }) => {
    const enrollee = psnNo === null ? undefined : newest.get(`enrollee|${psnNo}`);
    const staff = staffId === null ? undefined : newest.get(`staff|${staffId}`);
    return (first === 'staff' ? (staff ?? enrollee) : (enrollee ?? staff)) ?? null;
  };
}

const isNewer = (a: PortraitBrief, b: PortraitBrief): boolean => {
  const [atA, atB] = [a.decided_at ?? Number.NEGATIVE_INFINITY, b.decided_at ?? Number.NEGATIVE_INFINITY];
  return atA !== atB ? atA > atB : a.id > b.id;
};

/** Days met before: portraits of a clinic's people are looked at again and again. */
const beginnings = new Map<string, number>();
const MOST_DAYS = 20_000;

/** The beginning of a day (yyyy-mm-dd), UTC. */
function beginningOf(day: string): number {
  let at = beginnings.get(day);
  if (at === undefined) {
    at = Date.parse(`${day}T00:00:00Z`);
    if (beginnings.size >= MOST_DAYS) beginnings.clear();
    beginnings.set(day, at);
  }
  return at;
}

/** How old a portrait of that day (yyyy-mm-dd) is at a moment, in years. */
export const portraitAgeYears = (takenOn: string, atMs: number): number =>
  Math.max(0, (atMs - beginningOf(takenOn)) / YEAR_MS);

/** A portrait ready to compare; null when there is none, or another model made it. */
export function portraitOf(
  candidate: Pick<Candidate, 'ref' | 'templateId' | 'takenOn'>,
  templates: ReadonlyMap<string, FaceSample>,
  judge: FaceJudge,
  atMs: number,
): Portrait | null {
  const sample = candidate.templateId === null ? undefined : templates.get(candidate.templateId);
  if (!sample || !judge.comparable(sample)) return null;
  const { takenOn } = candidate;
  const ageYears = takenOn === null ? 0 : portraitAgeYears(takenOn, atMs);
  const { template, modelVersion, quality, also } = sample;
  return { template, modelVersion, quality, ...(also && { also }), ref: candidate.ref, ageYears };
}
