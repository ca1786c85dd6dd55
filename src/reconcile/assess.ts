import type { Verdict } from '../faces/verdict.ts';
import { assessmentRows } from './assessment-rows.ts';
import { gatherCameraClock } from './book/gather-clock.ts';
import { gatherClinicScore } from './clinic-score/gather.ts';
import { gatherEnrolleeScore } from './clinic-score/gather-enrollee.ts';
import type { LookLimits } from './clinic-score/population.ts';
import { keepScoreEntry } from './clinic-score/work.ts';
import { decisionFrom, type StoredDecision } from './decision-rows.ts';
import { type DecisionDeps, reviseDecision, supersedeDecision } from './decisions.ts';
import type { FaceJudge } from './face-judge.ts';
import { type Facts, type Subject, visitKeyOf } from './facts.ts';
import { openFacts, packFacts } from './facts-form.ts';
import { findingChanges, subjectKeyOf } from './finding-rows.ts';
import type { RuleOutcome } from './findings.ts';
import { type DayToCome, gatherClinicDay } from './gather-day.ts';
import { gatherCamera } from './gather-outage.ts';
import type { GatherContext } from './gather-presence.ts';
import { gatherSettlement, gatherVisit } from './gather-visit.ts';
import { noticesOf } from './in-request/notices.ts';
import { localDay } from './local-time.ts';
import type { RuleSet } from './parameters.ts';
import { gatherClinicPeriod } from './periods/gather-clinic-period.ts';
import { gatherPersonPeriod } from './periods/gather-person-period.ts';
import { enqueueRoll } from './periods/work.ts';
import type { Places } from './places.ts';
import { findingChanged, settlementAssessed, subjectDue } from './reconcile.topics.ts';
import { verdictOn } from './rules/presence.ts';
import { evaluateAll } from './rules/rule.ts';
import { lookLimitsIn } from './rules/sights.ts';
import type { ReconcileStore } from './store.ts';
import type { StandingRows } from './store-rows.ts';
import type { FindingRow } from './tables.ts';

export interface AssessDeps extends DecisionDeps {
  readonly ruleSet: RuleSet;
  readonly judge: FaceJudge;
  readonly faceRecognition: boolean;
  /** Retention of appearances: what was seen earlier is known from stored facts alone. */
  readonly presenceKeptMs: number;
  /** Where regions lie. */
  readonly places: Places;
  /** A rule threw: to be counted. */
  readonly onRuleError?: (rule: string, subjectKind: Facts['kind']) => void;
}

const HOUR_MS = 3_600_000;
/** A clinic's day is counted again after a minute at the least, and then at most this often: a burst of changes is one count. */
const DAY_PAUSE_MS = 60_000;
const DAY_COUNT_EVERY_MS = 30 * 60_000;
const DAY_MS = 86_400_000;
const THIRTY_DAYS_MS = 30 * DAY_MS;

/** A number of a rule's parameters, for what must be scheduled by it. */
const numberOf = (ruleSet: RuleSet, rule: string, name: string, fallback: number): number => {
  const value = ruleSet.rules.find((entry) => entry.rule.id === rule)?.parameters[name];
  return typeof value === 'number' ? value : fallback;
};

/** How S2 tells faces apart. */
const lookLimits = (ruleSet: RuleSet): LookLimits =>
  lookLimitsIn(ruleSet.rules.find(({ rule }) => rule.id === 'S2')?.parameters);

export const openingLookAheadMs = (ruleSet: RuleSet): number => numberOf(ruleSet, 'P1', 'minutesBefore', 15) * 60_000;

const gatherContextOf = (store: ReconcileStore, deps: AssessDeps, head: StandingRows['head']): GatherContext => ({
  store,
  now: deps.clock.now(),
  timeZone: deps.timeZone,
  judge: deps.judge,
  parameters: deps.ruleSet.window,
  faceRecognition: deps.faceRecognition,
  openingLookAheadMs: openingLookAheadMs(deps.ruleSet),
  presenceKeptMs: deps.presenceKeptMs,
  places: deps.places,
  previous: async () => (head === null ? null : openFacts(await store.factsBody(head.facts_hash), head.facts_hash)),
});

