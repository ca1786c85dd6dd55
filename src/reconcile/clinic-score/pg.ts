import { ts } from '../../platform/db.ts';
import type { Read } from '../pg/reader.ts';
import type { ClinicScoreStore } from './store.ts';
import type { ScoreEntryRow } from './tables.ts';

export const clinicScoreReads = (read: Read): Pick<ClinicScoreStore, 'scoreEntries'> => ({
  scoreEntries: ({ clinicCode, from }) =>
    read<ScoreEntryRow & Record<string, unknown>>(
      'reconcile-score-entries',
      `select settlement_id, clinic_code, at, leaves_on, setl_id, med_type, fund_fen, sight, confirmed, best_llr, looking
       from score_entries where clinic_code = $1 and at >= $2`,
      [clinicCode, ts(from)],
    ),
});
