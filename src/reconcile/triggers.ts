import type { Static, TSchema } from 'typebox';
import { devicesClock } from '../devices/devices.topics.ts';
import { type ClaimEventRef, claimEventTopic, claimStatementTopic } from '../ledgers/claims/claims.topics.ts';
import {
  presenceAppearance,
  presenceAuth,
  presenceDevice,
  presenceWatermark,
} from '../ledgers/presence/presence.topics.ts';
import { peopleChanged } from '../people/people.topics.ts';
import type { Topic } from '../platform/outbox.ts';
import { daysOf, subjectsOf, type TouchedClaims, touchedBy } from './affected.ts';
import { type AssessDeps, assess, enqueueDays, enqueueSubjects } from './assess.ts';
import { ELSEWHERE_REACH_MS } from './book/store.ts';
import { checkStatement } from './completeness/check.ts';
import { releaseAtDeadline, reviseAfterGrace } from './decisions.ts';
import { type Subject, visitKeyOf } from './facts.ts';
import { LOOK_BACK_MS, outageSubjects, outagesDuring } from './gather-outage.ts';
import { localDay } from './local-time.ts';
import { mayMatch } from './may-match.ts';
import { clinicRollDue, peersDue } from './periods/period.topics.ts';
import { computePeers, enqueueClinicPeriods, enqueueRoll, rollUp } from './periods/work.ts';
import { clinicDayDue, decisionDeadline, decisionGrace, statementDue, subjectDue } from './reconcile.topics.ts';
import { scheduleClinic } from './schedule.ts';
import type { ReconcileStore } from './store.ts';
import type { TouchedRow, TouchedRows, WindowRef } from './store-rows.ts';

/** What this room does about a topic, in one transaction of a store: live through the outbox, or in bulk. */
export interface Reaction<Schema extends TSchema = TSchema> {
  readonly topic: Topic<Schema>;
  react(store: ReconcileStore, payload: Static<Schema>): Promise<void>;
}

const reaction = <Schema extends TSchema>(
  topic: Topic<Schema>,
  react: (store: ReconcileStore, payload: Static<Schema>) => Promise<void>,
): Reaction => ({ topic, react: react as Reaction['react'] });

const DAY_MS = 86_400_000;
/** Neighbours are looked at again a little later: many who settle together are one look, not one each. */
const NEIGHBOUR_PAUSE_MS = 10_000;
/** Several cameras tell of one person, and more than once: one look at them all. */
const SIGHT_PAUSE_MS = 5_000;
/** Who comes late to a window that was seen to its end, and in which the insured person was recognised, accuses nobody: one look at them all. */
const RECOGNISED_PAUSE_MS = 30 * 60_000;

/**
 * Whether what cameras tell may say something new of a window. Of one that was seen to its end, always: it came late. One
 * that still waits for its end is looked at again then: before, only somebody who has left may make it a match, and
 * somebody who has just come only for a trial, on which a clinic waits.
 */
const isOpenToSight =
  (told: { readonly closed: boolean }) =>
  ({ subject_kind: kind, verdict, awaits_until: awaits }: WindowRef): boolean =>
    verdict !== null && (awaits === null || (verdict !== 'match' && (told.closed || kind === 'visit')));

/** Seen to its end, and he was there. */
const isRecognised = ({ subject_kind: kind, verdict, awaits_until: awaits }: WindowRef): boolean =>
  kind === 'settlement' && verdict === 'match' && awaits === null;

/** A settlement's window that will surely be looked at again: at its end, or when its footage counts as lost. */
const waitsForEnd = (deps: AssessDeps, { subject_kind: kind, verdict, awaits_until: awaits }: WindowRef): boolean =>
  kind === 'settlement' &&
  verdict !== null &&
  awaits !== null &&
  deps.clock.now() < awaits + deps.ruleSet.window.footageLostMs;

/** A clock that is off by less is looked at by no rule. */
const CLOCK_MATTERS_MS = 10_000;

/** A change touches no more settlements, and no more visits, than this. */
const MOST_CLAIMS = 5000;

/** No rule reads these of a visit, but of a month. */
const OF_ROLLS: ReadonlySet<string> = new Set(['diagnosis', 'fee_lines', 'fee_cancel']);

/** The subject that a claim event is about; null: none of the rules reads it. */
export function subjectOfClaim(event: ClaimEventRef): Subject | null {
  switch (event.kind) {
    case 'settlement':
    case 'settlement_reversal':
    case 'technical_reversal':
      if (event.settlementId !== null) return { kind: 'settlement', id: event.settlementId };
      return event.mdtrtId === null ? null : visitOf(event);
    case 'registration':
    case 'registration_cancel':
    case 'trial_settlement':
      return visitOf(event);
    default:
      return null;
  }
}

