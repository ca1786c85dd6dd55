import type { Queryable } from '../platform/db.ts';
import type { Disposition } from '../reconcile/rule-sets/summary.ts';
import { type AlertState, type Determination, isAdverse } from './flow/states.ts';

/** What reviewers made of the alerts of incidents: one that somebody works on counts as confirmed until it is found to be none. */
export async function dispositionsOf(
  db: Queryable,
  incidentKeys: readonly string[],
): Promise<ReadonlyMap<string, Disposition>> {
  if (incidentKeys.length === 0) return new Map();
  const { rows } = await db.query<{
    incident_key: string;
    id: string;
    state: AlertState;
    determination: Determination | null;
  }>(
    `select a.incident_key, a.id, a.state, f.determination
     from alerts a left join alert_flow f on f.alert_id = a.id where a.incident_key = any($1)`,
    [incidentKeys],
  );
  return new Map(
    rows.map((row) => [row.incident_key, { alertId: row.id, said: saidOf(row.state, row.determination) }]),
  );
}

function saidOf(state: AlertState, determination: Determination | null): Disposition['said'] {
  if (state === 'new' || state === 'withdrawn') return 'open';
  if (state === 'excluded') return 'dismissed';
  if (determination !== null) return isAdverse(determination) ? 'confirmed' : 'dismissed';
  return state === 'archived' ? 'dismissed' : 'confirmed';
}
