import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { parse } from 'yaml';
import type { Audit } from '../access/audit.ts';
import type { Scope } from '../access/principal.ts';
import type { ClaimEventRef } from '../ledgers/claims/claims.topics.ts';
import type { Decide, DecideWithin } from '../ledgers/claims/decision-answer.ts';
import type { LookAtFace } from '../ledgers/claims/request-face.ts';
import type { Clock } from '../platform/clock.ts';
import { type Config, PROGRAM_DIR } from '../platform/config.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Db, TransactionOptions } from '../platform/db.ts';
import type { Logger } from '../platform/log.ts';
import { type Counters, createCounters } from '../platform/metrics.ts';
import { defineHandler, type Handler, type Outbox, type Topic } from '../platform/outbox.ts';
import { createDecide, createDecideAtOnce, type DecideOn, isDecided } from './answer.ts';
import { type AssessDeps, assess } from './assess.ts';
import { loadWorkCalendar } from './calendar.ts';
import type { StoredDecision } from './decision-rows.ts';
import { decisionRoutes, getDecision, listDecisions } from './decisions.routes.ts';
import { confirmDecision, type ReleaseRequest, releaseDecision } from './decisions-by-people.ts';
import { faceCalibrationRoutes } from './face-calibration/calibrations.routes.ts';
import { faceCalibrationHandler, type RecalibrateDeps } from './face-calibration/handler.ts';
import { fixedJudge, type LiveJudge, openLiveJudge } from './face-calibration/live-judge.ts';
import { NOTHING_REVIEWED, type ReviewedVisitsOf } from './face-calibration/visits.ts';
import type { FaceJudge } from './face-judge.ts';
import { holdingRoutes } from './holding/holding.routes.ts';
import { createLookAtFace, type LookOptions } from './in-request/look.ts';
import { loadPlaces } from './load-places.ts';
import { loadRuleSet, type RuleSet } from './parameters.ts';
import { createPgStores } from './pg-store.ts';
import { holdingChanged, reconcileTopics } from './reconcile.topics.ts';
import { type LiveRules, openLiveRules } from './rule-sets/live.ts';
import { liveProposal } from './rule-sets/proposals.store.ts';
import { createRuleSets, type RuleSets } from './rule-sets/rule-sets.ts';
import type { DispositionsOf } from './rule-sets/summary.ts';
import { catalogue } from './rules/catalogue.ts';
import { ruleRoutes } from './rules.routes.ts';
import { type OnStore, scheduleDueClinics } from './schedule.ts';
import type { ReconcileStore } from './store.ts';
import { sweepLookBacks } from './sweep.ts';
import { claimTouches, createReactions, type Reaction } from './triggers.ts';

export interface ReconcileDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly log: Logger;
  /** Where failures of rules are counted; default: of its own. */
  readonly counters?: Counters;
  readonly audit: Audit;
  readonly config: Pick<
    Config,
    'TIME_ZONE' | 'FACE_RECOGNITION' | 'MODEL_CARD' | 'MODEL_CARD_BEFORE' | 'RULES_DIR' | 'RETENTION_FILE' | 'dataDir'
  >;
  /** Default: of the model card that the configuration names. */
  readonly judge?: FaceJudge;
  /** Default: config/rules. */
  readonly ruleSet?: RuleSet;
  /** What reviewers made of alerts, for trying rule sets out. Default: nothing is known of it. */
  readonly dispositionsOf?: DispositionsOf;
  /** Whom reviewers met or called, and whom they did not. Default: nobody. */
  readonly reviewedVisits?: ReviewedVisitsOf;
}

