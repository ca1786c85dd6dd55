import { ts } from '../../platform/db.ts';
import { list, object } from '../pg/columns.ts';
import type { Read } from '../pg/reader.ts';
import type { AuthNamedRows, InRequestStore } from './store.ts';

const NAMED = `select
    ${list(object('t', 'clinic_code psn_no ok ~at'), 'from terminal_auths t where t.auth_no = $1')} as auths,
    exists (
      select from claim_events e
      where e.psn_no = $2 and e.at between $4 and $5 and e.mdtrt_id <> $3 and e.reversed_at is null
        and e.kind in ('trial_settlement', 'settlement') and e.body #>> '{request,data,0,auth_no}' = $1
    ) as "otherVisit"`;

export const inRequestReads = (read: Read): InRequestStore => ({
  async authNamed({ authNo, psnNo, mdtrtId, before }) {
    const [row] = await read<AuthNamedRows & Record<string, unknown>>('reconcile-auth-named', NAMED, [
      authNo,
      psnNo,
      mdtrtId,
      ts(before.from),
      ts(before.to),
    ]);
    return row ?? { auths: [], otherVisit: false };
  },
});