const visitOf = (event: ClaimEventRef): Subject => ({
  kind: 'visit',
  id: visitKeyOf(event.clinicCode, event.mdtrtId, event.msgid),
});

const outages = (ids: readonly string[]): Subject[] => ids.map((id) => ({ kind: 'camera', id }));

/** device − true at a device time. Which measurement held then is told by true time, which the newest one tells well enough. */
async function offsetOn(store: ReconcileStore, deps: AssessDeps, cameraId: string, deviceMs: number): Promise<number> {
  const newest = await store.offsetAt(cameraId, Math.max(deps.clock.now(), deviceMs));
  return newest === 0 ? 0 : store.offsetAt(cameraId, deviceMs - newest);
}

/** Everything else that a claim event touches: its visit, its neighbours, an outage it fell into, its day. */
export async function claimTouches(store: ReconcileStore, deps: AssessDeps, event: ClaimEventRef): Promise<void> {
  const trigger = `claim:${event.kind}`;
  const subjects: Subject[] = [];
  if (event.mdtrtId !== null && event.kind === 'registration') {
    // It may have been known by its message before its response gave it a visit number.
    const known = await store.assessed('visit', [`message:${event.msgid}`]);
    subjects.push(...known.map(({ subject_id }): Subject => ({ kind: 'visit', id: subject_id })));
  }
  const settlement = event.settlementId === null ? null : await store.settlementRef(event.settlementId);
  if (settlement !== null) {
    const { at, mdtrt_id, msgid } = settlement;
    const { clinicCode } = event;
    if (mdtrt_id !== null) {
      const visit: Subject = { kind: 'visit', id: visitKeyOf(clinicCode, mdtrt_id, msgid) };
      if (event.kind !== 'settlement' || (await concernsVisit(store, visit))) subjects.push(visit);
    }
    const near = (await store.neighbours([{ clinicCode, at }])).filter((head) => !waitsForEnd(deps, head));
    const others = subjectsOf(near).filter((subject) => subject.id !== event.settlementId);
    enqueueSubjects(store, deps, others, trigger, NEIGHBOUR_PAUSE_MS);
    subjects.push(...outages(await outagesDuring(store, clinicCode, at)));
    // A settlement's own assessment tells its day.
    if (event.kind !== 'settlement') {
      enqueueDays(store, deps, [{ clinicCode, day: localDay(at, deps.timeZone) }], 'claim');
      if (settlement.psn_no !== null) subjects.push(...(await elsewhere(store, settlement.psn_no, clinicCode, at)));
    }
  }
  enqueueSubjects(store, deps, subjects, trigger);
}

/** The person's settlements at other institutions, whose facts know of this one. */
async function elsewhere(store: ReconcileStore, psnNo: string, clinicCode: string, at: number): Promise<Subject[]> {
  const reach = DAY_MS + ELSEWHERE_REACH_MS;
  const span = { from: at - reach, to: at + reach };
  const { settlements } = await store.claimsOfPeople({ psnNo, withRelated: false, ...span, limit: MOST_CLAIMS });
  return settlements.flatMap((row): Subject[] =>
    row.clinic_code === clinicCode ? [] : [{ kind: 'settlement', id: row.id }],
  );
}

/**
 * Whether a settlement that stands may change what the rules say of its visit: they look at when a registration or a trial
 * was, at who was there while nothing was settled, and whether all that was settled was taken back.
 */
async function concernsVisit(store: ReconcileStore, visit: Subject): Promise<boolean> {
  const { head, events } = await store.standingOf({ subject: visit, visitKey: visit.id });
  if (head === null) return false;
  return (
    head.verdict !== null ||
    events.some((row) => row.kind === 'settlement' && (row.reversed_at !== null || row.refused))
  );
}

