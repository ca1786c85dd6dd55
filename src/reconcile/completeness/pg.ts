import type { ClaimStatementRow } from '../../ledgers/claims/rows.ts';
import { ts } from '../../platform/db.ts';
import type { Read } from '../pg/reader.ts';
import type { ReconcileStore } from '../store.ts';
import type { LedgerTotals } from '../store-rows.ts';

export const STATEMENT_COLUMNS = `msgid, infno, clinic_code, from_at, to_at, insutype, settlements, total_fen, fund_fen, setl_ids, mdtrt_ids,
  received_at`;

/** How much there should be, and how much there is, by SQL. */
export const completenessReads = (read: Read): Pick<ReconcileStore, 'statement' | 'ledgerTotals' | 'knownNumbers'> => ({
  async statement(msgid) {
    const [row] = await read<ClaimStatementRow & Record<string, unknown>>(
      'reconcile-statement',
      `select ${STATEMENT_COLUMNS} from claim_statements where msgid = $1`,
      [msgid],
    );
    return row ?? null;
  },

  async ledgerTotals({ clinicCode, insutype, from, to }) {
    const [row] = await read<LedgerTotals & Record<string, unknown>>(
      'reconcile-ledger-totals',
      `select count(*) as settlements, coalesce(sum(total_fen), 0)::bigint as "totalFen", coalesce(sum(fund_fen), 0)::bigint as "fundFen"
       from settlements where clinic_code = $1 and at >= $2 and at < $3 and reversed_at is null
         and ($4::text is null or insutype = $4)`,
      [clinicCode, ts(from), ts(to), insutype],
    );
    return row ?? { settlements: 0, totalFen: 0, fundFen: 0 };
  },

  async knownNumbers({ clinicCode, setlIds, mdtrtIds }) {
    if (setlIds.length + mdtrtIds.length === 0) return [];
    const rows = await read<{ number: string }>(
      'reconcile-known-numbers',
      `select setl_id as number from settlement_key where setl_id = any($1)
       union select mdtrt_id from claim_events where mdtrt_id = any($2) and clinic_code = $3`,
      [setlIds, mdtrtIds, clinicCode],
    );
    return rows.map(({ number }) => number);
  },
});