export interface Reconcile {
  /** For the claims routes. */
  readonly decide: Decide;
  /** The same in the transaction that stores the message. */
  readonly decideWithin: DecideWithin;
  /** The same on a store, in the caller's transaction: for bulk work. */
  readonly decideOn: DecideOn;
  /** What a claim event touches beside its own subject, once that is decided: the rest of the event's reaction. */
  readonly touchOn: (store: ReconcileStore, event: ClaimEventRef) => Promise<void>;
  /** Of the reconcile worker. */
  readonly handlers: readonly Handler[];
  /** Looks at the face pictures of requests. */
  lookAtFace(options: Omit<LookOptions, 'log'>): LookAtFace;
  /** What the handlers do, on any store. */
  readonly reactions: readonly Reaction[];
  /** Topics of this room, also those that later rooms handle. */
  readonly topics: readonly Topic[];
  readonly routes: readonly FastifyPluginAsync[];
  /** What calibrating the face model on confirmed visits needs. */
  readonly recalibrate: RecalibrateDeps;
  /** In force at the moment. */
  readonly ruleSet: RuleSet;
  /** Keeps up with what is put into force from now on: for processes that live. */
  watchRules(): Promise<{ close(): Promise<void> }>;
  /** Housekeeping, every few seconds: what rule sets leave to be done in the background. */
  readonly tickRuleSets: RuleSets['tick'];
  readonly decisions: {
    get(scope: Scope, id: string): Promise<StoredDecision>;
    list(scope: Scope, query: Parameters<typeof listDecisions>[2]): ReturnType<typeof listDecisions>;
    release(id: string, actor: string, request: ReleaseRequest): Promise<StoredDecision>;
    confirm(id: string, actor: string, note: string): Promise<StoredDecision>;
  };
  /** Housekeeping, at start and every minute: openings and closings of new and changed clinics. @returns how many */
  tick(onStore?: OnStore): Promise<number>;
  /** Forgets what nothing looks back upon any more. @returns how many rows */
  housekeeping(): Promise<number>;
}

/** The reconcile room, put together. @throws DomainError `config_invalid` for rules, calendar or model card */
export async function createReconcile(deps: ReconcileDeps): Promise<Reconcile> {
  const { config, db, keyring, counters = createCounters() } = deps;
  const installed = deps.ruleSet ?? (await installedRuleSet(deps));
  const liveJudge = deps.judge
    ? fixedJudge(deps.judge)
    : config.FACE_RECOGNITION
      ? await openLiveJudge({ db, log: deps.log, config })
      : fixedJudge(BLIND_JUDGE);
  const live = await openLiveRules({ db, clock: deps.clock, log: deps.log, catalogue, installed });
  const base: RoomBase = {
    clock: deps.clock,
    faceRecognition: config.FACE_RECOGNITION,
    timeZone: config.TIME_ZONE,
    calendar: await loadWorkCalendar(config.dataDir),
    presenceKeptMs: await presenceKeptMs(config.RETENTION_FILE),
    places: await loadPlaces(join(PROGRAM_DIR, 'config', 'regions', 'places.csv')),
    onRuleError: (rule, subject) => {
      counters.add('rule_errors', { rule });
      deps.log.error({ rule, subject }, 'a rule failed; the others went on, and nothing follows from it');
    },
  };
  const { storeOn, inStore } = createPgStores({ db, keyring, outbox: deps.outbox });
  const now = roomsUnder(base, live, liveJudge);
  const decideOn: DecideOn = (store, event) => now().decideOn(store, event);
  const reactions = now().reactions.map(({ topic }, i): Reaction => {
    // Their order is the same under every set.
    return { topic, react: async (store, payload) => now().reactions[i]?.react(store, payload) };
  });
  const actions = { clock: deps.clock, inStore };
  const ruleSets = createRuleSets({
    db,
    clock: deps.clock,
    log: deps.log,
    audit: deps.audit,
    catalogue,
    dispositionsOf: deps.dispositionsOf ?? (async () => new Map()),
    ruleSet: live.current,
    refresh: live.refresh,
    reassess: (subject) => inStore(async (store) => void (await assess(store, now().room, subject, 'rule_set'))),
  });
  const recalibrate = {
    ...{ db, clock: deps.clock, keyring, audit: deps.audit, outbox: deps.outbox },
    card: liveJudge.card,
    reviewed: deps.reviewedVisits ?? NOTHING_REVIEWED,
    limits: () => live.current().window,
  };
  return {
    recalibrate,
    get ruleSet() {
      return live.current();
    },
    async watchRules() {
      const [rules, judges] = [await live.watch(), await liveJudge.watch()];
      return {
        close: async () => {
          await rules.close();
          await judges.close();
        },
      };
    },
    tickRuleSets: ruleSets.tick,
    decide: async (event) => (isDecided(event) ? inStore((store) => decideOn(store, event), DECIDE_LIMITS) : null),
    decideWithin: async (tx, event) =>
      isDecided(event) ? storeOn(tx, (store) => now().decideAtOnce(store, event)) : null,
    decideOn,
    lookAtFace: (options) =>
      createLookAtFace(
        { inStore, judge: liveJudge.current, clock: deps.clock, parameters: () => live.current().window },
        { ...options, log: deps.log },
      ),
    touchOn: (store, event) => claimTouches(store, now().room, event),
    handlers: [
      ...reactions.map(({ topic, react }) =>
        defineHandler(topic, ({ payload, once }) => once((tx) => storeOn(tx, (store) => react(store, payload)))),
      ),
      faceCalibrationHandler(recalibrate),
      defineHandler(holdingChanged, ({ payload, once }) =>
        once(async () => {
          if (payload.state === 'open') deps.log.error(payload, 'holding is paused: holds jumped');
          else deps.log.warn(payload, 'holding goes on again');
        }),
      ),
    ],
    reactions,
    topics: reconcileTopics,
    routes: [
      decisionRoutes({ ...actions, db, audit: deps.audit }),
      holdingRoutes({ ...actions, db, audit: deps.audit, parameters: () => now().room.parameters }),
      ruleRoutes({ db, ruleSet: live.current }),
      ...ruleSets.routes,
      faceCalibrationRoutes(recalibrate),
    ] as FastifyPluginAsync[],
    decisions: {
      get: (scope, id) => getDecision(db, scope, id),
      list: (scope, query) => listDecisions(db, scope, query),
      release: (id, actor, request) => releaseDecision(actions, id, actor, request),
      confirm: (id, actor, note) => confirmDecision(actions, id, actor, note),
    },
    tick: (onStore = inStore) => scheduleDueClinics(onStore, now().room),
    housekeeping: () => sweepLookBacks({ db, clock: deps.clock, timeZone: config.TIME_ZONE }),
  };
}

