import { type ClinicFacts, FACTS_SCHEMA } from '../facts.ts';
import { filingsOfClinic } from '../filed-outages.ts';
import { clinicOf } from '../gather-visit.ts';
import { dayBounds } from '../local-time.ts';
import type { ReconcileStore } from '../store.ts';
import type { FilingBrief } from '../store-rows.ts';
import { blockGroups } from './blocks.ts';
import type { BlockGroupFact, ClinicPeriodFacts, PeerFacts, SwapFact } from './facts.ts';
import { ALL, countyOf, openCountyStats, openDeviceStats } from './peers.ts';
import { openRoll, type RollDay } from './roll.ts';
import type { ClinicRollRow } from './tables.ts';
import {
  dayAfter,
  diagnosisOf,
  fundOf,
  isTyped,
  LAST_DAYS,
  lastDayOf,
  monthOf,
  openTrend,
  stands,
  swapsOf,
  TREND_DAYS,
} from './trend.ts';

/** What gathering a period needs of its surroundings. */
export interface PeriodContext {
  readonly store: ReconcileStore;
  readonly now: number;
  readonly timeZone: string;
  readonly faceRecognition: boolean;
}

/** A swap is looked for this far; rules take less. */
const SWAP_NET_MS = 2 * 3_600_000;
/** More need not stand in the facts of one clinic's month. */
const MOST_SWAPS = 60;

export const parsePeriodId = (subjectId: string): { of: string; month: string } => {
  const at = subjectId.lastIndexOf(':');
  return { of: subjectId.slice(0, at), month: subjectId.slice(at + 1) };
};

export const openRolls = (rows: readonly ClinicRollRow[], timeZone: string): RollDay[] =>
  rows
    .map(({ day, body }) => ({ day, visits: openRoll(body, dayBounds(day, timeZone).from) }))
    .sort((a, b) => (a.day < b.day ? -1 : 1));

/** Facts of a clinic's month; null when nothing of it is rolled up, or the clinic is unknown. */
export async function gatherClinicPeriod(context: PeriodContext, subjectId: string): Promise<ClinicPeriodFacts | null> {
  const { store, timeZone, now } = context;
  const { of: clinicCode, month } = parsePeriodId(subjectId);
  const begins = `${month}-01`;
  const from = dayAfter(begins, 1 - TREND_DAYS);
  const days = openRolls(await store.rolls({ clinicCode, from, to: lastDayOf(month) }), timeZone);
  const through = days.at(-1)?.day;
  if (through === undefined || through < begins) return null;
  const row = await store.clinicBrief(clinicCode);
  if (row === null) return null;
  const clinic = clinicOf(clinicCode, row, context.faceRecognition);
  const span = { from: dayBounds(from, timeZone).from, to: dayBounds(through, timeZone).to };
  // One camera's repair changes neither cards nor hours.
  const filings = filingsOfClinic(await store.filings({ clinicCode, ...span }));
  const filed = (what: FilingBrief['what']): string[] =>
    days.flatMap(({ day }) => (isFiled(filings, what, dayBounds(day, timeZone)) ? [day] : []));
  const outages = filed('outage');
  const clinicDays = filed('vaccinationDay');
  const undisturbed = days.filter(({ day }) => !outages.includes(day));
  const trendRow = await store.trendOf(clinicCode);
  const trend = trendRow === null ? null : openTrend(trendRow.body);
  const ofMonth = days.filter(({ day }) => monthOf(day) === month);
  const top = commonest(days);
  return {
    kind: 'clinic_period',
    schema: FACTS_SCHEMA,
    clinic,
    month,
    through,
    over: now >= dayBounds(lastDayOf(month), timeZone).to,
    since: trend?.since ?? null,
    filedOutageDays: outages,
    filedClinicDays: clinicDays,
    credentials: credentialsOf(undisturbed, dayAfter(through, 1 - TREND_DAYS)),
    sharedDevices: await sharedDevices(context, clinicCode, days, through),
    churn: await churnOf(
      context,
      undisturbed.filter(({ day }) => monthOf(day) === month),
    ),
    diagnoses: top,
    blocks: await blocksOf(context, days, clinicDays),
    fund: {
      fundFen: fundOf(ofMonth),
      lastFen: fundOf(ofMonth.filter(({ day }) => day >= dayAfter(lastDayOf(month), 1 - LAST_DAYS))),
      before: (trend?.months ?? []).filter((entry) => entry.month < month),
    },
    peers: await peersOf(context, clinic, { through, month, topCode: top.top?.code ?? null }),
  };
}

const isFiled = (
  filings: readonly FilingBrief[],
  what: FilingBrief['what'],
  day: { from: number; to: number },
): boolean =>
  filings.some((row) => row.what === what && row.from_at < day.to && (row.to_at === null || row.to_at > day.from));

function credentialsOf(days: readonly RollDay[], from: string): ClinicPeriodFacts['credentials'] {
  const types = days
    .filter(({ day }) => day >= from)
    .flatMap(({ visits }) => visits.filter(stands).flatMap(({ certType }) => certType ?? []));
  return { from, known: types.length, typed: types.filter(isTyped).length };
}

