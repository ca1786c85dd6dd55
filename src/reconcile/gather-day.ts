import { roleOf, type SeenFace } from '../faces/verdict.ts';
import { booksOf, repeatedFaces } from './book/gather.ts';
import {
  bestOf,
  type ClusterMemory,
  clusterFaces,
  createClusterMemory,
  type FaceJudge,
  type FaceSample,
  type Portrait,
} from './face-judge.ts';
import { type ClinicDayFacts, type DaySettlementFact, FACTS_SCHEMA, visitKeyOf } from './facts.ts';
import { filingsOfClinic, outagesOfEach } from './filed-outages.ts';
import { appearancesIn, type SeenAppearance, tellingOf } from './gather-cameras.ts';
import { type DayCandidate, dayCandidatesOf, filedAt, proxyHoldsAt, terminalAuthOf } from './gather-people.ts';
import { type GatherContext, isPast, sampleOf, templatesOf } from './gather-presence.ts';
import { clinicOf } from './gather-visit.ts';
import { dayBounds, type OpenHours, openSpans } from './local-time.ts';
import { portraitOf } from './portraits.ts';
import type { AuthBrief, DayRows, SettlementBrief } from './store-rows.ts';
import { byMoment } from './visit-key.ts';
import { counterPoints, coverageOver, decisiveOfDay, frameAround, reachOf, widening } from './window.ts';

/** Hours of a clinic that told none: the usual ones, so that its day can end. */
const USUAL_HOURS: readonly OpenHours[] = [{ days: [1, 2, 3, 4, 5, 6, 7], from: '08:00', to: '18:00' }];

export const parseDayId = (subjectId: string): { clinicCode: string; day: string } => {
  const [clinicCode = '', day = ''] = subjectId.split(':');
  return { clinicCode, day };
};

/** A day is counted again and again, each time with some more faces. */
const memories = new WeakMap<FaceJudge, ClusterMemory>();

function memoryOf(judge: FaceJudge): ClusterMemory {
  const memory = memories.get(judge) ?? createClusterMemory();
  memories.set(judge, memory);
  return memory;
}

/** A day that goes on, and of which no rule would say anything yet: it is looked at when it is over. */
export interface DayToCome {
  readonly kind: 'later';
  readonly at: number;
}

/**
 * Facts of a clinic's day: every face of it once, every settlement against them; null when the clinic is unknown.
 * @param least settlements that stand and whose windows are over, without which the day need not be looked at before it is
 */
