import { createAudit } from '../../access/audit.ts';
import { createMemoryAccessStore } from '../../access/memory-store.ts';
import { createMemoryDeviceStore } from '../../devices/memory-store.ts';
import type { ModelCard } from '../../faces/model-card.ts';
import { type BulkIntake, createBulkIntake } from '../../ledgers/claims/bulk-intake.ts';
import { type ClaimEventRef, claimEventTopic } from '../../ledgers/claims/claims.topics.ts';
import type { ClinicDirectory } from '../../ledgers/claims/clinic-directory.ts';
import type { Decide, DecisionAnswer } from '../../ledgers/claims/decision-answer.ts';
import { loadInterfaceTable } from '../../ledgers/claims/interface-table.load.ts';
import { type ClaimPaging, createClaimPaging } from '../../ledgers/claims/paging.ts';
import { createMemoryPresenceStore } from '../../ledgers/presence/memory-store.ts';
import { createMemoryStockStore } from '../../ledgers/stock/store.ts';
import { createMemoryPeople, type MemoryPeople } from '../../people/memory-people.ts';
import { createMemoryPeopleStore } from '../../people/memory-store.ts';
import { ensureMonthPartitions } from '../../platform/partitions.ts';
import type { Runtime } from '../../platform/runtime.ts';
import { tellAgenda } from '../../platform/tell.ts';
import { type Agenda, createAgenda } from '../../platform/working-set/agenda.ts';
import { openWorkingSet, type WorkingSet } from '../../platform/working-set/working-set.ts';
import { createFaceJudge } from '../../reconcile/face-judge.ts';
import { createMemoryReconcileStore, type MemoryReconcileStore } from '../../reconcile/memory-store.ts';
import type { RuleSet } from '../../reconcile/parameters.ts';
import { createReconcile, type Reconcile } from '../../reconcile/reconcile.ts';
import { createAlertReaction } from '../../review/alert-writer.ts';
import { loadAlarmPolicy } from '../../review/budget/policy.load.ts';
import { createQueueReaction, type QueueOrder } from '../../review/budget/queue-handler.ts';
import { openMemoryReviewStore } from '../../review/memory-store.ts';
import { FEED_CLINIC_FORM } from '../feed/field-schemas.ts';
import type { LineStores } from './apply-line.ts';
import type { FeedClock } from './feed-clock.ts';

/** The product's rooms on one working set: what a living installation does, in memory and written behind. */
export interface BulkProduct {
  readonly stores: LineStores;
  readonly intake: BulkIntake;
  readonly reconcile: Reconcile;
  readonly store: MemoryReconcileStore;
  readonly people: MemoryPeople;
  readonly paging: ClaimPaging;
  readonly agenda: Agenda;
  readonly workingSet: WorkingSet;
  /** What a topic of the agenda sets in motion. */
  react(topic: string, payload: unknown): Promise<void>;
  /** Decides, and remembers that the event's reaction need not do it again at the same moment. */
  decide(event: Parameters<Decide>[0]): Promise<DecisionAnswer | null>;
  close(): Promise<void>;
}

export interface ProductOptions {
  readonly runtime: Runtime;
  readonly clock: FeedClock;
  readonly card: ModelCard;
  /** First and last moment of the feed, for the months' partitions; null: unknown. */
  readonly span: { readonly from: number | null; readonly to: number | null };
  readonly timeZone: string;
  /** Default: config/rules. */
  readonly ruleSet?: RuleSet;
}

/** People and templates kept at hand at most, whatever the city: some days' of a prefecture, about 1 GB. */
const PEOPLE_CAP = 150_000;
const TEMPLATE_CAP = 300_000;
const MONTH_MS = 30 * 86_400_000;

/** @throws DomainError for rules or calendars that cannot be used */
export async function openBulkProduct(options: ProductOptions): Promise<BulkProduct> {
  const { runtime, clock, card } = options;
  const { db, keyring, log, config } = runtime;
  const from = options.span.from ?? clock.now();
  for (let at = from; at <= (options.span.to ?? from) + MONTH_MS; at += MONTH_MS) await ensureMonthPartitions(db, at);

  const reconcile = await createReconcile({
    ...runtime,
    audit: createAudit({ clock, keyring }),
    config: { ...config, TIME_ZONE: options.timeZone },
    judge: createFaceJudge(card),
    ...(options.ruleSet === undefined ? {} : { ruleSet: options.ruleSet }),
  });
  const gate = { clock, policy: await loadAlarmPolicy(config.ALARM_BUDGET_FILE), timeZone: options.timeZone };
  const alerts = createAlertReaction(gate);
  const queue = createQueueReaction(gate);
  const workingSet = await openWorkingSet({ connectionString: db.connectionString, db, inThread: true });
  // What goes to other systems, and pictures, have nobody here who would handle them.
  const topics = new Set([...reconcile.reactions.map(({ topic }) => topic.name), alerts.topic.name, queue.topic.name]);
  const agenda = createAgenda({ clock, topics });
  const tell = tellAgenda(agenda);
  const people = await createMemoryPeople({
    workingSet,
    db,
    keyring,
    peopleCap: PEOPLE_CAP,
    templateCap: TEMPLATE_CAP,
  });
  const access = createMemoryAccessStore({ workingSet, tell });
  const store = await createMemoryReconcileStore({ workingSet, agenda, people, db, clock });
  const review = await openMemoryReviewStore({ workingSet, db, reconcile: store, tell });
  const paging = createClaimPaging({ db, workingSet });
  const clinics: ClinicDirectory = {
    find: async (code) => {
      const row = await access.clinic(code);
      return row && { code: row.code, regionCode: row.region_code, mode: row.mode };
    },
  };
  const intake = createBulkIntake({
    workingSet,
    agenda,
    clock,
    paging,
    keyring,
    log,
    table: await loadInterfaceTable(),
    // A feed's city has no mappings of its own.
    mappings: { current: async () => [] },
    clinics,
    timeZone: options.timeZone,
    clinicForm: FEED_CLINIC_FORM,
  });

  const reactions = new Map<string, (payload: unknown) => Promise<void>>(
    reconcile.reactions.map(({ topic, react }) => [topic.name, (payload) => react(store, payload)]),
  );
  reactions.set(alerts.topic.name, (payload) => alerts.react(review, payload as { incidentKey: string }));
  reactions.set(queue.topic.name, (payload) => queue.react(review, payload as QueueOrder));

  const decided = new Set<string>();
  const reactToClaim = reactions.get(claimEventTopic.name);
  reactions.set(claimEventTopic.name, async (payload) => {
    const event = payload as ClaimEventRef;
    await (decided.delete(event.eventId) ? reconcile.touchOn(store, event) : reactToClaim?.(event));
  });

  return {
    stores: {
      access,
      devices: createMemoryDeviceStore({ workingSet }),
      presence: createMemoryPresenceStore({ workingSet, templates: people.templates, tell }),
      people: createMemoryPeopleStore({ workingSet, people, tell }),
      stock: createMemoryStockStore({ workingSet }),
    },
    intake,
    reconcile,
    store,
    people,
    paging,
    agenda,
    workingSet,
    decide: async (event) => {
      const answer = await workingSet.transaction(() => reconcile.decideOn(store, event));
      if (answer !== null && !event.repeat) decided.add(event.eventId);
      return answer;
    },
    react: async (topic, payload) => workingSet.transaction(async () => reactions.get(topic)?.(payload)),
    close: () => workingSet.close(),
  };
}
