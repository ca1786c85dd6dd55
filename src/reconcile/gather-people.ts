import type { TerminalAuthFact } from './book/facts.ts';
import type { FilingFacts, PersonFacts, StatusFact } from './facts.ts';
import { outageFiledAt } from './filed-outages.ts';
import type { Span } from './intervals.ts';
import { type Candidate, type PortraitBook, portraitBook } from './portraits.ts';
import type { AuthBrief, PartyRows, PeopleRows } from './store-rows.ts';

const YEAR_MS = 365.25 * 86_400_000;

const byCodeUnit = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Holds at a moment: [from_at, to_at). */
export const holdsAt = (row: { readonly from_at: number; readonly to_at: number | null }, at: number): boolean =>
  row.from_at <= at && (row.to_at === null || row.to_at > at);

export const proxyHoldsAt = (proxy: PeopleRows['proxies'][number], at: number): boolean =>
  holdsAt(proxy, at) && (proxy.revoked_at === null || proxy.revoked_at > at);

/** Works at the clinic at some time of [from, to). */
const worksWithin = (staff: PeopleRows['staff'][number], { from, to }: Span): boolean =>
  staff.active_from < to && (staff.active_to === null || staff.active_to > from);

const worksAt = (staff: PeopleRows['staff'][number], at: number): boolean =>
  staff.active_from <= at && (staff.active_to === null || staff.active_to > at);

/** The others of somebody's household. */
function kinOf(psnNo: string, { households }: PeopleRows): string[] {
  const own = households.find((row) => row.psn_no === psnNo)?.household;
  if (own === undefined) return [];
  return households.filter((row) => row.household === own && row.psn_no !== psnNo).map((row) => row.psn_no);
}

/**
 * The claimed person and everyone whose face is looked for beside his: staff of the clinic and registered proxies valid
 * at that moment, his household, and who else with a portrait settled there in the window. One role each, in that order.
 */
export function candidatesOf(
  people: PeopleRows,
  claim: { readonly psnNo: string | null; readonly at: number },
): { readonly candidates: readonly Candidate[]; readonly claimedIsStaff: boolean } {
  const { psnNo, at } = claim;
  const book = portraitBook(people.portraits);
  const staff = people.staff.filter((row) => worksAt(row, at)).toSorted((a, b) => byCodeUnit(a.id, b.id));
  const ownStaff = psnNo === null ? [] : staff.filter((row) => row.psn_no === psnNo);
  const taken = new Set<string>();
  const candidates: Candidate[] = [];
  const add = (role: Candidate['role'], refs: readonly string[], needsPortrait = false): void => {
    for (const ref of refs.toSorted(byCodeUnit)) {
      if (taken.has(ref)) continue;
      taken.add(ref);
      const candidate = candidateOf(book, role, ref);
      if (!needsPortrait || candidate.templateId !== null) candidates.push(candidate);
    }
  };
  if (psnNo !== null) {
    taken.add(psnNo);
    const claimed = candidateOf(book, 'claimed', psnNo);
    const [own] = ownStaff;
    // The doctor's own visit: his staff portrait is as good as any.
    const portrait = claimed.templateId === null && own ? staffCandidate(book, own) : claimed;
    const { templateId, takenOn, disputed } = portrait;
    candidates.push({ role: claimed.role, ref: claimed.ref, templateId, takenOn, ...(disputed && { disputed }) });
  }
  for (const row of staff) if (!ownStaff.includes(row)) candidates.push(staffCandidate(book, row));
  if (psnNo !== null) {
    const proxies = people.proxies.filter((row) => row.psn_no === psnNo && proxyHoldsAt(row, at));
    add(
      'proxy',
      proxies.map((row) => row.proxy_psn_no),
    );
    add('household', kinOf(psnNo, people));
  }
  add('other', people.others, true);
  return { candidates, claimedIsStaff: ownStaff.length > 0 };
}

const candidateOf = (book: PortraitBook, role: Candidate['role'], psnNo: string): Candidate => {
  const portrait = book({ psnNo, staffId: null, first: 'enrollee' });
  return { role, ref: psnNo, ...portraitFields(portrait) };
};

const staffCandidate = (book: PortraitBook, row: PeopleRows['staff'][number]): Candidate => {
  const portrait = book({ psnNo: row.psn_no, staffId: row.id, first: 'staff' });
  return { role: 'staff', ref: row.id, ...portraitFields(portrait) };
};