export async function gatherClinicDay(
  context: GatherContext,
  subjectId: string,
  least: number,
): Promise<ClinicDayFacts | DayToCome | null> {
  const { store, judge, now, parameters } = context;
  const { clinicCode, day } = parseDayId(subjectId);
  const bounds = dayBounds(day, context.timeZone);
  const around = { from: bounds.from - parameters.beforeMs, to: bounds.to + parameters.afterMs };
  const rows = await store.day({ clinicCode, ...bounds, around });
  if (rows.clinic === null) return null;
  const clinic = clinicOf(clinicCode, rows.clinic, context.faceRecognition);
  const settlements = [...rows.settlements].sort(byMoment);
  if (isPast(context, bounds.from)) return pastDay(context, clinicCode, { ...rows, settlements });
  const reach = reachOf(parameters);
  const open = openSpans(hoursOf(rows.clinic), day, context.timeZone);
  const whole = open.length === 0 ? [bounds] : open;
  const lastAt = Math.max(...whole.map(({ to }) => to), ...settlements.map(({ at }) => at));
  const over = lastAt + reach.afterMs;
  const isJudged = (row: SettlementBrief): boolean => row.reversed_at === null && row.at + parameters.afterMs <= now;
  if (now < over && settlements.filter(isJudged).length < least) {
    return { kind: 'later', at: over };
  }
  const span = { from: bounds.from - reach.beforeMs, to: bounds.to + reach.afterMs };
  const told = await store.presence({ clinicCode, at: bounds.to, span });
  const cameras = told.cameras.map(tellingOf);
  const appearances = appearancesIn(told.appearances, cameras, span);
  const people = clinic.faceRecognition
    ? dayCandidatesOf(
        await store.people({ clinicCode, psnNos: psnNosOf(settlements), others: null }),
        settlements,
        bounds,
      )
    : [];
  const templates: ReadonlyMap<string, FaceSample> = clinic.faceRecognition
    ? await templatesOf(store, appearances, people)
    : new Map();

  const portraits = people.map((row) => ({ row, portrait: portraitOf(row, templates, judge, bounds.from) }));
  const staff = portraits.filter(({ row }) => row.role === 'staff');
  const staffPortraits = staff.flatMap(({ portrait }) => portrait ?? []);
  const samples = appearances.map((row) => sampleOf(row, templates, judge));
  const clusters = clusterFaces(judge, samples, memoryOf(judge));
  const faces: DayFace[] = appearances.map((row, i) => {
    const sample = samples[i] ?? null;
    return {
      row,
      sample,
      cluster: clusters[i] ?? null,
      staff: sample === null ? null : bestOf(judge, sample, staffPortraits),
    };
  });
  const staffClusters = new Set(
    faces.flatMap(({ cluster, staff: best }) => (cluster !== null && best?.zone === 'match' ? [cluster] : [])),
  );
  const portraitsBySettlement = new Map<string, { row: DayCandidate; portrait: Portrait | null }[]>();
  for (const entry of portraits) {
    if (entry.row.settlementId === null) continue;
    const list = portraitsBySettlement.get(entry.row.settlementId) ?? [];
    list.push(entry);
    portraitsBySettlement.set(entry.row.settlementId, list);
  }

  const u = widening(cameras, parameters);
  const counter = counterPoints(cameras);
  const counterCameras = new Set(cameras.filter(({ scenePoint }) => scenePoint === counter).map(({ id }) => id));
  const auths = byPerson(rows.auths);
  const dayCoverage = coverageOver({ cameras, whole, medType: null, now, parameters });
  const closesAt = lastAt + parameters.afterMs + u;
  const closed = now >= closesAt && (dayCoverage.complete || dayCoverage.footageLost);
  const books = closed ? await readBooks(store, clinicCode, settlements, bounds) : null;
  const inHours = faces.filter(({ row }) => row.from < bounds.to && row.to >= bounds.from);
  const unjudged = inHours.filter(
    ({ sample, row }) => sample === null && row.to - row.from >= parameters.unjudgedMinStayMs,
  );
  return {
    kind: 'clinic_day',
    schema: FACTS_SCHEMA,
    clinic,
    day,
    dayFrom: bounds.from,
    dayTo: bounds.to,
    open,
    closed,
    closesAt,
    coverage: dayCoverage.coverage,
    complete: dayCoverage.complete,
    minCoverage: parameters.minCoverage,
    vaccinationDay: rows.filings.some(({ what }) => what === 'vaccinationDay'),
    card: judge.card,
    staffKnown: staff.every(({ portrait }) => portrait !== null),
    settlements: settlements.map((row): DaySettlementFact => {
      const seen = frameAround({ at: row.at, medType: row.med_type, now, cameras, parameters });
      const near = faces.filter((face) => face.row.from < seen.window.to && face.row.to >= seen.window.from);
      const own = portraitsBySettlement.get(row.id) ?? [];
      const portraitsOf = byRole(own);
      const told = near.map((face) => tell(context, face, portraitsOf, staffClusters));
      const atCounter = told.filter(
        ({ face }) =>
          counterCameras.has(face.row.cameraId) &&
          face.row.from < seen.counterMoment.to &&
          face.row.to >= seen.counterMoment.from,
      );
      const visitors = (list: readonly Told[]): number[] => numbersOf(list.filter(({ role }) => role !== 'staff'));
      return {
        settlementId: row.id,
        setlId: row.setl_id,
        msgid: row.msgid,
        visitKey: visitKeyOf(clinicCode, row.mdtrt_id, row.msgid),
        at: row.at,
        psnNo: row.psn_no,
        fundFen: row.fund_fen,
        reversed: row.reversed_at !== null,
        homeVisit: filedAt(rows.filings, row.psn_no, row.at).homeVisit,
        claimedIsStaff: own.some(({ row: person }) => person.role === 'claimed' && person.isStaff),
        terminalAuth: row.psn_no === null ? null : terminalAuthOf(auths.get(row.psn_no) ?? [], row.at, parameters),
        coverage: seen.coverage,
        complete: seen.complete,
        clustersInWindow: visitors(told),
        clustersAtCounter: visitors(atCounter),
        staffInWindow: told.some(({ role }) => role === 'staff'),
        unjudgedInWindow: told.some(({ role }) => role === 'unjudged'),
        unjudgedAtCounter: atCounter.some(({ role }) => role === 'unjudged'),
        claimedClusters: numbersOf(told.filter(({ role }) => role === 'claimed')),
        possibleClusters: numbersOf(told.filter(({ role }) => role === 'possible' || role === 'unknown')),
        proxyClusters: numbersOf(told.filter(({ role }) => role === 'proxy')),
        householdClusters: numbersOf(told.filter(({ household }) => household)),
        proxyUnseenPossible: own.some(({ row: person, portrait }) => person.role === 'proxy' && portrait === null),
        ...bookOf(books, row.id),
      };
    }),
    visitors: new Set(
      inHours.flatMap(({ cluster }) => (cluster !== null && !staffClusters.has(cluster) ? [cluster] : [])),
    ).size,
    unjudgedHeads: unjudged.length,
    heads: inHours.length,
    ...(books === null
      ? {}
      : {
          books: books.books,
          repeatedFaces: repeatedFaces(
            faces.map(({ row, sample }) => ({ ...row, template: sample?.template ?? null })),
          ),
          filedOutages: [
            ...filingsOfClinic(rows.filings)
              .filter(({ what }) => what === 'outage')
              .map((row) => ({ from: row.from_at, to: row.to_at })),
            ...outagesOfEach(rows.filings, decisiveOfDay(cameras), bounds.to),
          ].toSorted(
            (a, b) => a.from - b.from || (a.to ?? Number.POSITIVE_INFINITY) - (b.to ?? Number.POSITIVE_INFINITY),
          ),
        }),
  };
}

