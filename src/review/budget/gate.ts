import type { Clock } from '../../platform/clock.ts';
import type { AlertDraft } from '../alert.ts';
import { isPeoples } from '../flow/states.ts';
import type { IncidentContext } from '../incident-context.ts';
import { queueDue } from '../review.topics.ts';
import type { ReviewStore } from '../store.ts';
import type { AlertRow } from '../tables.ts';
import { nextFillAt } from './moments.ts';
import { type AlarmPolicy, isShownAtOnce, isUnlimited } from './policy.ts';
import { type Rating, rate } from './rating.ts';
import { recordAt } from './record.ts';
import type { QueuedAlertRow } from './tables.ts';

/** What stands between findings and a reviewer's screen. */
export interface GateDeps {
  readonly clock: Clock;
  readonly policy: AlarmPolicy;
  readonly timeZone: string;
}

export type QueueFields = Pick<
  AlertRow,
  'queue_state' | 'queued_at' | 'shown_at' | 'p_right' | 'expected_fen' | 'review_minutes'
>;

export interface Passage {
  readonly fields: QueueFields;
  /** Its place in the queue; null: it does not wait. */
  readonly queued: QueuedAlertRow | null;
}

/**
 * Where an alert with this content stands: on the screens, or in the queue and why. What was shown stays shown until it is
 * withdrawn or handled; what comes back, and what becomes a suspicion, passes anew.
 * @param stored the alert as it was; null: it is new. @param returned it comes back
 */
export async function pass(
  store: ReviewStore,
  deps: GateDeps,
  alert: {
    readonly id: string;
    readonly draft: AlertDraft;
    readonly context: Pick<IncidentContext, 'regionCode' | 'fundFen'>;
    readonly stored: AlertRow | null;
    readonly returned: boolean;
  },
): Promise<Passage> {
  const { draft, context, stored } = alert;
  const { policy } = deps;
  const now = deps.clock.now();
  const keys = ruleKeysOf(draft, policy);
  const rating = await ratingOf(store, deps, draft, context, keys);
  const figures = {
    p_right: rating?.pRight ?? null,
    expected_fen: rating?.expectedFen ?? null,
    review_minutes: rating?.minutes ?? null,
  };
  if (stored !== null && !alert.returned && (isPeoples(stored.state) || staysShown(stored, draft))) {
    return { fields: { ...figures, ...standingOf(stored) }, queued: null };
  }
  const queuedAt = stored !== null && !alert.returned && stored.queue_state === 'waiting' ? stored.queued_at : now;
  if (isUnlimited(policy, draft.class)) {
    return { fields: { ...figures, queue_state: 'shown', queued_at: queuedAt, shown_at: now }, queued: null };
  }
  const waited = stored?.queue_state === 'waiting' && !alert.returned ? await store.queued(alert.id) : null;
  const enough = rating === null || policy.mode === 'learning' || rating.pRight >= policy.leastPrecision;
  const urgent = enough && rating !== null && (await isUrgent(store, draft));
  const settleMs = isShownAtOnce(policy, draft.class) || urgent ? 0 : (rating?.settleMs ?? 0);
  return {
    fields: { ...figures, queue_state: 'waiting', queued_at: queuedAt, shown_at: null },
    queued: {
      alert_id: alert.id,
      incident_key: draft.incidentKey,
      class: draft.class,
      severity: draft.severity,
      clinic_code: draft.clinicCode,
      region_code: context.regionCode,
      psn_no: draft.psnNo,
      rules: keys,
      p_right: figures.p_right,
      expected_fen: figures.expected_fen,
      minutes: figures.review_minutes,
      raised_at: queuedAt,
      ready_at: queuedAt + settleMs,
      urgent,
      reason: !enough
        ? 'under_precision'
        : waited === null || waited.reason === 'under_precision'
          ? 'settling'
          : waited.reason,
      drawn: waited?.drawn ?? false,
    },
  };
}

/** Brings the queue in line with a passage, and sees to it that the queue is filled when this one is ready. */
export async function enqueue(
  store: ReviewStore,
  deps: GateDeps,
  passage: Passage,
  stored: AlertRow | null,
): Promise<void> {
  const { queued } = passage;
  if (queued === null) {
    if (stored?.queue_state === 'waiting') await store.dropQueued(stored.id);
    return;
  }
  await store.putQueued(queued);
  // What is not precise enough may be in the day's sample.
  if (queued.reason !== 'under_precision' || queued.class === 'fraud') await tellFill(store, deps, queued);
}

export async function tellFill(
  store: Pick<ReviewStore, 'tell'>,
  deps: GateDeps,
  queued: Pick<QueuedAlertRow, 'class' | 'urgent' | 'ready_at'>,
): Promise<void> {
  const now = deps.clock.now();
  const soon = isShownAtOnce(deps.policy, queued.class);
  if (queued.urgent || soon) {
    await store.tell(queueDue, [
      {
        payload: { class: queued.class, urgent: !soon },
        options: { dedupeKey: soon ? queued.class : `${queued.class} urgent`, availableAt: now },
      },
    ]);
  }
  if (soon) return;
  const availableAt = nextFillAt(Math.max(now, queued.ready_at - 1), deps.policy.fillAt, deps.timeZone);
  await store.tell(queueDue, [
    { payload: { class: queued.class, urgent: false }, options: { dedupeKey: queued.class, availableAt } },
  ]);
}

const ruleKeysOf = (draft: AlertDraft, policy: AlarmPolicy): string[] => [
  ...new Set(hitsOf(draft).map(({ ruleId, reason }) => policy.priorOf(ruleId, reason).key)),
];

const hitsOf = (draft: AlertDraft) =>
  draft.findings
    .filter(({ outcome, class: of }) => outcome === 'hit' && of === 'fraud')
    .map((finding) => ({ ...finding, ruleId: finding.rule.split('@')[0] ?? finding.rule }));

async function ratingOf(
  store: ReviewStore,
  deps: GateDeps,
  draft: AlertDraft,
  { fundFen }: Pick<IncidentContext, 'fundFen'>,
  keys: readonly string[],
): Promise<Rating | null> {
  if (draft.class !== 'fraud') return null;
  const now = deps.clock.now();
  const rows = await store.ruleRecords(keys);
  const records = new Map(rows.map((row) => [row.rule_key, recordAt(row, now, deps.policy.halfLifeDays)]));
  return rate(hitsOf(draft), { setlIds: draft.setlIds, fundFen }, deps.policy, records);
}

const staysShown = (stored: AlertRow, draft: AlertDraft): boolean =>
  stored.queue_state === 'shown' && (stored.class === 'fraud' || draft.class !== 'fraud');

const standingOf = ({ queue_state, queued_at, shown_at }: AlertRow) => ({ queue_state, queued_at, shown_at });

/** Somebody is stopped now, or is about to be treated as somebody he cannot be: tomorrow's list would be too late. */
const isUrgent = async (store: ReviewStore, draft: AlertDraft): Promise<boolean> =>
  (draft.phase === 'pre' && draft.setlIds.length === 0) || (draft.phase !== 'post' && (await store.isHeld(draft)));
