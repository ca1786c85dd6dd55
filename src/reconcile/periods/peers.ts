import type { ClinicTrendRow, PeerStatsRow } from './tables.ts';
import { openTrend, type Trend } from './trend.ts';

/** Pure: how the clinics of a county stand, from their trends. */

/** With fewer settlements a clinic's share is chance, and says nothing of its county's. */
const LEAST_KNOWN = 20;
/** A device number that so many clinics use is no number, and only the first of them are listed. */
const MOST_CLINICS_LISTED = 12;

/** Sums over the clinics' last 30 days; a clinic's own can be taken out again. */
export interface CountyStats {
  readonly clinics: number;
  readonly settled: number;
  readonly reversed: number;
  readonly swapped: number;
  readonly diagnosed: number;
  readonly diagnoses: Readonly<Record<string, number>>;
  /** Clinics with at least 20 known credentials, and the share of ID and social-security cards among them. */
  readonly credentialClinics: number;
  readonly typedMedian: number | null;
  readonly typedP95: number | null;
  /** Of the newest month that is over: pooled fund, and of that in the last five days. */
  readonly month: { readonly month: string; readonly fundFen: number; readonly lastFen: number } | null;
}

export interface DeviceStats {
  /** Device numbers that two or more clinics used in their last 30 days: how many clinics, and the first of them by code. */
  readonly shared: Readonly<Record<string, { readonly n: number; readonly clinics: readonly string[] }>>;
}

export const ALL = '*';

/** The first six digits of a region's code; '' where it is shorter. */
export const countyOf = (regionCode: string | null): string =>
  regionCode !== null && /^\d{6}/.test(regionCode) ? regionCode.slice(0, 6) : '';

export const openCountyStats = (body: string): CountyStats => JSON.parse(body) as CountyStats;
export const openDeviceStats = (body: string): DeviceStats => JSON.parse(body) as DeviceStats;

/**
 * One row of each county, and one of all for devices.
 * @param since trends that end earlier are of clinics that settle no more
 */
export function peerStatsOf(trends: readonly ClinicTrendRow[], day: string, since: string): PeerStatsRow[] {
  const counties = new Map<string, Trend[]>();
  const devices = new Map<string, string[]>();
  const current = trends.filter(({ through }) => through >= since && through <= day);
  for (const { clinic_code: clinic, county, body } of current.toSorted(byClinic)) {
    const trend = openTrend(body);
    const ofCounty = counties.get(county);
    if (ofCounty) ofCounty.push(trend);
    else counties.set(county, [trend]);
    for (const device of trend.devices) {
      const users = devices.get(device);
      if (users) users.push(clinic);
      else devices.set(device, [clinic]);
    }
  }
  const rows = [...counties].map(
    ([scope, members]): PeerStatsRow => ({ scope, day, body: JSON.stringify(countyStats(members, day.slice(0, 7))) }),
  );
  const shared = [...devices]
    .filter(([, clinics]) => clinics.length > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([device, clinics]) => [device, { n: clinics.length, clinics: clinics.slice(0, MOST_CLINICS_LISTED) }]);
  const all: DeviceStats = { shared: Object.fromEntries(shared) };
  return [...rows, { scope: ALL, day, body: JSON.stringify(all) }];
}

const byClinic = (a: ClinicTrendRow, b: ClinicTrendRow): number =>
  a.clinic_code < b.clinic_code ? -1 : a.clinic_code > b.clinic_code ? 1 : 0;

function countyStats(trends: readonly Trend[], thisMonth: string): CountyStats {
  const sum = (of: (trend: Trend) => number): number => trends.reduce((total, trend) => total + of(trend), 0);
  const diagnoses: Record<string, number> = {};
  for (const trend of trends) {
    for (const [code, n] of Object.entries(trend.diagnoses)) diagnoses[code] = (diagnoses[code] ?? 0) + n;
  }
  const shares = trends
    .filter(({ known }) => known >= LEAST_KNOWN)
    .map(({ typed, known }) => typed / known)
    .sort((a, b) => a - b);
  const over = trends.flatMap(({ months }) => months.filter(({ month }) => month < thisMonth));
  const month = over
    .map((row) => row.month)
    .sort()
    .at(-1);
  const ofMonth = over.filter((row) => row.month === month);
  return {
    clinics: trends.length,
    settled: sum(({ settled }) => settled),
    reversed: sum(({ reversed }) => reversed),
    swapped: sum(({ swapped }) => swapped),
    diagnosed: sum(({ diagnosed }) => diagnosed),
    diagnoses: Object.fromEntries(Object.entries(diagnoses).sort(([a], [b]) => (a < b ? -1 : 1))),
    credentialClinics: shares.length,
    typedMedian: quantile(shares, 0.5),
    typedP95: quantile(shares, 0.95),
    month:
      month === undefined
        ? null
        : {
            month,
            fundFen: ofMonth.reduce((total, { fundFen }) => total + fundFen, 0),
            lastFen: ofMonth.reduce((total, { lastFen }) => total + lastFen, 0),
          },
  };
}

/** The least value that so great a share of the sorted values does not exceed; null of none. */
export function quantile(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}
