import { defineTable } from '../../platform/working-set/table.ts';
import type { Sight } from './entry.ts';

/** What one settlement tells about its clinic, as the database returns it. */
export interface ScoreEntryRow {
  readonly settlement_id: string;
  readonly clinic_code: string;
  readonly at: number;
  /** yyyy-mm-dd: `leavesOn(at)` */
  readonly leaves_on: string;
  readonly setl_id: string | null;
  /** null: of nobody who is known, or written down before cards were looked at. */
  readonly psn_no: string | null;
  readonly med_type: string | null;
  readonly fund_fen: number;
  readonly sight: Sight;
  readonly confirmed: boolean;
  readonly best_llr: number | null;
  readonly kin_llr: number | null;
  /** `lookingText` of entry.ts. */
  readonly looking: string;
}

/** A clinic's settlements, counted: `openCounts` of population.ts reads the body. One row of each clinic. */
export interface SightCountsRow {
  readonly clinic_code: string;
  /** yyyy-mm-dd, local */
  readonly through: string;
  readonly body: string;
}

export const sightCountsTable = defineTable<SightCountsRow>()({
  name: 'sight_counts',
  columns: { clinic_code: 'text', through: 'date', body: 'text' },
  key: ['clinic_code'],
  page: 'never',
  indexes: {},
});

/** The longest that a clinic's score looks back. */
export const SCORE_KEPT_DAYS = 62;

const DAY_MS = 86_400_000;

/**
 * Under which day an entry's page lies: the working set lets pages go some days after their day, which would be too early
 * for what is read for weeks.
 */
export const leavesOn = (at: number): string => new Date(at + SCORE_KEPT_DAYS * DAY_MS).toISOString().slice(0, 10);

export const scoreEntriesTable = defineTable<ScoreEntryRow>()({
  name: 'score_entries',
  columns: {
    settlement_id: 'uuid',
    clinic_code: 'text',
    at: 'timestamptz',
    leaves_on: 'date',
    setl_id: 'text',
    psn_no: 'text',
    med_type: 'text',
    fund_fen: 'bigint',
    sight: 'text',
    confirmed: 'boolean',
    best_llr: 'real',
    kin_llr: 'real',
    looking: 'text',
  },
  key: ['settlement_id'],
  page: { clinic: 'clinic_code', at: 'leaves_on' },
  indexes: {
    clinic: (row) => row.clinic_code,
    card: (row) => (mayBeStrange(row) ? row.psn_no : null),
  },
});

/** The owner of the card was not recognised, and the terminal confirmed nothing. The index of cards in the database says the same. */
export const mayBeStrange = ({ confirmed, sight }: ScoreEntryRow): boolean =>
  !confirmed && (sight === 'absent' || sight === 'elsewhere' || sight === 'counter');