type RoomBase = Omit<AssessDeps, 'ruleSet' | 'parameters' | 'judge' | 'siteCalibrated'>;

/**
 * The room under the rule set and the face model's calibration in force at the moment of asking: one piece of work is done under
 * one of each from end to end.
 */
function roomsUnder(base: RoomBase, live: LiveRules, liveJudge: LiveJudge) {
  const under = (ruleSet: RuleSet, judge: FaceJudge) => {
    const { siteCalibrated } = judge.card;
    const room: AssessDeps = { ...base, judge, siteCalibrated, ruleSet, parameters: ruleSet.decision };
    return {
      room,
      decideOn: createDecide(room),
      decideAtOnce: createDecideAtOnce(room),
      reactions: createReactions(room),
    };
  };
  let last = under(live.current(), liveJudge.current());
  return () => {
    const [ruleSet, judge] = [live.current(), liveJudge.current()];
    if (last.room.ruleSet !== ruleSet || last.room.judge !== judge) last = under(ruleSet, judge);
    return last;
  };
}

/** What config/rules says; once the database has a set in force, files that cannot be used only propose nothing. */
async function installedRuleSet({ db, config, log }: ReconcileDeps): Promise<RuleSet | null> {
  try {
    return await loadRuleSet(config.RULES_DIR);
  } catch (error) {
    if ((await liveProposal(db)) === null) throw error;
    log.error({ err: (error as Error).message }, 'the files of rules cannot be used; the set in force stands');
    return null;
  }
}

/** A clinic waits: a statement that takes longer is given up, and the outbox has the event assessed later. */
const DECIDE_LIMITS: TransactionOptions = { statementTimeoutMs: 1_500, plansOnce: true };

/** The whole installation runs without face recognition: nothing is ever compared. */
const BLIND_JUDGE: FaceJudge = {
  card: { modelVersion: 'none', calibrated: false, siteCalibrated: false },
  maxPortraitAgeYears: Number.POSITIVE_INFINITY,
  comparable: () => false,
  compare: () => null,
  matches: () => false,
};

const DAY_MS = 86_400_000;

async function presenceKeptMs(retentionFile: string): Promise<number> {
  const days = (parse(await readFile(retentionFile, 'utf8')) as Record<string, unknown>).appearance;
  return typeof days === 'number' ? days * DAY_MS : Number.POSITIVE_INFINITY;
}