/** All that this room reacts to. What fans out goes through the outbox. */
export function createReactions(deps: AssessDeps): Reaction[] {
  return [
    reaction(claimEventTopic, async (store, event) => {
      const subject = subjectOfClaim(event);
      if (subject === null) {
        // Nearly always told before the settlement, whose own assessment has its day rolled up.
        if (OF_ROLLS.has(event.kind)) enqueueRoll(store, deps, event.clinicCode, event.at);
        return;
      }
      await assess(store, deps, subject, `claim:${event.kind}`);
      await claimTouches(store, deps, event);
    }),

    reaction(subjectDue, async (store, { subjectKind, subjectId, trigger }) => {
      await assess(store, deps, { kind: subjectKind, id: subjectId }, trigger);
    }),

    reaction(presenceAppearance, async (store, { appearanceId, cameraId, clinicCode, from, to, state }) => {
      const offset = await offsetOn(store, deps, cameraId, from);
      const span = { from: from - offset, to: to - offset };
      const open = (await store.windowsOver(clinicCode, span)).filter(isOpenToSight({ closed: state === 'closed' }));
      const waiting = new Set(open.filter((head) => waitsForEnd(deps, head)).map(({ subject_id }) => subject_id));
      const of = { judge: deps.judge, window: deps.ruleSet.window };
      const matching = await mayMatch(store, of, { appearanceId, clinicCode, span }, waiting);
      const telling = open.filter(({ subject_id: id }) => !waiting.has(id) || matching.has(id));
      const [recognised, asking] = [telling.filter(isRecognised), telling.filter((head) => !isRecognised(head))];
      enqueueSubjects(store, deps, subjectsOf(recognised), 'appearance', RECOGNISED_PAUSE_MS);
      enqueueSubjects(store, deps, subjectsOf(asking), 'appearance', SIGHT_PAUSE_MS);
      await enqueueSeenDays(store, deps, clinicCode, daysOf(span.from, span.to, deps.timeZone), 'appearance');
    }),

    reaction(presenceWatermark, async (store, { cameraId, clinicCode, until: untilDeviceMs }) => {
      const until = untilDeviceMs - (await offsetOn(store, deps, cameraId, untilDeviceMs));
      const before = await store.raiseWatermarkSeen(cameraId, until);
      if (before !== null && before >= until) return;
      // While a camera that every claim needs lags behind, windows stay open; its own mark will come.
      const seen = Math.min(until, (await store.leastWatermarkSeen(clinicCode)) ?? until);
      if (before !== null && before >= seen) return;
      const waiting = await store.awaitingBetween(clinicCode, before, seen);
      enqueueSubjects(store, deps, subjectsOf(waiting), 'watermark');
    }),

    reaction(presenceDevice, async (store, { cameraId, clinicCode, from, to: told, clock }) => {
      const offset = await offsetOn(store, deps, cameraId, from);
      const to = told ?? Math.max(deps.clock.now() + offset, from);
      const span = { from: from - offset, to: to - offset };
      const known = { from: span.from - 1, to: told === null ? null : span.to + 1 };
      enqueueSubjects(
        store,
        deps,
        [
          ...outages(await outageSubjects(store, { clinicCode, cameraId, from, to: told })),
          ...subjectsOf(await store.knownOutages({ clinicCode, cameraId, ...known })),
          ...subjectsOf((await store.windowsOver(clinicCode, span)).filter(isOpenToSight({ closed: false }))),
        ],
        'device',
      );
      if (clock !== false && (await concernsClock(store, deps, cameraId)))
        enqueueSubjects(store, deps, [{ kind: 'camera_clock', id: cameraId }], 'device');
      await enqueueSeenDays(store, deps, clinicCode, daysOf(span.from, span.to, deps.timeZone), 'device');
    }),

    reaction(devicesClock, async (store, { cameraId }) => {
      enqueueSubjects(store, deps, [{ kind: 'camera_clock', id: cameraId }], 'device');
    }),

    // Nearly always it comes before the settlement, which then reads it itself.
    reaction(presenceAuth, async (store, { clinicCode, psnNo, at }) => {
      const { beforeMs, afterMs } = deps.ruleSet.window;
      const span = { from: at - afterMs, to: at + beforeMs };
      const claims = await store.claimsOfPeople({ psnNo, withRelated: false, ...span, limit: MOST_CLAIMS });
      const here = (row: TouchedRow): boolean => row.clinic_code === clinicCode;
      const near = { settlements: claims.settlements.filter(here), events: claims.events.filter(here) };
      enqueueTouched(store, deps, touchedBy(near, deps.timeZone), 'terminal');
    }),

    reaction(peopleChanged, (store, change) => reactToPeople(store, deps, change)),

    reaction(clinicDayDue, async (store, { clinicCode, day, step }) => {
      if (step === 'opening') {
        const now = deps.clock.now();
        const near = await outageSubjects(store, { clinicCode, from: now - DAY_MS, to: now + DAY_MS });
        enqueueSubjects(store, deps, outages(near), 'opening');
        return;
      }
      // A day that was counted before closes by its own last window.
      if ((await daysAssessed(store, clinicCode, [day])).length === 0)
        enqueueSubjects(store, deps, [{ kind: 'clinic_day', id: `${clinicCode}:${day}` }], 'day_closed');
      await scheduleClinic(store, deps, clinicCode);
    }),

    reaction(clinicRollDue, (store, due) => rollUp(store, deps, due)),

    reaction(peersDue, (store, due) => computePeers(store, due)),

    reaction(decisionDeadline, (store, due) => releaseAtDeadline(store, deps, due)),

    reaction(claimStatementTopic, (store, told) => checkStatement(store, deps, told)),

    reaction(statementDue, (store, told) => checkStatement(store, deps, told)),

    reaction(decisionGrace, (store, due) => reviseAfterGrace(store, deps, due)),
  ];
}

