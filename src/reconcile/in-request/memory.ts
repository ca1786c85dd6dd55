import { claimEventsTable } from '../../ledgers/claims/tables.ts';
import { terminalAuthsTable } from '../../ledgers/presence/tables.ts';
import { derivedId } from '../../platform/ids.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import { authNoOf } from './gather.ts';
import type { InRequestStore } from './store.ts';

const KINDS: ReadonlySet<string> = new Set(['trial_settlement', 'settlement']);

/** Of what is in memory: a number is named within hours of its check. */
export function inRequestIn(workingSet: WorkingSet): InRequestStore {
  const auths = workingSet.table(terminalAuthsTable);
  const events = workingSet.table(claimEventsTable);
  return {
    async authNamed({ authNo, psnNo, mdtrtId, before }) {
      const row = auths.get(derivedId('terminal-auth', authNo));
      const named = events
        .by('psn_no', psnNo)
        .some(
          ({ kind, at, mdtrt_id: visit, reversed_at: reversed, body }) =>
            KINDS.has(kind) &&
            at >= before.from &&
            at <= before.to &&
            visit !== null &&
            mdtrtId !== null &&
            visit !== mdtrtId &&
            reversed === null &&
            authNoOf(body) === authNo,
        );
      return { auths: row === undefined ? [] : [row], otherVisit: named };
    },
  };
}
