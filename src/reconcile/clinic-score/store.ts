import type { ScoreEntryRow, SightCountsRow } from './tables.ts';

/** What the clinic score reads and writes, beside the rest of the room's store. */
export interface ClinicScoreStore {
  /** Inserts, or replaces the one of the same settlement. */
  putScoreEntry(row: ScoreEntryRow): void;
  /** A clinic's entries with at >= from, in no order; `from` lies at most SCORE_KEPT_DAYS back. */
  scoreEntries(options: { readonly clinicCode: string; readonly from: number }): Promise<readonly ScoreEntryRow[]>;
  /** Of these people's entries with at >= from, at whatever clinic, those that are not confirmed and whose sight is absent, elsewhere or counter; in no order. */
  entriesOfCards(options: {
    readonly psnNos: readonly string[];
    readonly from: number;
  }): Promise<readonly ScoreEntryRow[]>;
  /** Inserts or replaces. */
  putSightCounts(row: SightCountsRow): Promise<void>;
  /** Of all clinics with through >= from (yyyy-mm-dd), in no order. */
  sightCounts(from: string): Promise<readonly SightCountsRow[]>;
}
