import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyPluginAsync } from 'fastify';
import { parse } from 'yaml';
import type { Audit } from '../access/audit.ts';
import type { Scope } from '../access/principal.ts';
import { loadModelCard } from '../faces/load-model-card.ts';
import type { Decide } from '../ledgers/claims/decision-answer.ts';
import { getTemplates } from '../people/template.store.ts';
import type { Clock } from '../platform/clock.ts';
import { type Config, PROGRAM_DIR } from '../platform/config.ts';
import type { Keyring } from '../platform/crypto.ts';
import { type Db, ts } from '../platform/db.ts';
import type { Logger } from '../platform/log.ts';
import type { Handler, Outbox, Topic } from '../platform/outbox.ts';
import { createDecide } from './answer.ts';
import type { AssessDeps } from './assess.ts';
import { loadWorkCalendar } from './calendar.ts';
import type { StoredDecision } from './decision.store.ts';
import { decisionRoutes, getDecision, listDecisions } from './decisions.routes.ts';
import { confirmDecision, type ReleaseRequest, releaseDecision } from './decisions.ts';
import { createFaceJudge, type FaceJudge } from './face-judge.ts';
import { loadRuleSet, type RuleSet } from './parameters.ts';
import { reconcileTopics } from './reconcile.topics.ts';
import { ruleRoutes } from './rules.routes.ts';
import { scheduleDueClinics } from './schedule.ts';
import { createTriggers } from './triggers.ts';

export interface ReconcileDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly log: Logger;
  readonly audit: Audit;
  readonly config: Pick<Config, 'TIME_ZONE' | 'FACE_RECOGNITION' | 'MODEL_CARD' | 'RULES_DIR' | 'RETENTION_FILE'>;
  /** Default: of the model card that the configuration names. */
  readonly judge?: FaceJudge;
  /** Default: config/rules. */
  readonly ruleSet?: RuleSet;
}

export interface Reconcile {
  /** For the claims routes. */
  readonly decide: Decide;
  /** Of the reconcile worker. */
  readonly handlers: readonly Handler[];
  /** Topics of this room, also those that later rooms handle. */
  readonly topics: readonly Topic[];
  readonly routes: readonly FastifyPluginAsync[];
  readonly ruleSet: RuleSet;
  readonly decisions: {
    get(scope: Scope, id: string): Promise<StoredDecision>;
    list(scope: Scope, query: Parameters<typeof listDecisions>[2]): ReturnType<typeof listDecisions>;
    release(id: string, actor: string, request: ReleaseRequest): Promise<StoredDecision>;
    confirm(id: string, actor: string, note: string): Promise<StoredDecision>;
  };
  /** Housekeeping, at start and every minute: openings and closings of new and changed clinics. @returns how many */
  tick(): Promise<number>;
}

/** The reconcile room, put together. @throws DomainError `config_invalid` for rules, calendar or model card */
export async function createReconcile(deps: ReconcileDeps): Promise<Reconcile> {
  const { config, db, keyring } = deps;
  const ruleSet = deps.ruleSet ?? (await loadRuleSet(config.RULES_DIR));
  const judge =
    deps.judge ?? (config.FACE_RECOGNITION ? createFaceJudge(await loadModelCard(config.MODEL_CARD)) : BLIND_JUDGE);
  // Before anything is assessed by it, and not in each transaction.
  await db.query('insert into rule_sets (version, body, created_at) values ($1, $2, $3) on conflict do nothing', [
    ruleSet.version,
    JSON.stringify(ruleSet.body),
    ts(deps.clock.now()),
  ]);
  const room: AssessDeps = {
    db,
    clock: deps.clock,
    outbox: deps.outbox,
    ruleSet,
    judge,
    templates: (queryable, ids) => getTemplates(queryable, keyring, ids),
    faceRecognition: config.FACE_RECOGNITION,
    parameters: ruleSet.decision,
    siteCalibrated: judge.card.siteCalibrated,
    timeZone: config.TIME_ZONE,
    calendar: await loadWorkCalendar(join(PROGRAM_DIR, 'config', 'calendar')),
    presenceKeptMs: await presenceKeptMs(config.RETENTION_FILE),
  };
  return {
    ruleSet,
    decide: createDecide(room),
    handlers: createTriggers(room),
    topics: reconcileTopics,
    routes: [decisionRoutes({ ...room, audit: deps.audit }), ruleRoutes({ ruleSet })] as FastifyPluginAsync[],
    decisions: {
      get: (scope, id) => getDecision(db, scope, id),
      list: (scope, query) => listDecisions(db, scope, query),
      release: (id, actor, request) => releaseDecision(room, id, actor, request),
      confirm: (id, actor, note) => confirmDecision(room, id, actor, note),
    },
    tick: () => scheduleDueClinics(db, room),
  };
}

/** The whole installation runs without face recognition: nothing is ever compared. */
const BLIND_JUDGE: FaceJudge = {
  card: { modelVersion: 'none', calibrated: false, siteCalibrated: false },
  comparable: () => false,
  compare: () => null,
};

const DAY_MS = 86_400_000;

async function presenceKeptMs(retentionFile: string): Promise<number> {
  const days = (parse(await readFile(retentionFile, 'utf8')) as Record<string, unknown>).appearance;
  return typeof days === 'number' ? days * DAY_MS : Number.POSITIVE_INFINITY;
}