/** So many settlements must stand before any rule says something of a day that is not over. */
const leastOfDay = (ruleSet: RuleSet): number =>
  Math.min(...ruleSet.rules.map(({ rule, parameters }) => rule.leastOfDay(parameters)));

function gather(
  context: GatherContext,
  deps: AssessDeps,
  subject: Subject,
  standing: StandingRows,
): Promise<Facts | DayToCome | null> {
  switch (subject.kind) {
    case 'visit':
      return gatherVisit(context, subject.id, standing);
    case 'settlement':
      return gatherSettlement(context, subject.id, standing);
    case 'clinic_day':
      // What was said of it may have to be taken back: then it is looked at whatever came since.
      return gatherClinicDay(context, subject.id, standing.head === null ? leastOfDay(deps.ruleSet) : 0);
    case 'camera':
      return gatherCamera(context, subject.id);
    case 'camera_clock':
      return gatherCameraClock(context, subject.id);
    case 'clinic_score':
      return gatherClinicScore(context, subject.id, {
        lookBackDays: numberOf(deps.ruleSet, 'S1', 'lookBackDays', 35),
        leastStrange: numberOf(deps.ruleSet, 'S1', 'minSettlements', 3),
        leastOfCard: numberOf(deps.ruleSet, 'S4', 'minSettlements', 4),
        known: standing.head !== null,
        looks: lookLimits(deps.ruleSet),
      });
    case 'enrollee_score':
      return gatherEnrolleeScore(context, subject.id, {
        lookBackDays: numberOf(deps.ruleSet, 'S4', 'lookBackDays', 35),
        least: numberOf(deps.ruleSet, 'S4', 'minSettlements', 4),
        known: standing.head !== null,
        looks: lookLimits(deps.ruleSet),
      });
    case 'clinic_period':
      return gatherClinicPeriod(context, subject.id);
    case 'person_period':
      return gatherPersonPeriod(context, subject.id);
  }
}

/** A visit's decision and findings as they are after an assessment. */
export interface Assessed {
  readonly decision: StoredDecision | null;
  readonly findings: readonly FindingRow[];
}

/**
 * Gathers a subject's facts, applies the rules, and writes what follows, all in the store's transaction. Serialised
 * per visit, clinic day and outage by a lock that the transaction holds; equal facts write nothing. Whoever assesses
 * last saw everything that was committed before, so the order of arrivals does not matter.
 * @returns null for subjects that no decision is about
 */
