import type { Queryable } from '../platform/db.ts';
import type { Facts } from './facts.ts';
import { openFacts } from './facts-form.ts';
import { findingOf } from './finding-rows.ts';
import type { Finding } from './findings.ts';
import { FINDING_COLUMNS } from './pg/columns.ts';
import { byRule } from './standing.ts';
import type { FindingRow } from './tables.ts';

/** The facts under a hash. @throws DomainError `not_found`, or `integrity` when they were changed */
export async function loadFacts(db: Queryable, hash: Uint8Array): Promise<Facts> {
  const { rows } = await db.query<{ body: Buffer }>('select body from facts where hash = $1', [Buffer.from(hash)]);
  return openFacts(rows[0]?.body ?? null, hash);
}

/** All findings of an incident, taken back ones too, in order of (rule, subject). */
export async function findingsOfIncident(db: Queryable, incidentKey: string): Promise<Finding[]> {
  const { rows } = await db.query<FindingRow>(
    `select ${FINDING_COLUMNS} from findings f where incident_key = $1`,
    [incidentKey],
    'reconcile-findings-of-incident',
  );
  return rows.sort(byRule).map(findingOf);
}
