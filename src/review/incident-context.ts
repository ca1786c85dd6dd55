import type { AlertDraft } from './alert.ts';
import type { NamedSettlement, Near, ReviewStore } from './store.ts';

/** What the ledgers know of an incident: when it happened, and whose money is at stake. */
export interface IncidentContext {
  readonly regionCode: string;
  /** Of settlements that still stand. */
  readonly fundFen: number;
  readonly occurredAt: number;
  /** True times worth a still and footage. */
  readonly moments: readonly number[];
  readonly settlementIds: readonly string[];
}

export async function incidentContextOf(store: ReviewStore, draft: AlertDraft): Promise<IncidentContext> {
  const near = nearOf(draft);
  const settlements = await settlementsOf(store, near, draft);
  const standing = settlements.filter((settlement) => settlement.reversed_at === null);
  const settledAt = settlements.map((settlement) => settlement.at).sort((a, b) => a - b);
  const moments = settledAt.length > 0 ? settledAt : await momentsWithoutSettlement(store, near, draft);
  return {
    // A fixmedins_code carries its county (GB/T 2260) behind the first letter.
    regionCode: (await store.regionOf(draft.clinicCode)) ?? draft.clinicCode.slice(1, 7),
    fundFen: standing.reduce((sum, settlement) => sum + (settlement.fund_fen ?? 0), 0),
    occurredAt: moments[0] ?? draft.lead.firstAt,
    moments,
    settlementIds: settlements.map((settlement) => settlement.id),
  };
}

const DAY_MS = 86_400_000;

/** Messages reach us within a day or two, and are looked at when they do. */
const nearOf = (draft: AlertDraft): Near => ({
  clinicCode: draft.clinicCode,
  from: draft.lead.firstAt - 2 * DAY_MS,
  to: draft.lead.firstAt + DAY_MS,
});

async function settlementsOf(store: ReviewStore, near: Near, draft: AlertDraft): Promise<readonly NamedSettlement[]> {
  const numbered = await store.settlementsNumbered(draft.setlIds);
  if (numbered.length > 0) return numbered;
  // Its response, which brings the setl_id, may not have come yet.
  const key = incidentKeyParts(draft.incidentKey);
  if (key.kind === 'message') return store.settlementsOfMessage(near, key.msgid);
  if (key.kind === 'visit' && draft.class === 'fraud' && draft.phase !== 'pre') {
    return store.settlementsOfVisit(near, key.mdtrtId);
  }
  return [];
}

async function momentsWithoutSettlement(store: ReviewStore, near: Near, draft: AlertDraft): Promise<readonly number[]> {
  const key = incidentKeyParts(draft.incidentKey);
  if (key.kind === 'visit' || key.kind === 'message') {
    const at = await store.firstEventAt(near, {
      mdtrtId: key.kind === 'visit' ? key.mdtrtId : null,
      msgid: key.kind === 'message' ? key.msgid : null,
    });
    return at === null ? [] : [at];
  }
  if (key.kind === 'camera') {
    // The outage's start is the camera's own time.
    return [key.startDeviceMs - (await store.offsetAt(key.cameraId, key.startDeviceMs))];
  }
  return [];
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

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