export async function assess(
  store: ReconcileStore,
  deps: AssessDeps,
  subject: Subject,
  trigger: string,
): Promise<Assessed | null> {
  const visitKey = await lockSubject(store, subject);
  const standing = await store.standingOf({ subject, visitKey });
  const { head } = standing;
  // The footage that this moment was kept for came in time.
  if (head?.awaits_until === null && trigger === 'footage_lost') return null;
  const context = gatherContextOf(store, deps, head);
  const facts = await gather(context, deps, subject, standing);
  const unchanged = (): Assessed | null =>
    visitKey === null
      ? null
      : { decision: standing.decision && decisionFrom(standing.decision), findings: standing.findings };
  if (facts === null) return unchanged();
  if (facts.kind === 'later') {
    tellDue(store, subject, 'day_closed', facts.at);
    return null;
  }
  scheduleNext(store, deps, subject, facts, context.now);
  const said = head === null ? evaluateAll(deps.ruleSet.rules, facts) : null;
  if (said !== null && needsNoRecord(facts, said, context.now)) return null;
  const packed = packFacts(facts);
  if (head?.facts_hash.equals(packed.hash) && head.rule_set === deps.ruleSet.version) return unchanged();
  const outcomes = said ?? evaluateAll(deps.ruleSet.rules, facts);
  for (const { rule, outcome } of outcomes) if (outcome === 'error') deps.onRuleError?.(rule, facts.kind);
  const rows = assessmentRows({
    at: context.now,
    subject,
    clinicCode: facts.clinic.code,
    trigger,
    facts: packed,
    ruleSet: deps.ruleSet.version,
    modelVersion: deps.judge.card.modelVersion,
    verdict: verdictIn(facts),
    outcomes,
    window: spanOf(facts, context.now),
    awaitsUntil: awaitsUntil(facts),
  });
  const assessmentId = rows.assessment.id;
  store.putAssessment(rows);
  const changes = findingChanges(standing.findings, {
    subject,
    clinicCode: facts.clinic.code,
    assessmentId,
    at: context.now,
    outcomes,
    retired: deps.ruleSet.retired,
  });
  store.putFindings(changes.put);
  store.tell(
    findingChanged,
    changes.incidents.map((incidentKey) => ({ payload: { incidentKey }, options: { dedupeKey: incidentKey } })),
  );
  if (facts.kind === 'settlement') {
    keepScoreEntry(store, facts, { now: context.now, timeZone: deps.timeZone });
    enqueueRoll(store, deps, facts.clinic.code, facts.at);
    if (head === null) {
      store.tell(settlementAssessed, [
        { payload: { settlementId: facts.settlementId, clinicCode: facts.clinic.code, at: facts.at } },
      ]);
    }
    // Until it was seen to its end no rule of the day looks at it.
    if (facts.presence.complete || facts.presence.footageLost || facts.reversed)
      enqueueDays(
        store,
        deps,
        [{ clinicCode: facts.clinic.code, day: localDay(facts.at, deps.timeZone) }],
        'settlement',
      );
  }
  if (visitKey === null) return null;
  const decision =
    facts.kind === 'visit' && facts.movedTo !== null
      ? supersedeDecision(store, deps, standing.decision)
      : await reviseDecision(store, deps, {
          visitKey,
          clinicCode: facts.clinic.code,
          assessmentId,
          rows: standing,
          findings: changes.after,
          notices: noticesOf(facts),
        });
  return { decision, findings: changes.after };
}

/** @returns the visit key, for subjects that a decision is about */
async function lockSubject(store: ReconcileStore, subject: Subject): Promise<string | null> {
  if (subject.kind === 'settlement') {
    const ref = await store.lockSettlement(subject.id);
    return ref && visitKeyOf(ref.clinic_code, ref.mdtrt_id, ref.msgid);
  }
  await store.lock(subject.kind === 'visit' ? subject.id : subjectKeyOf(subject));
  return subject.kind === 'visit' ? subject.id : null;
}

export const verdictIn = (facts: Facts): Verdict | null =>
  (facts.kind === 'settlement' || facts.kind === 'visit') && facts.presence !== null ? verdictOn(facts.presence) : null;

const isPeriod = (
  facts: Facts,
): facts is Extract<
  Facts,
  { kind: 'camera_clock' | 'clinic_score' | 'enrollee_score' | 'clinic_period' | 'person_period' }
> =>
  facts.kind === 'camera_clock' ||
  facts.kind === 'clinic_score' ||
  facts.kind === 'enrollee_score' ||
  facts.kind === 'clinic_period' ||
  facts.kind === 'person_period';

/**
 * Of most clinics and people nothing is ever said of a month, nor of a day that goes on; when they are over they are looked at
 * again. What a month cannot tell yet it may tell then: until then only what was found is recorded.
 */
function needsNoRecord(facts: Facts, outcomes: readonly RuleOutcome[], now: number): boolean {
  if (facts.kind === 'clinic_day') return now < facts.closesAt && outcomes.every(({ outcome }) => outcome === 'clear');
  if (!isPeriod(facts)) return false;
  const goesOn = facts.kind === 'clinic_period' && !facts.over;
  return outcomes.every(({ outcome }) => outcome === 'clear' || (goesOn && outcome === 'undetermined'));
}

/** Of a month the newest day stands for it: a head lies where its window begins, and is looked for there day by day. */
const periodSpan = (day: string): { from: number; to: number } => {
  const from = Date.parse(day);
  return { from, to: from + DAY_MS };
};

