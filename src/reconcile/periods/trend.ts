import type { RollDay, RollVisit } from './roll.ts';

/** Pure: a clinic's last 30 days in figures, for its peers, and its months. */

export const TREND_DAYS = 30;
/** 月末: so many calendar days. */
export const LAST_DAYS = 5;
const MOST_MONTHS = 14;

export interface MonthFund {
  readonly month: string;
  /** Pooled fund of the settlements that stand, fen. */
  readonly fundFen: number;
  /** Of that, in the month's last five days. */
  readonly lastFen: number;
}

export interface Trend {
  /** Settlements of the 30 days, taken back or not. */
  readonly settled: number;
  readonly reversed: number;
  /** Taken back, and the same bill settled for another person within half an hour. */
  readonly swapped: number;
  /** Settlements that stand with a known credential type, and those of them with 02 or 03 (ID card, social-security card). */
  readonly known: number;
  readonly typed: number;
  /** Settlements that stand with a diagnosis, by category (`diagnosisOf`). */
  readonly diagnosed: number;
  readonly diagnoses: Readonly<Record<string, number>>;
  /** Device numbers used, in order. */
  readonly devices: readonly string[];
  /** First day that was ever rolled up. */
  readonly since: string;
  /** In order; those that began before `since` are not known whole, and absent. */
  readonly months: readonly MonthFund[];
}

export const openTrend = (body: string): Trend => JSON.parse(body) as Trend;

/** The category of an ICD-10 code: what stands before the point. */
export const diagnosisOf = (code: string): string => code.split('.')[0] ?? code;

export const isTyped = (certType: string): boolean => certType === '02' || certType === '03';

export const stands = (visit: Pick<RollVisit, 'reversedAt'>): boolean => visit.reversedAt === null;

/** yyyy-mm-dd of the day so many days later; days are dates, without a zone. */
export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(day) + days * 86_400_000).toISOString().slice(0, 10);

export const monthOf = (day: string): string => day.slice(0, 7);

/** The last day of a month (yyyy-mm). */
export function lastDayOf(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

/** One settlement taken back after which the same bill was settled for another person. */
export interface Swap {
  readonly setlId: string | null;
  readonly psnNo: string;
  readonly next: RollVisit & { readonly psnNo: string };
  /** From the reversal to the other settlement, either way round: whichever came first. */
  readonly afterMs: number;
}

/**
 * A bill is the same when its total is. Whoever notices a wrong name settles for the right one first, or takes back
 * first: both count. Each settlement answers for one reversal.
 */
export function swapsOf(visits: readonly RollVisit[], withinMs: number): Swap[] {
  const taken = new Set<RollVisit>();
  return visits.flatMap((visit): Swap[] => {
    const { psnNo, reversedAt, totalFen } = visit;
    if (psnNo === null || reversedAt === null || totalFen === null) return [];
    const next = visits.find(
      (other): other is RollVisit & { psnNo: string } =>
        !taken.has(other) &&
        other.psnNo !== null &&
        other.psnNo !== psnNo &&
        other.totalFen === totalFen &&
        other.at > visit.at &&
        other.at <= reversedAt + withinMs,
    );
    if (next === undefined) return [];
    taken.add(next);
    return [{ setlId: visit.setlId, psnNo, next, afterMs: Math.max(0, next.at - reversedAt) }];
  });
}

const SWAP_MS = 30 * 60_000;

/**
 * @param days all that is at hand, in order
 * @param before the trend that stands; its months are kept where the days do not reach them
 */
export function trendOf(days: readonly RollDay[], through: string, before: Trend | null): Trend {
  const from = dayAfter(through, 1 - TREND_DAYS);
  const diagnoses: Record<string, number> = {};
  const devices = new Set<string>();
  let [settled, reversed, swapped, known, typed, diagnosed] = [0, 0, 0, 0, 0, 0];
  for (const { day, visits } of days) {
    if (day < from || day > through) continue;
    settled += visits.length;
    let takenBack = 0;
    for (const visit of visits) {
      if (visit.devNo !== null) devices.add(visit.devNo);
      if (!stands(visit)) {
        takenBack += 1;
        continue;
      }
      if (visit.certType !== null) {
        known += 1;
        if (isTyped(visit.certType)) typed += 1;
      }
      if (visit.diagnosis === null) continue;
      const category = diagnosisOf(visit.diagnosis);
      diagnoses[category] = (diagnoses[category] ?? 0) + 1;
      diagnosed += 1;
    }
    reversed += takenBack;
    if (takenBack > 0) swapped += swapsOf(visits, SWAP_MS).length;
  }
  const first = days[0]?.day ?? through;
  const since = before !== null && before.since < first ? before.since : first;
  return {
    settled,
    reversed,
    swapped,
    known,
    typed,
    diagnosed,
    diagnoses,
    devices: [...devices].sort(),
    since,
    months: monthsOf(days, since, before?.months ?? []),
  };
}

function monthsOf(days: readonly RollDay[], since: string, before: readonly MonthFund[]): MonthFund[] {
  const months = new Map(before.map((row) => [row.month, row]));
  const first = days[0]?.day;
  for (const month of new Set(days.map(({ day }) => monthOf(day)))) {
    const begins = `${month}-01`;
    // Of a month that began before the days at hand the sum is known already, or never will be.
    if (first !== undefined && since < first && first > begins) continue;
    // A clinic's first month counts whole when it began within its first days.
    if (since > dayAfter(begins, LAST_DAYS)) continue;
    const ofMonth = days.filter(({ day }) => monthOf(day) === month);
    const lastFrom = dayAfter(lastDayOf(month), 1 - LAST_DAYS);
    months.set(month, {
      month,
      fundFen: fundOf(ofMonth),
      lastFen: fundOf(ofMonth.filter(({ day }) => day >= lastFrom)),
    });
  }
  return [...months.values()].sort((a, b) => (a.month < b.month ? -1 : 1)).slice(-MOST_MONTHS);
}

/** Pooled fund of what stands, fen. */
export const fundOf = (days: readonly RollDay[]): number =>
  days.reduce(
    (sum, { visits }) => sum + visits.filter(stands).reduce((ofDay, { fundFen }) => ofDay + (fundFen ?? 0), 0),
    0,
  );
