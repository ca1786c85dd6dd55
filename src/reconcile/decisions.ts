import { canonicalJson } from '../platform/canonical-json.ts';
import type { Clock } from '../platform/clock.ts';
import type { Db, Tx } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { Outbox } from '../platform/outbox.ts';
import { ALTERNATIVE, type ReleaseReason, type Stage, step, targetOf } from './decide.ts';
import {
  addDecisionEvent,
  decisionEvents,
  decisionIdOf,
  decisionOf,
  putDecision,
  type StoredDecision,
  snapshotOf,
  visitStanding,
} from './decision.store.ts';
import { parseVisitKey } from './gather-visit.ts';
import { addWorkingDays, localMonth, type WorkCalendar } from './local-time.ts';
import type { DecisionParameters } from './parameters.ts';
import { decisionChanged, decisionDeadline } from './reconcile.topics.ts';

export interface DecisionDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly parameters: DecisionParameters;
  readonly siteCalibrated: boolean;
  readonly timeZone: string;
  readonly calendar: WorkCalendar;
}

const MINUTE_MS = 60_000;
const SYSTEM = 'system:reconcile';

/** Brings a visit's decision to what its findings say now. Under the visit's lock. */
export async function reviseDecision(
  tx: Tx,
  deps: DecisionDeps,
  visit: { readonly visitKey: string; readonly clinicCode: string; readonly assessmentId: string },
): Promise<StoredDecision | null> {
  const now = deps.clock.now();
  const standing = await visitStanding(tx, visit.visitKey);
  if (standing === null) return null;
  const before = await decisionOf(tx, { visitKey: visit.visitKey }, true);
  const target = targetOf({
    stage: standing.stage,
    findings: standing.findings,
    siteCalibrated: deps.siteCalibrated,
    parameters: deps.parameters,
  });
  const deadlineOf = (stage: Stage): number =>
    stage === 'settlement'
      ? addWorkingDays(now, deps.parameters.workingDays, deps.timeZone, deps.calendar)
      : now + deps.parameters.trialHoldMinutes * MINUTE_MS;
  const { next, event, change } = step(
    before && { ...before, settled: before.settlementId !== null },
    target,
    deadlineOf,
  );
  const key = parseVisitKey(visit.visitKey);
  const after: StoredDecision = {
    ...next,
    id: decisionIdOf(visit.visitKey),
    subjectKey: visit.visitKey,
    clinicCode: visit.clinicCode,
    psnNo: standing.psnNo,
    mdtrtId: 'mdtrtId' in key ? key.mdtrtId : null,
    // A reversed settlement stays joined: history shows what was held.
    setlId: standing.settlement?.setlId ?? before?.setlId ?? null,
    settlementId: standing.settlement?.id ?? before?.settlementId ?? null,
    msgid: standing.msgid,
    clearingMonth: localMonth(standing.at, deps.timeZone),
    fundFen: standing.fundFen,
    alternative: next.decision === 'allow' ? null : ALTERNATIVE,
    assessmentId: visit.assessmentId,
    decidedAt: before?.decidedAt ?? now,
    updatedAt: now,
  };
  if (before && sameDecision(before, after)) return before;
  await putDecision(tx, after);
  if (event !== null) {
    await addDecisionEvent(tx, after.id, {
      at: now,
      actor: SYSTEM,
      action: event,
      before: snapshotOf(before),
      after: snapshotOf(after),
      note: null,
    });
  }
  if (change !== null) await deps.outbox.add(tx, decisionChanged, { decisionId: after.id, change });
  await scheduleDeadline(tx, deps, before, after);
  return after;
}

const sameDecision = (before: StoredDecision, after: StoredDecision): boolean => {
  const essence = ({ assessmentId: _assessment, updatedAt: _updated, ...rest }: StoredDecision) => canonicalJson(rest);
  return essence(before) === essence(after);
};

async function scheduleDeadline(
  tx: Tx,
  deps: DecisionDeps,
  before: StoredDecision | null,
  after: StoredDecision,
): Promise<void> {
  const { deadlineAt, state, decision } = after;
  if (deadlineAt === null || state !== 'standing' || decision !== 'hold' || before?.deadlineAt === deadlineAt) return;
  await deps.outbox.add(
    tx,
    decisionDeadline,
    { decisionId: after.id, deadlineAt },
    { dedupeKey: `${after.id}:${deadlineAt}`, availableAt: deadlineAt },
  );
}

/** A visit that goes on under another key: its own decision says nothing any more. */
export async function supersedeDecision(tx: Tx, deps: DecisionDeps, visitKey: string): Promise<void> {
  const before = await decisionOf(tx, { visitKey }, true);
  if (before === null || before.state === 'superseded') return;
  const now = deps.clock.now();
  const after: StoredDecision = { ...before, state: 'superseded', deadlineAt: null, updatedAt: now };
  await putDecision(tx, after);
  await addDecisionEvent(tx, before.id, {
    at: now,
    actor: SYSTEM,
    action: 'revised',
    before: snapshotOf(before),
    after: snapshotOf(after),
    note: 'superseded',
  });
}

