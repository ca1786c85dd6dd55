import type { Queryable } from '../platform/db.ts';
import type { AlertDraft } from './alert.ts';

/** What the ledgers know of an incident: when it happened, whose money is at stake, what the findings rested on. */
export interface IncidentContext {
  readonly regionCode: string;
  /** Of settlements that still stand. */
  readonly fundFen: number;
  readonly occurredAt: number;
  /** True times worth a still and footage. */
  readonly moments: readonly number[];
  readonly settlementIds: readonly string[];
  readonly appearanceIds: readonly string[];
  readonly windows: readonly { readonly from: number; readonly to: number }[];
}

interface NamedSettlement {
  readonly id: string;
  readonly at: number;
  readonly fund_fen: number | null;
  readonly reversed_at: number | null;
}

export async function incidentContextOf(db: Queryable, draft: AlertDraft): Promise<IncidentContext> {
  const settlements = await settlementsOf(db, draft);
  const standing = settlements.filter((settlement) => settlement.reversed_at === null);
  const settledAt = settlements.map((settlement) => settlement.at).sort((a, b) => a - b);
  const moments = settledAt.length > 0 ? settledAt : await momentsWithoutSettlement(db, draft);
  const settlementIds = settlements.map((settlement) => settlement.id);
  return {
    regionCode: await regionOf(db, draft.clinicCode),
    fundFen: standing.reduce((sum, settlement) => sum + (settlement.fund_fen ?? 0), 0),
    occurredAt: moments[0] ?? draft.lead.firstAt,
    moments,
    settlementIds,
    appearanceIds: await namedAppearances(db, draft),
    windows: draft.class === 'fraud' ? await windowsOf(db, settlementIds) : [],
  };
}

async function settlementsOf(db: Queryable, draft: AlertDraft): Promise<readonly NamedSettlement[]> {
  const columns = 's.id, s.at, s.fund_fen, s.reversed_at';
  const byKey = await db.query<NamedSettlement>(
    `select ${columns} from settlement_key k join settlements s on s.id = k.settlement_id and s.at = k.at
     where k.setl_id = any($1::text[])`,
    [draft.setlIds],
  );
  if (byKey.rows.length > 0) return byKey.rows;
  // Its response, which brings the setl_id, may not have come yet.
  const key = incidentKeyParts(draft.incidentKey);
  if (key.kind === 'message') {
    return (await db.query<NamedSettlement>(`select ${columns} from settlements s where s.msgid = $1`, [key.msgid]))
      .rows;
  }
  if (key.kind === 'visit' && draft.class === 'fraud' && draft.phase !== 'pre') {
    return (
      await db.query<NamedSettlement>(
        `select ${columns} from settlements s where s.mdtrt_id = $1 and s.clinic_code = $2`,
        [key.mdtrtId, draft.clinicCode],
      )
    ).rows;
  }
  return [];
}

async function momentsWithoutSettlement(db: Queryable, draft: AlertDraft): Promise<readonly number[]> {
  const key = incidentKeyParts(draft.incidentKey);
  if (key.kind === 'visit' || key.kind === 'message') {
    const { rows } = await db.query<{ at: number }>(
      `select min(at) as at from claim_events
       where clinic_code = $1 and (mdtrt_id = $2 or msgid = $3)
         and kind in ('registration', 'trial_settlement', 'settlement') having min(at) is not null`,
      [draft.clinicCode, key.kind === 'visit' ? key.mdtrtId : null, key.kind === 'message' ? key.msgid : null],
    );
    return rows.map((row) => row.at);
  }
  if (key.kind === 'camera') {
    // The outage's start is the camera's own time.
    const { rows } = await db.query<{ offset_ms: number }>(
      `select offset_ms from camera_clock_offsets
       where camera_id = $1 and measured_at <= to_timestamp($2::double precision / 1000) order by measured_at desc limit 1`,
      [key.cameraId, key.startDeviceMs],
    );
    return [key.startDeviceMs - (rows[0]?.offset_ms ?? 0)];
  }
  return [];
}

async function regionOf(db: Queryable, clinicCode: string): Promise<string> {
  const { rows } = await db.query<{ region_code: string }>('select region_code from clinics where code = $1', [
    clinicCode,
  ]);
  // A fixmedins_code carries its county (GB/T 2260) behind the first letter.
  return rows[0]?.region_code ?? clinicCode.slice(1, 7);
}

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

/** Ids under members whose name speaks of appearances, at any depth. */
export function appearanceIdsIn(value: unknown, named = false): string[] {
  if (typeof value === 'string') return named && UUID.test(value) ? [value] : [];
  if (Array.isArray(value)) return value.flatMap((item) => appearanceIdsIn(item, named));
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value).flatMap(([key, member]) => appearanceIdsIn(member, named || /appearance/i.test(key)));
  }
  return [];
}

export type IncidentKeyParts =
  | { readonly kind: 'visit'; readonly clinicCode: string; readonly mdtrtId: string }
  | { readonly kind: 'message'; readonly msgid: string }
  | { readonly kind: 'camera'; readonly cameraId: string; readonly startDeviceMs: number }
  | { readonly kind: 'clinicDay'; readonly clinicCode: string; readonly day: string }
  | { readonly kind: 'other' };

/** Takes an incident key apart; a form that is not known here is `other`. */
export function incidentKeyParts(key: string): IncidentKeyParts {
  const visit = /^visit:([^:]+):(.+)$/.exec(key);
  if (visit?.[1] && visit[2]) return { kind: 'visit', clinicCode: visit[1], mdtrtId: visit[2] };
  const message = /^message:(.+)$/.exec(key);
  if (message?.[1]) return { kind: 'message', msgid: message[1] };
  const camera = /^camera:(.+)[:@](\d{10,16})$/.exec(key);
  if (camera?.[1]) return { kind: 'camera', cameraId: camera[1], startDeviceMs: Number(camera[2]) };
  const day = /^(?:clinic-day|face-day):([^:]+):(\d{4}-\d{2}-\d{2})(?::|$)/.exec(key);
  if (day?.[1] && day[2]) return { kind: 'clinicDay', clinicCode: day[1], day: day[2] };
  return { kind: 'other' };
}
