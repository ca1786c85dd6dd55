import { type Verdict, verdictOf } from '../faces/verdict.ts';
import type { Clock } from '../platform/clock.ts';
import type { Db, Queryable, Tx } from '../platform/db.ts';
import type { Outbox } from '../platform/outbox.ts';
import { type Head, headOf, loadFacts, packFacts, writeAssessment, writeFindings } from './assessment.store.ts';
import { type DecisionDeps, reviseDecision, supersedeDecision } from './decisions.ts';
import type { FaceJudge } from './face-judge.ts';
import type { Facts, Subject } from './facts.ts';
import { gatherClinicDay } from './gather-day.ts';
import { gatherCamera } from './gather-outage.ts';
import type { TemplateReader } from './gather-people.ts';
import type { GatherContext } from './gather-presence.ts';
import { gatherSettlement, gatherVisit, settlementRef } from './gather-visit.ts';
import { localDay } from './local-time.ts';
import type { RuleSet } from './parameters.ts';
import { findingChanged, settlementAssessed, subjectDue } from './reconcile.topics.ts';
import { evaluateAll } from './rules/rule.ts';

export interface AssessDeps extends DecisionDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly outbox: Outbox;
  readonly ruleSet: RuleSet;
  readonly judge: FaceJudge;
  readonly templates: TemplateReader;
  readonly faceRecognition: boolean;
  /** Retention of appearances: what was seen earlier is known from stored facts alone. */
  readonly presenceKeptMs: number;
}

const HOUR_MS = 3_600_000;
/** A clinic's day is counted again at most this often. */
const DAY_PAUSE_MS = 60_000;
const THIRTY_DAYS_MS = 30 * 86_400_000;

/** A number of a rule's parameters, for what must be scheduled by it. */
const numberOf = (ruleSet: RuleSet, rule: string, name: string, fallback: number): number => {
  const value = ruleSet.rules.find((entry) => entry.rule.id === rule)?.parameters[name];
  return typeof value === 'number' ? value : fallback;
};

export const openingLookAheadMs = (ruleSet: RuleSet): number => numberOf(ruleSet, 'P1', 'minutesBefore', 15) * 60_000;

const gatherContextOf = (deps: AssessDeps, db: Queryable, head: Head | null): GatherContext => ({
  db,
  now: deps.clock.now(),
  timeZone: deps.timeZone,
  judge: deps.judge,
  templates: deps.templates,
  parameters: deps.ruleSet.window,
  faceRecognition: deps.faceRecognition,
  openingLookAheadMs: openingLookAheadMs(deps.ruleSet),
  presenceKeptMs: deps.presenceKeptMs,
  previous: async () => (head === null ? null : loadFacts(db, head.factsHash)),
});

function gather(context: GatherContext, subject: Subject): Promise<Facts | null> {
  switch (subject.kind) {
    case 'visit':
      return gatherVisit(context, subject.id);
    case 'settlement':
      return gatherSettlement(context, subject.id);
    case 'clinic_day':
      return gatherClinicDay(context, subject.id);
    case 'camera':
      return gatherCamera(context, subject.id);
  }
}

/**
 * Gathers a subject's facts, applies the rules, and writes what follows, all in the caller's transaction. Serialised
 * per visit, clinic day and outage by a lock that the transaction holds; equal facts write nothing. Whoever assesses
 * last saw everything that was committed before, so the order of arrivals does not matter.
 */
export async function assess(tx: Tx, deps: AssessDeps, subject: Subject, trigger: string): Promise<void> {
  const visitKey = await lockSubject(tx, subject);
  const head = await headOf(tx, subject);
  const context = gatherContextOf(deps, tx, head);
  const facts = await gather(context, subject);
  if (facts === null) return;
  await scheduleNext(tx, deps, subject, facts, context.now);
  const packed = packFacts(facts);
  if (head?.factsHash.equals(packed.hash) && head.ruleSet === deps.ruleSet.version) return;

  const outcomes = evaluateAll(deps.ruleSet.rules, facts);
  const assessmentId = await writeAssessment(tx, {
    at: context.now,
    subject,
    clinicCode: facts.clinic.code,
    trigger,
    facts: packed,
    ruleSet: deps.ruleSet.version,
    modelVersion: deps.judge.card.modelVersion,
    verdict: verdictIn(facts),
    outcomes,
    window: spanOf(facts),
    awaitsUntil: awaitsUntil(facts),
  });
  const changed = await writeFindings(tx, {
    subject,
    clinicCode: facts.clinic.code,
    assessmentId,
    at: context.now,
    outcomes,
  });
  for (const incidentKey of changed) {
    await deps.outbox.add(tx, findingChanged, { incidentKey }, { dedupeKey: incidentKey });
  }
  if (visitKey !== null) {
    if (facts.kind === 'visit' && facts.movedTo !== null) await supersedeDecision(tx, deps, visitKey);
    else await reviseDecision(tx, deps, { visitKey, clinicCode: facts.clinic.code, assessmentId });
  }
  if (facts.kind === 'settlement') {
    if (head === null) {
      await deps.outbox.add(tx, settlementAssessed, {
        settlementId: facts.settlementId,
        clinicCode: facts.clinic.code,
        at: facts.at,
      });
    }
    const day = localDay(facts.at, deps.timeZone);
    await enqueueDay(tx, deps, facts.clinic.code, day, 'settlement');
  }
}

