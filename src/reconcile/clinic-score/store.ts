import type { ScoreEntryRow } from './tables.ts';

/** What the clinic score reads and writes, beside the rest of the room's store. */
export interface ClinicScoreStore {
  /** Inserts, or replaces the one of the same settlement. */
  putScoreEntry(row: ScoreEntryRow): void;
  /** A clinic's entries with at >= from, in no order; `from` lies at most SCORE_KEPT_DAYS back. */
  scoreEntries(options: { readonly clinicCode: string; readonly from: number }): Promise<readonly ScoreEntryRow[]>;
}