/** A clock that is right and always was needs no look; one that was told of has to be taken back. */
async function concernsClock(store: ReconcileStore, deps: AssessDeps, cameraId: string): Promise<boolean> {
  const offset = await store.offsetAt(cameraId, deps.clock.now());
  return Math.abs(offset) >= CLOCK_MATTERS_MS || (await store.assessed('camera_clock', [cameraId])).length > 0;
}

async function reactToPeople(
  store: ReconcileStore,
  deps: AssessDeps,
  change: Static<typeof peopleChanged.payload>,
): Promise<void> {
  const { psnNo, clinicCode, staffId, what, to } = change;
  const { timeZone } = deps;
  const now = deps.clock.now();
  // Lists and registrations say themselves how far back they reach; what says nothing is bounded.
  const bound = now - deps.ruleSet.window.lookBackDays * DAY_MS;
  const from = change.from === null || what === 'staff' ? Math.max(change.from ?? 0, bound) : change.from;
  if (psnNo !== null) {
    const withRelated = what === 'portrait' || what === 'household';
    const claims = await store.claimsOfPeople({ psnNo, withRelated, from, to, limit: MOST_CLAIMS });
    enqueueTouched(store, deps, touchedBy(claims, timeZone), what);
    if (what === 'portrait') await enqueueNeighbours(store, deps, claims.settlements);
  }
  const clinic = clinicCode ?? (staffId === null ? null : await store.clinicOfStaff(staffId));
  if (clinic === null) return;
  if (what === 'filing' || what === 'staff' || what === 'portrait') {
    const claims = await store.claimsOfClinic({ clinicCode: clinic, from, to, limit: MOST_CLAIMS });
    enqueueTouched(store, deps, touchedBy(claims, timeZone), what);
    const days = daysOf(from, Math.min(to ?? now, now), timeZone).slice(-31);
    await enqueueKnownDays(store, deps, clinic, days, what);
    if (what === 'filing') for (const day of days) enqueueClinicPeriods(store, deps, clinic, day);
  }
  if (what === 'filing') {
    // Outages of the month after rest on it too: on how often outages and settlements went together.
    const near = await outageSubjects(store, { clinicCode: clinic, from, to: to === null ? null : to + LOOK_BACK_MS });
    enqueueSubjects(store, deps, outages(near), what);
  }
}

function enqueueTouched(store: ReconcileStore, deps: AssessDeps, touched: TouchedClaims, trigger: string): void {
  enqueueSubjects(store, deps, touched.subjects, trigger);
  enqueueDays(store, deps, touched.days, trigger);
}

/** Whose face became known explains faces in the windows around his own settlements. */
async function enqueueNeighbours(
  store: ReconcileStore,
  deps: AssessDeps,
  settlements: TouchedRows['settlements'],
): Promise<void> {
  if (settlements.length === 0) return;
  const near = await store.neighbours(settlements.map((row) => ({ clinicCode: row.clinic_code, at: row.at })));
  const asking = near.filter((head) => !waitsForEnd(deps, head));
  enqueueSubjects(store, deps, subjectsOf(asking), 'portrait', NEIGHBOUR_PAUSE_MS);
}

/** Days of which something was said already; a day without settlements says nothing yet. */
async function enqueueKnownDays(
  store: ReconcileStore,
  deps: AssessDeps,
  clinicCode: string,
  days: readonly string[],
  trigger: string,
): Promise<void> {
  enqueueDays(store, deps, await daysAssessed(store, clinicCode, days), trigger);
}

/** Days that were seen to their end: one that still waits for its end is counted then. */
async function enqueueSeenDays(
  store: ReconcileStore,
  deps: AssessDeps,
  clinicCode: string,
  days: readonly string[],
  trigger: string,
): Promise<void> {
  const known = await daysAssessed(store, clinicCode, days);
  enqueueDays(
    store,
    deps,
    known.filter(({ awaits }) => awaits === null),
    trigger,
  );
}

async function daysAssessed(
  store: ReconcileStore,
  clinicCode: string,
  days: readonly string[],
): Promise<{ readonly clinicCode: string; readonly day: string; readonly awaits: number | null }[]> {
  if (days.length === 0) return [];
  const prefix = `${clinicCode}:`;
  const known = await store.assessed(
    'clinic_day',
    days.map((day) => `${prefix}${day}`),
  );
  return known.map(({ subject_id: id, awaits_until: awaits }) => ({
    clinicCode,
    day: id.slice(prefix.length),
    awaits,
  }));
}
