import { claimEventsTable } from '../../ledgers/claims/tables.ts';
import { type TerminalAuthRow, terminalAuthsTable } from '../../ledgers/presence/tables.ts';
import { type Queryable, ts } from '../../platform/db.ts';
import { derivedId } from '../../platform/ids.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { Left } from '../memory/left.ts';
import { authNoOf } from './gather.ts';
import type { InRequestStore } from './store.ts';

const KINDS: ReadonlySet<string> = new Set(['trial_settlement', 'settlement']);

const LOGGED = 'select clinic_code, psn_no, ok, at from terminal_auths where auth_no = $1';
const NAMED = `select id from claim_events where psn_no = $1 and at between $2 and $3 and mdtrt_id <> $4 and reversed_at is null
  and kind in ('trial_settlement', 'settlement') and body #>> '{request,data,0,auth_no}' = $5`;

/** Of what has left memory the database is asked; what is in memory outranks its answer. */
export function inRequestIn(deps: {
  readonly workingSet: WorkingSet;
  readonly left: Left;
  readonly db: Queryable;
}): InRequestStore {
  const { workingSet, left, db } = deps;
  const auths = workingSet.table(terminalAuthsTable);
  const events = workingSet.table(claimEventsTable);

  const logged = async (authNo: string) => {
    const row = auths.get(derivedId('terminal-auth', authNo));
    if (row !== undefined) return [row];
    if (left.horizon === Number.NEGATIVE_INFINITY) return [];
    type Brief = Pick<TerminalAuthRow, 'clinic_code' | 'psn_no' | 'ok' | 'at'>;
    return (await db.query<Brief & Record<string, unknown>>(LOGGED, [authNo], 'bulk-auth-logged')).rows;
  };

  return {
    async authNamed({ authNo, psnNo, mdtrtId, before }) {
      const found = await logged(authNo);
      if (mdtrtId === null) return { auths: found, otherVisit: false };
      const here = events
        .by('psn_no', psnNo)
        .some(
          ({ kind, at, mdtrt_id: visit, reversed_at: reversed, body }) =>
            KINDS.has(kind) &&
            at >= before.from &&
            at <= before.to &&
            visit !== null &&
            visit !== mdtrtId &&
            reversed === null &&
            authNoOf(body) === authNo,
        );
      if (here || before.from >= left.horizon || !left.mayHavePerson(psnNo)) return { auths: found, otherVisit: here };
      const values = [psnNo, ts(before.from), ts(before.to), mdtrtId, authNo];
      const { rows } = await db.query<{ id: string }>(NAMED, values, 'bulk-auth-named');
      return { auths: found, otherVisit: rows.some(({ id }) => events.by('id', id).length === 0) };
    },
  };
}
