import { ts } from '../../platform/db.ts';
import type { Read } from '../pg/reader.ts';
import type { ClinicScoreStore } from './store.ts';
import { type ScoreEntryRow, type SightCountsRow, scoreEntriesTable } from './tables.ts';

const COLUMNS = Object.keys(scoreEntriesTable.columns).join(', ');

const UPSERT_COUNTS = `insert into sight_counts (clinic_code, through, body) values ($1, $2, $3)
  on conflict (clinic_code) do update set through = excluded.through, body = excluded.body`;

export const clinicScoreReads = (read: Read): Omit<ClinicScoreStore, 'putScoreEntry'> => ({
  scoreEntries: ({ clinicCode, from }) =>
    read<ScoreEntryRow & Record<string, unknown>>(
      'reconcile-score-entries',
      `select ${COLUMNS} from score_entries where clinic_code = $1 and at >= $2`,
      [clinicCode, ts(from)],
    ),

  entriesOfCards: ({ psnNos, from }) =>
    read<ScoreEntryRow & Record<string, unknown>>(
      'reconcile-entries-of-cards',
      `select ${COLUMNS} from score_entries
       where psn_no = any($1::text[]) and at >= $2 and not confirmed and sight in ('absent', 'elsewhere', 'counter')`,
      [psnNos, ts(from)],
    ),

  async putSightCounts(row) {
    await read('reconcile-put-sight-counts', UPSERT_COUNTS, [row.clinic_code, row.through, row.body]);
  },

  sightCounts: (from) =>
    read<SightCountsRow & Record<string, unknown>>(
      'reconcile-sight-counts',
      'select clinic_code, through, body from sight_counts where through >= $1',
      [from],
    ),
});