const portraitFields = (
  portrait: ReturnType<PortraitBook>,
): Pick<Candidate, 'templateId' | 'takenOn' | 'disputed'> => ({
  templateId: portrait?.template_id ?? null,
  takenOn: portrait?.taken_on ?? null,
  ...(portrait?.disputed === true && { disputed: true }),
});

/** Whose portrait counts for whose settlement of a day: staff for all, the others for one. */
export interface DayCandidate extends Candidate {
  readonly settlementId: string | null;
  /** The claimed person works here. */
  readonly isStaff: boolean;
}

/** The day's staff, and for each settlement of a known person himself, his proxies and his household. */
export function dayCandidatesOf(
  people: PeopleRows,
  settlements: readonly { readonly id: string; readonly at: number; readonly psn_no: string | null }[],
  day: Span,
): DayCandidate[] {
  const book = portraitBook(people.portraits);
  const all: DayCandidate[] = people.staff
    .filter((row) => worksWithin(row, day))
    .map((row) => ({ ...staffCandidate(book, row), settlementId: null, isStaff: false }));
  for (const { id, at, psn_no: psnNo } of settlements) {
    if (psnNo === null) continue;
    const own = people.staff
      .filter((row) => row.psn_no === psnNo && worksAt(row, at))
      .toSorted((a, b) => byCodeUnit(a.id, b.id))[0];
    const portrait = book({ psnNo, staffId: own?.id ?? null, first: 'enrollee' });
    all.push({
      role: 'claimed',
      ref: psnNo,
      ...portraitFields(portrait),
      settlementId: id,
      isStaff: own !== undefined,
    });
    const add = (role: 'proxy' | 'household', ref: string): void => {
      all.push({ ...candidateOf(book, role, ref), settlementId: id, isStaff: false });
    };
    for (const row of people.proxies) if (row.psn_no === psnNo && proxyHoldsAt(row, at)) add('proxy', row.proxy_psn_no);
    for (const kin of kinOf(psnNo, people)) add('household', kin);
  }
  return all.toSorted(
    (a, b) =>
      byCodeUnit(a.role, b.role) ||
      byCodeUnit(a.ref, b.ref) ||
      byCodeUnit(a.settlementId ?? '\uffff', b.settlementId ?? '\uffff'),
  );
}

/** What lists say of a person; `known: false` when there is no row about him. */
export function listedOf(psnNo: string, rows: PartyRows): Omit<PersonFacts, 'portrait' | 'isStaffHere'> {
  const statuses = rows.statuses
    .toSorted((a, b) => a.from_at - b.from_at || byCodeUnit(a.what, b.what))
    .map(
      (row): StatusFact => ({
        what: row.what,
        from: row.from_at,
        to: row.to_at,
        institution: row.institution,
        source: row.source,
        knownAt: row.created_at,
      }),
    );
  const { person } = rows;
  return { psnNo, known: person !== null, sex: person?.sex ?? null, birth: person?.birth ?? null, statuses };
}

/**
 * What the clinic filed beforehand that holds at a moment. A filing that names no person holds for all.
 * @param cameraIds without these nothing is seen: an outage of each of them is one of the clinic
 */
export function filedAt(
  filings: PartyRows['filings'],
  psnNo: string | null,
  at: number,
  cameraIds: readonly string[] = [],
): FilingFacts {
  const about = filings.filter((row) => row.psn_no === null || row.psn_no === psnNo);
  const holds = (what: string): boolean => about.some((row) => row.what === what && holdsAt(row, at));
  return {
    homeVisit: holds('homeVisit'),
    outage: outageFiledAt(about, cameraIds, at),
    vaccinationDay: holds('vaccinationDay'),
    emergency: holds('emergency'),
  };
}

/** The terminal's face check that counts for a claim: any that was passed within [at − beforeMs, at + afterMs]. */
export function terminalAuthOf(
  rows: readonly AuthBrief[],
  at: number,
  { beforeMs, afterMs }: { readonly beforeMs: number; readonly afterMs: number },
): TerminalAuthFact | null {
  const near = rows.filter((row) => row.at >= at - beforeMs && row.at <= at + afterMs).toSorted((a, b) => a.at - b.at);
  const passed = near.filter(({ ok }) => ok);
  const counts = passed.toSorted((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at))[0] ?? near.at(-1);
  return counts === undefined ? null : { ok: counts.ok, at: counts.at };
}

/** Whole years at a moment; null when the birthday is not known. */
export const ageYearsAt = (birth: string | null, atMs: number): number | null =>
  birth === null ? null : Math.floor((atMs - Date.parse(`${birth}T00:00:00Z`)) / YEAR_MS);
