import { defineTable } from '../../platform/working-set/table.ts';

/** Rows of what is rolled up, as the database returns them. Bodies are text, so that a month of a city's days fits in memory. */

/** A clinic's day: `openRoll` of roll.ts reads the body. */
export interface ClinicRollRow {
  readonly clinic_code: string;
  /** yyyy-mm-dd, local */
  readonly day: string;
  /** yyyy-mm-dd: `leavesOn(day)` */
  readonly leaves_on: string;
  readonly body: string;
}

/** A month, and the month before it: nothing looks further back than so many days. */
export const LOOK_BACK_DAYS = 62;
/** So long a roll stays at hand; what is looked at again a week later still finds all that it looks back upon. */
const ROLL_KEPT_DAYS = LOOK_BACK_DAYS + 8;

const DAY_MS = 86_400_000;

/**
 * Under which day a roll's page lies. The working set lets pages go some days after their day, which would be too early
 * for what is read for two months: a roll lies on a page of its own, that much later.
 */
export const leavesOn = (day: string): string =>
  new Date(Date.parse(day) + ROLL_KEPT_DAYS * DAY_MS).toISOString().slice(0, 10);

export const clinicRollsTable = defineTable<ClinicRollRow>()({
  name: 'clinic_rolls',
  columns: { clinic_code: 'text', day: 'date', leaves_on: 'date', body: 'text' },
  key: ['clinic_code', 'day'],
  page: { clinic: 'clinic_code', at: 'leaves_on' },
  indexes: { clinic: (row) => row.clinic_code },
});

/** A clinic's last 30 days, and its months: `openTrend` of trend.ts reads the body. One row of each clinic. */
export interface ClinicTrendRow {
  readonly clinic_code: string;
  readonly county: string;
  readonly through: string;
  readonly body: string;
}

export const clinicTrendsTable = defineTable<ClinicTrendRow>()({
  name: 'clinic_trends',
  columns: { clinic_code: 'text', county: 'text', through: 'date', body: 'text' },
  key: ['clinic_code'],
  page: 'never',
  indexes: {},
});

/** How the clinics of a county (or all, scope `*`) stood on a day: peers.ts reads the body. Some ten rows a day. */
export interface PeerStatsRow {
  readonly scope: string;
  readonly day: string;
  readonly body: string;
}

export const peerStatsTable = defineTable<PeerStatsRow>()({
  name: 'peer_stats',
  columns: { scope: 'text', day: 'date', body: 'text' },
  key: ['scope', 'day'],
  page: 'never',
  indexes: { scope: (row) => row.scope },
});