/** The clock's release. A hold that was prolonged, released or confirmed meanwhile stays as it is. */
export async function releaseAtDeadline(
  tx: Tx,
  deps: DecisionDeps,
  { decisionId, deadlineAt }: { readonly decisionId: string; readonly deadlineAt: number },
): Promise<void> {
  const before = await decisionOf(tx, { id: decisionId }, true);
  if (before?.decision !== 'hold' || before.state !== 'standing' || before.deadlineAt !== deadlineAt) return;
  if (deps.clock.now() < deadlineAt) return;
  await letGo(tx, deps, before, { reason: 'deadline', actor: SYSTEM, action: 'auto_release', note: null });
}

export interface ReleaseRequest {
  /** `id_card_witnessed`: an ID card was shown and a witness checked it · `reviewer`: a reviewer's word, with a note. */
  readonly means: 'id_card_witnessed' | 'reviewer';
  readonly note: string;
  readonly witness?: string | undefined;
}

/**
 * One person lets a hold go.
 * @throws DomainError `invalid_input` when nobody is named who saw the ID card, `conflict` when nothing is held (any more)
 */
export async function releaseDecision(
  deps: DecisionDeps,
  decisionId: string,
  actor: string,
  request: ReleaseRequest,
): Promise<StoredDecision> {
  const witness = request.witness?.trim() ?? '';
  if (request.means === 'id_card_witnessed' && witness === '') {
    throw new DomainError('invalid_input', 'nobody is named who saw the ID card', {
      remedy: 'Name the witness: staff number or office.',
    });
  }
  return deps.db.transaction(async (tx) => {
    const before = await decisionOf(tx, { id: decisionId }, true);
    if (!before) throw noSuchDecision(decisionId);
    if (before.decision !== 'hold' || (before.state !== 'standing' && before.state !== 'confirmed')) {
      throw new DomainError('conflict', 'this decision holds nothing (any more)', {
        remedy: 'Read it again: it was released meanwhile.',
      });
    }
    return letGo(tx, deps, before, {
      reason: request.means,
      actor,
      action: 'release',
      note: witness === '' ? request.note : `${request.note} [${witness}]`,
    });
  });
}

async function letGo(
  tx: Tx,
  deps: DecisionDeps,
  before: StoredDecision,
  how: { reason: ReleaseReason; actor: string; action: string; note: string | null },
): Promise<StoredDecision> {
  const now = deps.clock.now();
  const after: StoredDecision = { ...before, state: 'released', releaseReason: how.reason, updatedAt: now };
  await putDecision(tx, after);
  await addDecisionEvent(tx, before.id, {
    at: now,
    actor: how.actor,
    action: how.action,
    before: snapshotOf(before),
    after: snapshotOf(after),
    note: how.note,
  });
  await deps.outbox.add(tx, decisionChanged, { decisionId: before.id, change: 'released' });
  return after;
}

/** Adverse decisions are people's, two of them: the second different person confirms. @throws DomainError `conflict` */
export async function confirmDecision(
  deps: DecisionDeps,
  decisionId: string,
  actor: string,
  note: string,
): Promise<StoredDecision> {
  return deps.db.transaction(async (tx) => {
    const before = await decisionOf(tx, { id: decisionId }, true);
    if (!before) throw noSuchDecision(decisionId);
    const now = deps.clock.now();
    if (before.decision !== 'hold' || before.state !== 'standing') {
      throw new DomainError('conflict', 'only a hold that still stands can be confirmed', { remedy: 'Read it again.' });
    }
    if (before.deadlineAt !== null && before.deadlineAt <= now) {
      throw new DomainError('conflict', 'the deadline of this hold has passed', {
        remedy: 'It is released by policy.',
      });
    }
    const history = await decisionEvents(tx, decisionId);
    const since = history.findLastIndex(({ action }) => action !== 'confirm') + 1;
    const earlier = new Set(history.slice(since).map((event) => event.actor));
    if (earlier.has(actor)) {
      throw new DomainError('conflict', 'you have confirmed this hold already', {
        remedy: 'A second, different person must confirm it.',
      });
    }
    const after: StoredDecision =
      earlier.size === 0
        ? { ...before, updatedAt: now }
        : { ...before, state: 'confirmed', deadlineAt: null, updatedAt: now };
    await putDecision(tx, after);
    await addDecisionEvent(tx, decisionId, {
      at: now,
      actor,
      action: 'confirm',
      before: snapshotOf(before),
      after: snapshotOf(after),
      note,
    });
    if (after.state === 'confirmed') await deps.outbox.add(tx, decisionChanged, { decisionId, change: 'confirmed' });
    return after;
  });
}

const noSuchDecision = (id: string): DomainError => new DomainError('not_found', `there is no decision ${id} here`);
