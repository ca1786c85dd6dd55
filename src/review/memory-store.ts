import { clinicsTable } from '../access/tables.ts';
import type { ClaimEventRow } from '../ledgers/claims/rows.ts';
import { claimEventsTable, settlementKeysTable, settlementsTable, visitKey } from '../ledgers/claims/tables.ts';
import type { Queryable } from '../platform/db.ts';
import { SeenKeys } from '../platform/seen-keys.ts';
import type { Tell } from '../platform/tell.ts';
import type { WorkingSet } from '../platform/working-set/working-set.ts';
import type { ReconcileStore } from '../reconcile/store.ts';
import { findingOf } from './alert.store.ts';
import { newestSeq } from './alert-events.ts';
import { budgetInMemory } from './budget/memory-store.ts';
import type { Near, ReviewStore, VisitName } from './store.ts';
import { alertEventsTable, alertsTable } from './tables.ts';

/** 2^24 bits are 2 MB: enough for a million alerts. */
const LOG2_BITS = 24;
const VISIT_EVENTS = new Set(['registration', 'trial_settlement', 'settlement']);

/** The alert writer in memory. Open it before anything else writes alerts, and once. */
export async function openMemoryReviewStore(deps: {
  readonly workingSet: WorkingSet;
  readonly db: Queryable;
  readonly reconcile: Pick<ReconcileStore, 'findingsOfIncident' | 'offsetAt' | 'decisionOf'>;
  readonly tell: Tell;
}): Promise<ReviewStore> {
  const { workingSet, db, reconcile } = deps;
  const clinics = workingSet.table(clinicsTable);
  const keys = workingSet.table(settlementKeysTable);
  const settlements = workingSet.table(settlementsTable);
  const claimEvents = workingSet.table(claimEventsTable);
  const alerts = workingSet.table(alertsTable);
  const events = workingSet.table(alertEventsTable);
  /** Incidents that have an alert, here or in the database alone. */
  const raised = new SeenKeys(LOG2_BITS);
  for (const { incident_key: key } of (await db.query<{ incident_key: string }>('select incident_key from alerts'))
    .rows) {
    raised.add(key);
  }
  let seq = await newestSeq(db);
  const budget = await budgetInMemory(workingSet, db);

  /** Settlements by number that left memory come back with the page of their day. */
  const bringNumbered = async (setlIds: readonly string[]): Promise<void> => {
    const missing = setlIds.filter((setlId) => keys.get(setlId) === undefined);
    if (missing.length === 0) return;
    await workingSet.written();
    const { rows } = await db.query<{ clinic_code: string; at: number }>(
      'select clinic_code, at from settlement_key where setl_id = any($1::text[])',
      [missing],
    );
    for (const { clinic_code: clinic, at } of rows) await workingSet.ensure(clinic, at, at);
  };

  const eventsOf = ({ clinicCode }: Near, visit: VisitName): ClaimEventRow[] => [
    ...(visit.mdtrtId === null ? [] : claimEvents.by('visit', visitKey(clinicCode, visit.mdtrtId))),
    ...(visit.msgid === null ? [] : claimEvents.by('msgid', visit.msgid)),
  ];

  /** The days of a visit, also where it was looked at again long after. */
  const bringVisit = async (about: Near, visit: VisitName): Promise<void> => {
    const { clinicCode: clinic } = about;
    await workingSet.ensure(clinic, about.from, about.to);
    if (eventsOf(about, visit).length > 0) return;
    await workingSet.written();
    const { rows } = await db.query<{ clinic_code: string; at: number }>(
      `select clinic_code, at from claim_events where clinic_code = $1 and mdtrt_id = $2
       union all select clinic_code, at from claim_events where msgid = $3`,
      [clinic, visit.mdtrtId, visit.msgid],
    );
    for (const { clinic_code: place, at } of rows) await workingSet.ensure(place, at, at);
  };

  return {
    lock: async () => undefined,
    findings: async (incidentKey) => (await reconcile.findingsOfIncident(incidentKey)).map(findingOf),

    async alert(incidentKey) {
      const [here] = alerts.by('incident', incidentKey);
      if (here !== undefined || !raised.mayHave(incidentKey)) return here ?? null;
      await workingSet.written();
      const { rows } = await db.query<{ clinic_code: string; raised_at: number }>(
        'select clinic_code, raised_at from alerts where incident_key = $1',
        [incidentKey],
      );
      const [place] = rows;
      if (place === undefined) return null;
      await workingSet.ensure(place.clinic_code, place.raised_at, place.raised_at);
      return alerts.by('incident', incidentKey)[0] ?? null;
    },

    async putAlert(row) {
      raised.add(row.incident_key);
      alerts.put(row);
    },

    async addEvent(event) {
      seq += 1;
      events.put({ ...event, seq });
    },

    async settlementsNumbered(setlIds) {
      await bringNumbered(setlIds);
      return setlIds.flatMap((setlId) => {
        const key = keys.get(setlId);
        return key === undefined ? [] : (settlements.get(key.settlement_id, key.at) ?? []);
      });
    },

    async settlementsOfMessage(about, msgid) {
      await bringVisit(about, { mdtrtId: null, msgid });
      return settlements.by('msgid', msgid);
    },

    async settlementsOfVisit(about, mdtrtId) {
      await bringVisit(about, { mdtrtId, msgid: null });
      return settlements.by('visit', visitKey(about.clinicCode, mdtrtId));
    },

    async firstEventAt(about, visit) {
      await bringVisit(about, visit);
      const known = eventsOf(about, visit).filter(
        (row) => row.clinic_code === about.clinicCode && VISIT_EVENTS.has(row.kind),
      );
      return known.length === 0 ? null : Math.min(...known.map((row) => row.at));
    },

    offsetAt: reconcile.offsetAt,
    regionOf: async (clinicCode) => clinics.get(clinicCode)?.region_code ?? null,
    ...budget,
    isHeld: async ({ incidentKey }) => {
      const decision = await reconcile.decisionOf(incidentKey);
      return decision?.decision === 'hold' && decision.state === 'standing';
    },
    tell: deps.tell,
  };
}
