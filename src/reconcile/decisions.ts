import { canonicalJson } from '../platform/canonical-json.ts';
import type { Clock } from '../platform/clock.ts';
import { alternativeTo, type DecisionReason, type ReleaseReason, type Stage, step, targetOf } from './decide.ts';
import { decisionFrom, decisionIdOf, decisionRow, type StoredDecision, snapshotOf } from './decision-rows.ts';
import { PAUSED } from './holding/breaker.ts';
import { mayHold } from './holding/gate.ts';
import { isNotice } from './in-request/notices.ts';
import { addWorkingDays, localMonth, type WorkCalendar } from './local-time.ts';
import type { DecisionParameters } from './parameters.ts';
import { decisionChanged, decisionDeadline, decisionGrace } from './reconcile.topics.ts';
import { visitStanding } from './standing.ts';
import type { ReconcileStore } from './store.ts';
import type { StandingRows } from './store-rows.ts';
import type { DecisionRow, FindingRow } from './tables.ts';
import { parseVisitKey } from './visit-key.ts';

export interface DecisionDeps {
  readonly clock: Clock;
  readonly parameters: DecisionParameters;
  readonly siteCalibrated: boolean;
  readonly timeZone: string;
  readonly calendar: WorkCalendar;
}

const MINUTE_MS = 60_000;
const SYSTEM = 'system:reconcile';

/** Brings a visit's decision to what its findings say now. Under the visit's lock. */
export async function reviseDecision(
  store: ReconcileStore,
  deps: DecisionDeps,
  visit: {
    readonly visitKey: string;
    readonly clinicCode: string;
    readonly assessmentId: string | null;
    readonly rows: Pick<StandingRows, 'decision' | 'events' | 'settlements'>;
    /** All findings of the visit as they are now. */
    readonly findings: readonly FindingRow[];
    /** What the clinic hears beside; null: what it heard before. */
    readonly notices: readonly DecisionReason[] | null;
  },
): Promise<StoredDecision | null> {
  const now = deps.clock.now();
  const before = visit.rows.decision && decisionFrom(visit.rows.decision);
  const standing = visitStanding(visit.visitKey, visit.rows, visit.findings);
  if (standing === null) return before;
  const grounds = targetOf({
    stage: standing.stage,
    findings: standing.findings,
    siteCalibrated: deps.siteCalibrated,
    parameters: deps.parameters,
    now,
    settledAt: standing.settlement?.at ?? null,
    warned: before?.everHeld ?? false,
  });
  const notices = visit.notices ?? before?.reasons.filter(isNotice) ?? [];
  const target = { ...grounds, reasons: [...grounds.reasons, ...notices] };
  const { graceUntil } = target;
  if (graceUntil !== null) {
    store.tell(decisionGrace, [
      {
        payload: { visitKey: visit.visitKey, clinicCode: visit.clinicCode },
        options: { dedupeKey: `${visit.visitKey}:${graceUntil}`, availableAt: graceUntil },
      },
    ]);
  }
  const deadlineOf = (stage: Stage): number =>
    stage === 'settlement'
      ? addWorkingDays(now, deps.parameters.workingDays, deps.timeZone, deps.calendar)
      : now + deps.parameters.trialHoldMinutes * MINUTE_MS;
  const stands = before && { ...before, settled: before.settlementId !== null };
  const clinicCode = before?.clinicCode ?? visit.clinicCode;
  let taken = step(stands, target, deadlineOf);
  if (taken.change === 'held') {
    const passes = await mayHold(
      store,
      { parameters: deps.parameters, now },
      {
        decisionId: decisionIdOf(visit.visitKey),
        clinicCode,
        again: before?.reasons.some(({ code }) => code === PAUSED.code) ?? false,
      },
    );
    if (!passes) {
      taken = step(stands, { ...target, decision: 'review', reasons: [...target.reasons, PAUSED] }, deadlineOf);
    }
  }
  const { next, event, change } = taken;
  const key = parseVisitKey(visit.visitKey);
  const after: StoredDecision = {
    ...next,
    id: before?.id ?? decisionIdOf(visit.visitKey),
    subjectKey: visit.visitKey,
    clinicCode,
    psnNo: standing.psnNo,
    mdtrtId: 'mdtrtId' in key ? key.mdtrtId : null,
    // A reversed settlement stays joined: history shows what was held.
    setlId: standing.settlement?.setlId ?? before?.setlId ?? null,
    settlementId: standing.settlement?.id ?? before?.settlementId ?? null,
    msgid: standing.msgid,
    clearingMonth: localMonth(standing.at, deps.timeZone),
    fundFen: standing.fundFen,
    alternative: alternativeTo(next.decision, next.reasons),
    assessmentId: visit.assessmentId,
    decidedAt: before?.decidedAt ?? now,
    updatedAt: now,
  };
  if (before && sameDecision(before, after)) return before;
  store.putDecision(decisionRow(after));
  if (event !== null) record(store, { before, after, action: event, actor: SYSTEM, note: null });
  if (change !== null) store.tell(decisionChanged, [{ payload: { decisionId: after.id, change } }]);
  scheduleDeadline(store, before, after);
  return after;
}