/** @returns the visit key, for subjects that a decision is about */
async function lockSubject(tx: Tx, subject: Subject): Promise<string | null> {
  const visitKey =
    subject.kind === 'visit'
      ? subject.id
      : subject.kind === 'settlement'
        ? ((await settlementRef(tx, subject.id))?.visitKey ?? null)
        : null;
  await lock(tx, visitKey ?? `${subject.kind}/${subject.id}`);
  return visitKey;
}

export const lock = async (tx: Tx, key: string): Promise<void> => {
  await tx.query('select pg_advisory_xact_lock(hashtextextended($1, 4116))', [key]);
};

export const verdictIn = (facts: Facts): Verdict | null =>
  (facts.kind === 'settlement' || facts.kind === 'visit') && facts.presence !== null ? verdictOf(facts.presence) : null;

function spanOf(facts: Facts): { from: number; to: number } {
  switch (facts.kind) {
    case 'settlement':
      return facts.presence.window;
    case 'visit': {
      if (facts.presence !== null) return facts.presence.window;
      const times = facts.events.map(({ at }) => at);
      return { from: Math.min(...times), to: Math.max(...times) };
    }
    case 'clinic_day':
      return { from: facts.dayFrom, to: facts.dayTo };
    case 'camera': {
      const from = facts.outage?.from ?? facts.startDeviceMs;
      return { from, to: facts.outage === null ? from : (facts.outage.to ?? from + THIRTY_DAYS_MS) };
    }
  }
}

/** Until when footage must have been processed before these facts can say more; null: nothing is awaited. */
function awaitsUntil(facts: Facts): number | null {
  if (facts.kind === 'clinic_day') {
    return facts.complete ? null : Math.max(facts.dayFrom, ...facts.open.map(({ to }) => to));
  }
  if (facts.kind === 'camera' || facts.presence === null) return null;
  return facts.presence.complete ? null : facts.presence.window.to;
}

/** What time itself will change: a window's end, lost footage, an outage's length. */
async function scheduleNext(tx: Tx, deps: AssessDeps, subject: Subject, facts: Facts, now: number): Promise<void> {
  const later = (at: number, why: string): Promise<void> =>
    deps.outbox.add(
      tx,
      subjectDue,
      { subjectKind: subject.kind, subjectId: subject.id, trigger: why },
      { dedupeKey: `${why}:${subject.kind}/${subject.id}`, availableAt: at },
    );
  if (facts.kind === 'camera') {
    const { outage } = facts;
    if (outage === null || outage.to !== null) return;
    const marks = [
      outage.from + numberOf(deps.ruleSet, 'P1', 'minSeconds', 60) * 1000,
      outage.from + numberOf(deps.ruleSet, 'E1', 'minMinutes', 5) * 60_000,
    ].filter((at) => at > now);
    for (const at of marks) {
      await deps.outbox.add(
        tx,
        subjectDue,
        { subjectKind: 'camera', subjectId: subject.id, trigger: 'lasting' },
        { dedupeKey: `lasting:${subject.id}:${at}`, availableAt: at },
      );
    }
    return;
  }
  if (facts.kind === 'clinic_day' && now < facts.closesAt) await later(facts.closesAt, 'day_closed');
  const until = awaitsUntil(facts);
  if (until === null) return;
  if (now < until) return later(until + 1, 'window_closed');
  const lost = facts.kind === 'clinic_day' ? facts.closed : facts.presence?.footageLost === true;
  if (!lost) await later(Math.max(until + deps.ruleSet.window.footageLostMs, now + HOUR_MS), 'footage_lost');
}

/** A clinic's day is counted again, a little later, so that a burst of changes is one count. */
export const enqueueDay = (tx: Tx, deps: AssessDeps, clinicCode: string, day: string, trigger: string): Promise<void> =>
  deps.outbox.add(
    tx,
    subjectDue,
    { subjectKind: 'clinic_day', subjectId: `${clinicCode}:${day}`, trigger },
    { dedupeKey: `clinic_day/${clinicCode}:${day}`, availableAt: deps.clock.now() + DAY_PAUSE_MS },
  );

/** Subjects to assess, as soon as possible or after a pause; those that wait already are one job. */
export async function enqueueSubjects(
  tx: Tx,
  deps: AssessDeps,
  subjects: readonly Subject[],
  trigger: string,
  pauseMs = 0,
): Promise<void> {
  const availableAt = deps.clock.now() + pauseMs;
  await deps.outbox.addAll(
    tx,
    subjectDue,
    subjects.map(({ kind, id }) => ({
      payload: { subjectKind: kind, subjectId: id, trigger },
      options: { dedupeKey: `${kind}/${id}`, availableAt },
    })),
  );
}