async function sharedDevices(
  { store }: PeriodContext,
  clinicCode: string,
  days: readonly RollDay[],
  through: string,
): Promise<ClinicPeriodFacts['sharedDevices']> {
  const row = await store.peerStats(ALL, through);
  if (row === null) return [];
  const { shared } = openDeviceStats(row.body);
  const from = dayAfter(through, 1 - TREND_DAYS);
  const own = new Set(
    days.filter(({ day }) => day >= from).flatMap(({ visits }) => visits.flatMap(({ devNo }) => devNo ?? [])),
  );
  return [...own].sort().flatMap((devNo) => {
    const known = shared[devNo];
    if (known === undefined) return [];
    return [{ devNo, clinics: known.n, others: known.clinics.filter((code) => code !== clinicCode).slice(0, 5) }];
  });
}

async function churnOf({ store }: PeriodContext, days: readonly RollDay[]): Promise<ClinicPeriodFacts['churn']> {
  const found = days.flatMap(({ day, visits }) => swapsOf(visits, SWAP_NET_MS).map((swap) => ({ day, swap })));
  const people = [...new Set(found.flatMap(({ swap }) => [swap.psnNo, swap.next.psnNo]))];
  const households = await householdsOf(store, people);
  const all = days.flatMap(({ visits }) => visits);
  return {
    settled: all.length,
    reversed: all.filter((visit) => !stands(visit)).length,
    swaps: found.slice(-MOST_SWAPS).map(({ day, swap: { setlId, psnNo, next, afterMs } }): SwapFact => {
      const household = households.get(psnNo);
      return {
        setlId,
        psnNo,
        nextSetlId: next.setlId,
        nextPsnNo: next.psnNo,
        nextFundFen: next.fundFen,
        day,
        afterMs,
        sameHousehold: household !== undefined && household === households.get(next.psnNo),
      };
    }),
  };
}

function commonest(days: readonly RollDay[]): ClinicPeriodFacts['diagnoses'] {
  const visits = days.flatMap((day) => day.visits.filter(stands));
  const counts = new Map<string, { n: number; people: Set<string> }>();
  let diagnosed = 0;
  for (const { diagnosis, psnNo } of visits) {
    if (diagnosis === null) continue;
    diagnosed += 1;
    const code = diagnosisOf(diagnosis);
    const count = counts.get(code) ?? { n: 0, people: new Set() };
    counts.set(code, count);
    count.n += 1;
    if (psnNo !== null) count.people.add(psnNo);
  }
  const [top] = [...counts].sort(([a, { n: nA }], [b, { n: nB }]) => nB - nA || (a < b ? -1 : 1));
  return {
    from: days[0]?.day ?? '',
    settled: visits.length,
    diagnosed,
    top: top === undefined ? null : { code: top[0], n: top[1].n, people: top[1].people.size },
  };
}

async function blocksOf(
  { store }: PeriodContext,
  days: readonly RollDay[],
  filed: readonly string[],
): Promise<BlockGroupFact[]> {
  const groups = blockGroups(days);
  if (groups.length === 0) return [];
  const households = numbered(await householdsOf(store, [...new Set(groups.flatMap(({ psnNos }) => psnNos))]));
  return groups.map((group): BlockGroupFact => {
    const place = new Map(group.psnNos.map((psnNo, i) => [psnNo, i]));
    return {
      people: group.psnNos.map((psnNo) => ({ psnNo, household: households.get(psnNo) ?? null })),
      days: group.days.map(({ day, visits }) => ({
        day,
        filed: filed.includes(day),
        visits: visits.map(({ psnNo, at, setlId }) => ({ person: place.get(psnNo) ?? -1, at, setlId })),
      })),
    };
  });
}

async function peersOf(
  { store }: PeriodContext,
  clinic: ClinicFacts,
  { through, month, topCode }: { readonly through: string; readonly month: string; readonly topCode: string | null },
): Promise<PeerFacts | null> {
  const county = countyOf(clinic.regionCode);
  const [row, own] = [county === '' ? null : await store.peerStats(county, through), await store.trendOf(clinic.code)];
  if (row === null) return null;
  const stats = openCountyStats(row.body);
  // Its own trend is of the same day, or of a day that is left out of the sums.
  const mine = own === null || own.through > row.day ? null : openTrend(own.body);
  const less = (sum: number, part: number | undefined): number => Math.max(0, sum - (part ?? 0));
  const last = stats.month;
  return {
    county,
    day: row.day,
    clinics: less(stats.clinics, mine === null ? 0 : 1),
    settled: less(stats.settled, mine?.settled),
    reversed: less(stats.reversed, mine?.reversed),
    swapped: less(stats.swapped, mine?.swapped),
    diagnosed: less(stats.diagnosed, mine?.diagnosed),
    sameDiagnosis: topCode === null ? 0 : less(stats.diagnoses[topCode] ?? 0, mine?.diagnoses[topCode]),
    credentialClinics: stats.credentialClinics,
    typedMedian: stats.typedMedian,
    typedP95: stats.typedP95,
    lastDaysShare: last !== null && last.month === month && last.fundFen > 0 ? last.lastFen / last.fundFen : null,
  };
}

/** Names of households, which stay here: facts hold numbers for them. */
export async function householdsOf(
  store: ReconcileStore,
  psnNos: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (psnNos.length === 0) return new Map();
  return new Map((await store.householdsOf(psnNos)).map((row) => [row.psn_no, row.household]));
}

/** Each person's household as a number, in order of the people's own numbers. */
export function numbered(households: ReadonlyMap<string, string>): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  return new Map(
    [...households]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([psnNo, household]) => {
        const number = numbers.get(household) ?? numbers.size;
        numbers.set(household, number);
        return [psnNo, number];
      }),
  );
}