type ReadBooks = ReturnType<typeof booksOf>;

/** Only of a day that is over: one read more, once. */
async function readBooks(
  store: GatherContext['store'],
  clinicCode: string,
  settlements: readonly SettlementBrief[],
  day: { readonly from: number; readonly to: number },
): Promise<ReadBooks> {
  const mdtrtIds = [...new Set(settlements.flatMap(({ mdtrt_id }) => mdtrt_id ?? []))];
  const rows = await store.dayBooks({ clinicCode, mdtrtIds, psnNos: psnNosOf(settlements), day });
  return booksOf(rows, settlements, clinicCode);
}

const bookOf = (books: ReadBooks | null, settlementId: string): Pick<DaySettlementFact, 'book'> => {
  const book = books?.bySettlement.get(settlementId);
  return book === undefined ? {} : { book };
};

/**
 * A day whose appearances may have been erased: its stored facts, with what was reversed, filed or registered since. Null
 * when it was never looked at: nothing follows from faces that are gone.
 */
async function pastDay(context: GatherContext, clinicCode: string, rows: DayRows): Promise<ClinicDayFacts | null> {
  const before = await context.previous();
  if (before?.kind !== 'clinic_day') return null;
  const psnNos = psnNosOf(rows.settlements);
  const { proxies } = await context.store.people({ clinicCode, psnNos, others: null });
  const byId = new Map(rows.settlements.map((row) => [row.id, row]));
  return {
    ...before,
    settlements: before.settlements.map((settlement) => {
      const row = byId.get(settlement.settlementId);
      const homeVisit = row !== undefined && filedAt(rows.filings, row.psn_no, row.at).homeVisit;
      const hasProxy =
        row !== undefined && proxies.some((proxy) => proxy.psn_no === row.psn_no && proxyHoldsAt(proxy, row.at));
      return {
        ...settlement,
        reversed: row === undefined || row.reversed_at !== null,
        homeVisit: settlement.homeVisit || homeVisit,
        proxyUnseenPossible: settlement.proxyUnseenPossible || hasProxy,
      };
    }),
  };
}

const psnNosOf = (settlements: readonly SettlementBrief[]): string[] => [
  ...new Set(settlements.flatMap(({ psn_no }) => psn_no ?? [])),
];

function byPerson(auths: DayRows['auths']): ReadonlyMap<string, readonly AuthBrief[]> {
  const grouped = new Map<string, AuthBrief[]>();
  for (const row of auths) {
    const own = grouped.get(row.psn_no);
    if (own === undefined) grouped.set(row.psn_no, [row]);
    else own.push(row);
  }
  return grouped;
}

const hoursOf = (clinic: NonNullable<DayRows['clinic']>): readonly OpenHours[] =>
  clinic.open_hours.length === 0 ? USUAL_HOURS : clinic.open_hours;

interface DayFace {
  readonly row: SeenAppearance;
  readonly sample: FaceSample | null;
  readonly cluster: number | null;
  readonly staff: ReturnType<typeof bestOf>;
}

interface Told {
  readonly face: DayFace;
  readonly role: ReturnType<typeof roleOf>;
  readonly household: boolean;
}

type OwnPortraits = Readonly<Record<'claimed' | 'proxy' | 'household', readonly Portrait[]>>;

/** Portraits of a settlement's people. */
function byRole(own: readonly { readonly row: DayCandidate; readonly portrait: Portrait | null }[]): OwnPortraits {
  const portraits: Record<keyof OwnPortraits, Portrait[]> = { claimed: [], proxy: [], household: [] };
  for (const { row, portrait } of own) {
    if (portrait !== null && row.role !== 'staff' && row.role !== 'other') portraits[row.role].push(portrait);
  }
  return portraits;
}

/** Who a face of the day is for one settlement. */
function tell(context: GatherContext, face: DayFace, own: OwnPortraits, staffClusters: ReadonlySet<number>): Told {
  const { judge, parameters } = context;
  const { sample } = face;
  const household = sample && bestOf(judge, sample, own.household);
  const seen: SeenFace = {
    id: face.row.id,
    from: face.row.from,
    to: face.row.to,
    hasTemplate: sample !== null,
    atCounter: false,
    claimed: sample && bestOf(judge, sample, own.claimed),
    staff: face.staff,
    proxy: sample && bestOf(judge, sample, own.proxy),
    household,
    other: null,
  };
  const role = roleOf(seen, parameters);
  // A turned face of the doctor is the doctor, when another of his faces that day is.
  const isStaff = face.cluster !== null && staffClusters.has(face.cluster) && role !== 'claimed' && role !== 'proxy';
  return { face, role: isStaff ? 'staff' : role, household: household?.zone === 'match' };
}

const numbersOf = (told: readonly Told[]): number[] =>
  [...new Set(told.flatMap(({ face }) => face.cluster ?? []))].toSorted((a, b) => a - b);
