import type { Queryable } from '../platform/db.ts';
import type { Disposition } from '../reconcile/rule-sets/summary.ts';

const SAID: Readonly<Record<string, Disposition['said']>> = {
  acknowledged: 'confirmed',
  confirmed: 'confirmed',
  dismissed: 'dismissed',
};

/** What reviewers made of the alerts of incidents: one that was taken on counts as confirmed until it is dismissed. */
export async function dispositionsOf(
  db: Queryable,
  incidentKeys: readonly string[],
): Promise<ReadonlyMap<string, Disposition>> {
  if (incidentKeys.length === 0) return new Map();
  const { rows } = await db.query<{ incident_key: string; id: string; state: string }>(
    'select incident_key, id, state from alerts where incident_key = any($1)',
    [incidentKeys],
  );
  return new Map(rows.map((row) => [row.incident_key, { alertId: row.id, said: SAID[row.state] ?? 'open' }]));
}
