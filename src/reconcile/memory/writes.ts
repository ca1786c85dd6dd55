import { clinicsTable } from '../../access/tables.ts';
import { canonicalJson } from '../../platform/canonical-json.ts';
import { asRealOrNull } from '../../platform/real.ts';
import type { WorkingSet } from '../../platform/working-set/working-set.ts';
import { compressFacts } from '../facts-form.ts';
import type { ReconcileStore } from '../store.ts';
import {
  assessmentHeadsTable,
  assessmentsTable,
  clinicScheduleTable,
  decisionEventsTable,
  decisionsTable,
  factsTable,
  findingsTable,
} from '../tables.ts';
import type { Behind } from './behind.ts';

type Writes = Pick<ReconcileStore, 'factsBody' | 'putAssessment' | 'putFindings' | 'putDecision' | 'addDecisionEvent'>;
type Schedule = Pick<ReconcileStore, 'scheduleOf' | 'putSchedule' | 'dueClinics'>;

/** Rows to be written; what they replace is here already, since `standingOf` or `decisionById` has read it before. */
export function writesIn(deps: {
  readonly workingSet: WorkingSet;
  readonly behind: Behind;
  /** The newest number of `decision_events`. */
  readonly lastEvent: number;
}): Writes {
  const { workingSet, behind } = deps;
  const facts = workingSet.table(factsTable);
  const assessments = workingSet.table(assessmentsTable);
  const heads = workingSet.table(assessmentHeadsTable);
  const findings = workingSet.table(findingsTable);
  const decisions = workingSet.table(decisionsTable);
  const decisionEvents = workingSet.table(decisionEventsTable);
  let lastEvent = deps.lastEvent;

  return {
    async factsBody(hash) {
      return facts.get(String(hash))?.body ?? (await behind.factsBody(hash));
    },

    putAssessment({ facts: { hash, json }, assessment, head }) {
      if (facts.get(String(hash)) === undefined)
        facts.put({ hash, body: compressFacts(json), created_at: assessment.at });
      assessments.put(assessment);
      heads.put({ ...head, llr: asRealOrNull(head.llr), coverage: asRealOrNull(head.coverage) });
    },

    putFindings(rows) {
      for (const row of rows) {
        const before = findings.get(row.id);
        findings.put(
          before === undefined ? row : { ...row, clinic_code: before.clinic_code, first_at: before.first_at },
        );
      }
    },

    putDecision(row) {
      const [before] = decisions.by('subject', row.subject_key);
      decisions.put(
        before === undefined
          ? row
          : { ...row, id: before.id, clinic_code: before.clinic_code, decided_at: before.decided_at },
      );
    },

    addDecisionEvent(event) {
      lastEvent += 1;
      decisionEvents.put({ ...event, id: lastEvent });
    },
  };
}

export function scheduleIn(workingSet: WorkingSet): Schedule {
  const clinics = workingSet.table(clinicsTable);
  const schedules = workingSet.table(clinicScheduleTable);
  return {
    async scheduleOf(clinicCode) {
      const clinic = clinics.get(clinicCode);
      if (clinic === undefined) return null;
      const schedule = schedules.get(clinicCode);
      return {
        open_hours: clinic.open_hours,
        scheduled_until: schedule?.scheduled_until ?? null,
        scheduled_hours: schedule?.open_hours ?? null,
      };
    },

    putSchedule(row) {
      schedules.put(row);
    },

    async dueClinics({ until, limit }) {
      const due: string[] = [];
      for (const { code, open_hours: hours } of clinics.all()) {
        const schedule = schedules.get(code);
        if (
          schedule === undefined ||
          schedule.scheduled_until < until ||
          (schedule.open_hours !== hours && canonicalJson(schedule.open_hours) !== canonicalJson(hours))
        )
          due.push(code);
      }
      return due.sort().slice(0, limit);
    },
  };
}
