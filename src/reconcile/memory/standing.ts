import type { ClaimEventRow, SettlementRow } from '../../ledgers/claims/rows.ts';
import { claimEventsTable, settlementsTable, visitKey as visitIndexKey } from '../../ledgers/claims/tables.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import type { Subject } from '../facts.ts';
import { authNoOf } from '../in-request/gather.ts';
import type { ReconcileStore } from '../store.ts';
import type { ClaimEventBrief } from '../store-rows.ts';
import { assessmentHeadsTable, decisionsTable, type FindingRow, findingsTable } from '../tables.ts';
import { isOfVisit, parseVisitKey, type VisitKey } from '../visit-key.ts';
import type { Behind, Place } from './behind.ts';
import { HEAD_REACH_MS, type Left, subjectKey } from './left.ts';

type Standing = Pick<
  ReconcileStore,
  'settlementRef' | 'lockSettlement' | 'standingOf' | 'decisionById' | 'decisionOf' | 'findingsOfIncident'
>;

/**
 * A subject's own rows. Those of one subject lie on pages of several days (a visit's claims, what was found of it later,
 * its decision): of what may have left, the database is asked for the days, and those pages come back.
 */
export function standingIn(deps: {
  readonly workingSet: WorkingSet;
  readonly left: Left;
  readonly behind: Behind;
}): Standing {
  const { workingSet, left, behind } = deps;
  const heads = workingSet.table(assessmentHeadsTable);
  const findings = workingSet.table(findingsTable);
  const decisions = workingSet.table(decisionsTable);
  const settlements = workingSet.table(settlementsTable);
  const events = workingSet.table(claimEventsTable);

  const bring = async (places: readonly Place[]): Promise<void> => {
    for (const { clinic_code, at } of places) if (at < left.horizon) await workingSet.ensure(clinic_code, at, at);
  };

  const settlementHere = (id: string): SettlementRow | undefined => settlements.by('id', id)[0];

  const settlement = async (id: string): Promise<SettlementRow | null> => {
    const here = settlementHere(id);
    if (here !== undefined || left.horizon === Number.NEGATIVE_INFINITY) return here ?? null;
    const place = await behind.settlement(id);
    if (place === null) return null;
    await bring([place]);
    return settlementHere(id) ?? null;
  };

  /** Brings back everything of a subject and its visit. */
  const bringSubject = async (subject: Subject, visitKey: string | null): Promise<void> => {
    if (subject.kind === 'settlement') {
      const row = await settlement(subject.id);
      // Its head lies where its window begins.
      if (row !== null && row.at - HEAD_REACH_MS < left.horizon)
        await workingSet.ensure(row.clinic_code, row.at - HEAD_REACH_MS, row.at);
    }
    if (
      left.mayHaveSubject(subjectKey(subject.kind, subject.id)) ||
      (visitKey !== null && left.mayHaveSubject(visitKey))
    ) {
      await bring(await behind.placesOf(subject, visitKey));
    }
  };

  const eventsOf = (key: VisitKey): ClaimEventBrief[] => {
    const rows =
      'msgid' in key ? events.by('msgid', key.msgid) : events.by('visit', visitIndexKey(key.clinicCode, key.mdtrtId));
    const briefs: ClaimEventBrief[] = [];
    for (const row of rows) if (KINDS.has(row.kind)) briefs.push(briefOf(row));
    return briefs;
  };

  const settlementsOf = (key: VisitKey | null, subject: Subject): SettlementRow[] => {
    const rows =
      key === null
        ? []
        : 'msgid' in key
          ? settlements.by('msgid', key.msgid)
          : settlements.by('visit', visitIndexKey(key.clinicCode, key.mdtrtId));
    if (subject.kind !== 'settlement') return rows;
    const own = settlementHere(subject.id);
    if (own !== undefined && (key === null || !isOfVisit(key, own))) rows.push(own);
    return rows;
  };

  const findingsOf = (subject: Subject, visitKey: string | null): FindingRow[] => {
    const own = findings.by('subject', `${subject.kind}/${subject.id}`);
    const ofVisit = visitKey === null ? [] : findings.by('incident', visitKey);
    if (own.length === 0) return ofVisit;
    for (const row of ofVisit) if (!own.includes(row)) own.push(row);
    return own;
  };

  return {
    settlementRef: settlement,
    lockSettlement: settlement,

    async standingOf({ subject, visitKey }) {
      if (left.horizon !== Number.NEGATIVE_INFINITY) await bringSubject(subject, visitKey);
      const key = visitKey === null ? null : parseVisitKey(visitKey);
      return {
        head: heads.get(subject.kind, subject.id) ?? null,
        findings: findingsOf(subject, visitKey),
        decision: visitKey === null ? null : (decisions.by('subject', visitKey)[0] ?? null),
        events: key === null ? [] : eventsOf(key),
        settlements: settlementsOf(key, subject),
      };
    },

    async decisionById(id) {
      const here = decisions.get(id);
      if (here !== undefined || left.horizon === Number.NEGATIVE_INFINITY) return here ?? null;
      const place = await behind.decision(id);
      if (place !== null) await bring([place]);
      return decisions.get(id) ?? null;
    },

    async decisionOf(visitKey) {
      const [here] = decisions.by('subject', visitKey);
      if (here !== undefined || !left.mayHaveSubject(visitKey)) return here ?? null;
      await bring(await behind.placesOf({ kind: 'visit', id: visitKey }, visitKey));
      return decisions.by('subject', visitKey)[0] ?? null;
    },

    async findingsOfIncident(incidentKey) {
      if (left.mayHaveSubject(incidentKey)) await bring(await behind.incident(incidentKey));
      return findings.by('incident', incidentKey);
    },
  };
}

const KINDS: ReadonlySet<string> = new Set(['registration', 'trial_settlement', 'settlement']);

const briefOf = (row: ClaimEventRow): ClaimEventBrief => ({
  id: row.id,
  kind: row.kind,
  at: row.at,
  clinic_code: row.clinic_code,
  msgid: row.msgid,
  psn_no: row.psn_no,
  mdtrt_id: row.mdtrt_id,
  reversed_at: row.reversed_at,
  med_type: row.body.medType ?? null,
  refused: row.body.refused ?? false,
  auth_no: authNoOf(row.body),
  request_face: row.body.requestFace ?? null,
});
