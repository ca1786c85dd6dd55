import { releasePins } from '../evidence/footage-pins.ts';
import { type SecureDeps, secureEvidence } from '../evidence/secure.ts';
import type { Queryable, Tx } from '../platform/db.ts';
import type { AlertDraft } from './alert.ts';
import { appearanceIdsIn, type IncidentContext } from './incident-context.ts';

/** Keeps stills, footage and faces that an alert rests on, as long as it stands. Bulk work has none: its feed has no pictures. */
export interface EvidenceKeeper {
  secure(alertId: string, draft: AlertDraft, context: IncidentContext): Promise<void>;
  release(alertId: string): Promise<void>;
}

export const createEvidenceKeeper = (tx: Tx, deps: SecureDeps): EvidenceKeeper => ({
  secure: async (alertId, draft, context) =>
    secureEvidence(tx, deps, {
      alertId,
      clinicCode: draft.clinicCode,
      cameraIds: draft.subjectKind === 'camera' && draft.cameraId !== null ? [draft.cameraId] : null,
      moments: context.moments,
      settlementIds: context.settlementIds,
      appearanceIds: await namedAppearances(tx, draft),
      windows: draft.class === 'fraud' ? await windowsOf(tx, context.settlementIds) : [],
    }),
  release: (alertId) => releasePins(tx, deps.clock, alertId),
});

async function windowsOf(
  db: Queryable,
  settlementIds: readonly string[],
): Promise<readonly { from: number; to: number }[]> {
  const { rows } = await db.query<{ from: number; to: number }>(
    `select window_from as "from", window_to as "to" from assessment_heads
     where subject_kind = 'settlement' and subject_id = any($1::text[])`,
    [settlementIds],
  );
  return rows;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Appearances that the findings name, or that their verdict rests on. */
async function namedAppearances(db: Queryable, draft: AlertDraft): Promise<readonly string[]> {
  const named = draft.findings.flatMap((finding) => appearanceIdsIn(finding.evidence));
  const { rows } = await db.query<{ id: string | null }>(
    `select distinct a.verdict ->> 'appearanceId' as id from findings f join assessments a on a.id = f.assessment_id
     where f.id = any($1::uuid[])`,
    [draft.findings.filter((finding) => finding.outcome === 'hit').map((finding) => finding.id)],
  );
  const judged = rows.flatMap((row) => (row.id !== null && UUID.test(row.id) ? [row.id] : []));
  return [...new Set([...named, ...judged])];
}