/** The grace of a listed person's settlement is over: it is held now, unless it was reversed or the list corrected. */
export async function reviseAfterGrace(
  store: ReconcileStore,
  deps: DecisionDeps,
  { visitKey, clinicCode }: { readonly visitKey: string; readonly clinicCode: string },
): Promise<void> {
  await store.lock(visitKey);
  const rows = await store.standingOf({ subject: { kind: 'visit', id: visitKey }, visitKey });
  if (rows.decision === null || rows.decision.state === 'superseded') return;
  const { assessment_id: assessmentId } = rows.decision;
  const { findings } = rows;
  await reviseDecision(store, deps, { visitKey, clinicCode, assessmentId, rows, findings, notices: null });
}

/** Whether two say the same, whatever they were made from and when. */
function sameDecision(before: StoredDecision, after: StoredDecision): boolean {
  for (const key of Object.keys(after) as (keyof StoredDecision)[]) {
    if (key === 'assessmentId' || key === 'updatedAt') continue;
    const [was, is] = [before[key], after[key]];
    if (was === is) continue;
    if (typeof was !== 'object' || typeof is !== 'object' || canonicalJson(was) !== canonicalJson(is)) return false;
  }
  return true;
}

/** Appends a change to a decision's history. */
export function record(
  store: ReconcileStore,
  change: {
    readonly before: StoredDecision | null;
    readonly after: StoredDecision;
    readonly action: string;
    readonly actor: string;
    readonly note: string | null;
  },
): void {
  store.addDecisionEvent({
    decision_id: change.after.id,
    at: change.after.updatedAt,
    actor: change.actor,
    action: change.action,
    before: snapshotOf(change.before),
    after: snapshotOf(change.after),
    note: change.note,
  });
}

function scheduleDeadline(store: ReconcileStore, before: StoredDecision | null, after: StoredDecision): void {
  const { id, deadlineAt, state, decision } = after;
  if (deadlineAt === null || state !== 'standing' || decision !== 'hold' || before?.deadlineAt === deadlineAt) return;
  store.tell(decisionDeadline, [
    {
      payload: { decisionId: id, deadlineAt },
      options: { dedupeKey: `${id}:${deadlineAt}`, availableAt: deadlineAt },
    },
  ]);
}

/** A visit that goes on under another key: its own decision says nothing any more. */
export function supersedeDecision(
  store: ReconcileStore,
  deps: Pick<DecisionDeps, 'clock'>,
  row: DecisionRow | null,
): StoredDecision | null {
  if (row === null || row.state === 'superseded') return row && decisionFrom(row);
  const before = decisionFrom(row);
  const after: StoredDecision = { ...before, state: 'superseded', deadlineAt: null, updatedAt: deps.clock.now() };
  store.putDecision(decisionRow(after));
  record(store, { before, after, action: 'revised', actor: SYSTEM, note: 'superseded' });
  return after;
}

/** The clock's release. A hold that was prolonged, released or confirmed meanwhile stays as it is. */
export async function releaseAtDeadline(
  store: ReconcileStore,
  deps: Pick<DecisionDeps, 'clock'>,
  { decisionId, deadlineAt }: { readonly decisionId: string; readonly deadlineAt: number },
): Promise<void> {
  const row = await store.decisionById(decisionId);
  if (row?.decision !== 'hold' || row.state !== 'standing' || row.deadline_at !== deadlineAt) return;
  if (deps.clock.now() < deadlineAt) return;
  letGo(store, deps, decisionFrom(row), {
    reason: 'deadline',
    actor: SYSTEM,
    action: 'auto_release',
    note: null,
  });
}

/** Lets a hold go, whoever asked for it. */
export function letGo(
  store: ReconcileStore,
  deps: Pick<DecisionDeps, 'clock'>,
  before: StoredDecision,
  how: {
    readonly reason: ReleaseReason;
    readonly actor: string;
    readonly action: string;
    readonly note: string | null;
  },
): StoredDecision {
  const after: StoredDecision = {
    ...before,
    state: 'released',
    releaseReason: how.reason,
    updatedAt: deps.clock.now(),
  };
  store.putDecision(decisionRow(after));
  record(store, { before, after, action: how.action, actor: how.actor, note: how.note });
  store.tell(decisionChanged, [{ payload: { decisionId: before.id, change: 'released' } }]);
  return after;
}