function spanOf(facts: Facts, now: number): { from: number; to: number } {
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
    case 'camera_clock':
      return { from: now, to: now };
    case 'clinic_score':
    case 'enrollee_score':
    case 'clinic_period':
      return periodSpan(facts.through);
    case 'person_period':
      return periodSpan(facts.visits.at(-1)?.day ?? facts.agent?.visits.at(-1)?.day ?? `${facts.month}-01`);
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
  if (facts.kind === 'camera' || isPeriod(facts) || facts.presence === null) return null;
  return facts.presence.complete ? null : facts.presence.window.to;
}

function tellDue(
  store: ReconcileStore,
  subject: Subject,
  trigger: string,
  at: number,
  dedupeKey = `${trigger}:${subjectKeyOf(subject)}`,
): void {
  const payload = { subjectKind: subject.kind, subjectId: subject.id, trigger };
  store.tell(subjectDue, [{ payload, options: { dedupeKey, availableAt: at } }]);
}

/** What time itself will change: a window's end, lost footage, an outage's length. */
function scheduleNext(store: ReconcileStore, deps: AssessDeps, subject: Subject, facts: Facts, now: number): void {
  if (isPeriod(facts)) return;
  const later = (at: number, why: string, key?: string): void => tellDue(store, subject, why, at, key);
  if (facts.kind === 'camera') {
    const { outage } = facts;
    if (outage === null || outage.to !== null) return;
    const marks = [
      outage.from + numberOf(deps.ruleSet, 'P1', 'minSeconds', 60) * 1000,
      outage.from + numberOf(deps.ruleSet, 'E1', 'minMinutes', 5) * 60_000,
      outage.from + numberOf(deps.ruleSet, 'E2', 'minMinutes', 5) * 60_000,
    ];
    if (outage.states.some(({ state }) => state === 'moved'))
      marks.push(outage.from + numberOf(deps.ruleSet, 'E3', 'lastingHours', 20) * HOUR_MS);
    for (const at of marks) if (at > now) later(at, 'lasting', `lasting:${subject.id}:${at}`);
    return;
  }
  if (facts.kind === 'clinic_day' && now < facts.closesAt) later(facts.closesAt, 'day_closed');
  const until = awaitsUntil(facts);
  if (until === null) return;
  // The cameras' marks tell when the window is seen to its end; only time tells when it never will be.
  const lost = now >= until && (facts.kind === 'clinic_day' ? facts.closed : facts.presence?.footageLost === true);
  if (!lost) later(Math.max(until + deps.ruleSet.window.footageLostMs, now + HOUR_MS), 'footage_lost');
}

/** When a clinic's day is counted next: clinics take turns within the half hour. */
function nextCountAt(clinicCode: string, now: number): number {
  const turn = (Number.parseInt(clinicCode.slice(-4), 36) * 7_919) % DAY_COUNT_EVERY_MS || 0;
  const earliest = now + DAY_PAUSE_MS;
  return Math.ceil((earliest - turn) / DAY_COUNT_EVERY_MS) * DAY_COUNT_EVERY_MS + turn;
}

/** Clinics' days are counted again, a little later. */
export function enqueueDays(
  store: ReconcileStore,
  deps: AssessDeps,
  days: readonly { readonly clinicCode: string; readonly day: string }[],
  trigger: string,
): void {
  const now = deps.clock.now();
  store.tell(
    subjectDue,
    days.map(({ clinicCode, day }) => ({
      payload: { subjectKind: 'clinic_day' as const, subjectId: `${clinicCode}:${day}`, trigger },
      options: { dedupeKey: `clinic_day/${clinicCode}:${day}`, availableAt: nextCountAt(clinicCode, now) },
    })),
  );
}

/** Subjects to assess, as soon as possible or after a pause; those that wait already are one job. */
export function enqueueSubjects(
  store: ReconcileStore,
  deps: AssessDeps,
  subjects: readonly Subject[],
  trigger: string,
  pauseMs = 0,
): void {
  const availableAt = deps.clock.now() + pauseMs;
  store.tell(
    subjectDue,
    subjects.map((subject) => ({
      payload: { subjectKind: subject.kind, subjectId: subject.id, trigger },
      options: { dedupeKey: subjectKeyOf(subject), availableAt },
    })),
  );
}
