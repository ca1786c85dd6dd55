import { ts } from '../../platform/db.ts';
import type { Read } from '../pg/reader.ts';
import type { ClinicScoreStore } from './store.ts';
import type { ScoreEntryRow, SightCountsRow } from './tables.ts';

const UPSERT_COUNTS = `insert into sight_counts (clinic_code, through, body) values ($1, $2, $3)
  on conflict (clinic_code) do update set through = excluded.through, body = excluded.body`;

export const clinicScoreReads = (read: Read): Omit<ClinicScoreStore, 'putScoreEntry'> => ({
  scoreEntries: ({ clinicCode, from }) =>
    read<ScoreEntryRow & Record<string, unknown>>(
      'reconcile-score-entries',
      `select settlement_id, clinic_code, at, leaves_on, setl_id, med_type, fund_fen, sight, confirmed, best_llr, kin_llr, looking
       from score_entries where clinic_code = $1 and at >= $2`,
      [clinicCode, ts(from)],
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
