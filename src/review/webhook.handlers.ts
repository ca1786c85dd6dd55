import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { type Db, type Tx, ts, tsOrNull } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { derivedId } from '../platform/ids.ts';
import type { Logger } from '../platform/log.ts';
import { defineHandler, type Handler, type Outbox } from '../platform/outbox.ts';
import { decisionChanged } from '../reconcile/reconcile.topics.ts';
import { ALERT_COLUMNS, type StoredAlert } from './alert.store.ts';
import { createReceiverBreaker, type ReceiverBreaker } from './receiver-breaker.ts';
import { alertChanged, webhookDelivery } from './review.topics.ts';
import { sendWebhook } from './webhook-send.ts';
import type { WebhookTopic } from './webhooks.schemas.ts';

export interface WebhookHandlerDeps {
  readonly db: Db;
  readonly clock: Clock;
  /** Real time, for signatures: receivers compare them with their own clocks. */
  readonly wallClock: Clock;
  readonly outbox: Outbox;
  readonly keyring: Keyring;
  readonly allowPrivate: boolean;
  readonly log: Logger;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 5_000;
/**
 * Repetitions come from the outbox, in real time: five within seconds, then every 20 s, 40 s, … 10 min. So many of them
 * last about a day: longer than any trial hold, and the log shows the rest.
 */
const MOST_ATTEMPTS = 700;
const SILENT_TRIES = 3;
const PAUSE_MS = 10_000;

/** Words to other systems: what happened becomes one message to each webhook that wants it, and each is sent until it arrives. */
export function createWebhookHandlers(deps: WebhookHandlerDeps): readonly Handler[] {
  const breaker = createReceiverBreaker({ clock: deps.wallClock, silentTries: SILENT_TRIES, pauseMs: PAUSE_MS });
  return webhookHandlers(deps, breaker);
}

const webhookHandlers = (deps: WebhookHandlerDeps, breaker: ReceiverBreaker): readonly Handler[] => [
  defineHandler(decisionChanged, async ({ payload, once }) => {
    await once((tx) => announceDecision(tx, deps, payload.decisionId, payload.change));
  }),
  defineHandler(alertChanged, async ({ payload, once }) => {
    await once((tx) => announceAlert(tx, deps, payload));
  }),
  defineHandler(webhookDelivery, async ({ payload, once }) => {
    const outcome = await attempt(deps, breaker, payload.deliveryId);
    if (outcome === null) return;
    await once(async (tx) => {
      await tx.query(
        `update webhook_deliveries set state = $2, attempts = attempts + 1, last_status = $3, last_error = $4,
           delivered_at = $5 where id = $1 and state = 'waiting'`,
        [
          payload.deliveryId,
          outcome.state,
          outcome.status,
          outcome.error,
          tsOrNull(outcome.state === 'delivered' ? deps.clock.now() : null),
        ],
      );
    });
  }),
];

interface Delivery {
  readonly url: string;
  readonly secretEnc: Buffer;
  readonly webhookId: string;
  readonly enabled: boolean;
  readonly topic: WebhookTopic;
  readonly payload: unknown;
  readonly state: string;
  readonly attempts: number;
}

interface Settled {
  readonly state: 'delivered' | 'failed';
  readonly status: number | null;
  readonly error: string | null;
}

/** One try. @throws DomainError `source_unavailable` when another may succeed: the queue and the outbox see to that */
async function attempt(
  deps: WebhookHandlerDeps,
  breaker: ReceiverBreaker,
  deliveryId: string,
): Promise<Settled | null> {
  const { rows } = await deps.db.query<Delivery>(
    `select w.url, w.secret_enc as "secretEnc", w.id as "webhookId", w.enabled, d.topic, d.payload, d.state, d.attempts
     from webhook_deliveries d join webhooks w on w.id = d.webhook_id where d.id = $1`,
    [deliveryId],
  );
  const delivery = rows[0];
  if (delivery?.state !== 'waiting') return null;
  if (!delivery.enabled) return { state: 'failed', status: null, error: 'the webhook was deleted' };
  if (!breaker.mayTry(delivery.webhookId)) {
    throw new DomainError(
      'source_unavailable',
      `webhook ${delivery.webhookId} does not answer; it is tried again shortly`,
    );
  }
  const outcome = await sendWebhook({
    url: delivery.url,
    secret: deps.keyring.openText('secret', delivery.secretEnc, delivery.webhookId),
    body: JSON.stringify(delivery.payload),
    headers: { 'x-claimsight-delivery': deliveryId, 'x-claimsight-topic': delivery.topic },
    allowPrivate: deps.allowPrivate,
    timeoutMs: deps.timeoutMs ?? TIMEOUT_MS,
    unixSeconds: Math.floor(deps.wallClock.now() / 1000),
  });
  if (outcome.kind === 'failed') breaker.silent(delivery.webhookId);
  else breaker.answered(delivery.webhookId);
  if (outcome.kind === 'refused') return { state: 'failed', status: null, error: outcome.reason };
  const status = outcome.kind === 'answered' ? outcome.status : null;
  if (status !== null && status >= 200 && status < 300) return { state: 'delivered', status, error: null };
  const error = outcome.kind === 'failed' ? outcome.reason : `the receiver answered ${outcome.status}`;
  const last = status === 410 || delivery.attempts + 1 >= MOST_ATTEMPTS;
  if (last)
    return { state: 'failed', status, error: status === 410 ? 'the receiver says that it is gone (410)' : error };
  // Outside of `once`: this try counts although its work is not done.
  await deps.db.query(
    'update webhook_deliveries set attempts = attempts + 1, last_status = $2, last_error = $3 where id = $1',
    [deliveryId, status, error],
  );
  throw new DomainError('source_unavailable', `webhook ${delivery.webhookId}: ${error}`);
}

interface DecisionRow {
  readonly id: string;
  readonly clinic_code: string;
  readonly region_code: string | null;
  readonly mdtrt_id: string | null;
  readonly setl_id: string | null;
  readonly msgid: string;
  readonly clearing_month: string;
  readonly fund_fen: number | null;
  readonly decision: string;
  readonly reasons: unknown;
  readonly deadline_at: number | null;
  readonly default_action: string;
  readonly alternative: unknown;
  readonly state: string;
  readonly release_reason: string | null;
  readonly decided_at: number;
  readonly updated_at: number;
}

async function announceDecision(
  tx: Tx,
  deps: WebhookHandlerDeps,
  decisionId: string,
  change: 'held' | 'released' | 'confirmed' | 'revised',
): Promise<void> {
  const { rows } = await tx.query<DecisionRow>(
    'select d.*, c.region_code from decisions d left join clinics c on c.code = d.clinic_code where d.id = $1',
    [decisionId],
  );
  const decision = rows[0];
  if (!decision) return;
  // What has happened since is told as it is: a hold that is over by now is no news as a hold.
  const holds = decision.decision === 'hold' && (decision.state === 'standing' || decision.state === 'confirmed');
  if ((change === 'held' || change === 'revised') && !holds) return;
  const topic: WebhookTopic =
    change === 'released'
      ? 'decision.released'
      : decision.state === 'confirmed'
        ? 'decision.confirmed'
        : 'decision.held';
  await announce(tx, deps, {
    topic,
    // A hold with another deadline is another hold: trial settlement and settlement have one each.
    subjectId: `${decision.id}@${decision.deadline_at === null ? 'none' : ts(decision.deadline_at)}`,
    clinicCode: decision.clinic_code,
    regionCode: decision.region_code,
    phase: null,
    data: {
      decisionId: decision.id,
      decision: decision.decision,
      state: decision.state,
      clinicCode: decision.clinic_code,
      mdtrtId: decision.mdtrt_id,
      setlId: decision.setl_id,
      msgid: decision.msgid,
      clearingMonth: decision.clearing_month,
      fundFen: decision.fund_fen,
      reasons: decision.reasons,
      deadline: tsOrNull(decision.deadline_at),
      default: decision.default_action,
      alternative: decision.alternative,
      releaseReason: decision.release_reason,
      decidedAt: ts(decision.decided_at),
      updatedAt: ts(decision.updated_at),
    },
  });
}

async function announceAlert(
  tx: Tx,
  deps: WebhookHandlerDeps,
  change: { readonly alertId: string; readonly action: 'raised' | 'returned'; readonly version: number },
): Promise<void> {
  const { rows } = await tx.query<StoredAlert>(`select ${ALERT_COLUMNS} from alerts a where a.id = $1`, [
    change.alertId,
  ]);
  const alert = rows[0];
  if (!alert || alert.state === 'withdrawn') return;
  await announce(tx, deps, {
    topic: 'alert.raised',
    // One that came back is told again.
    subjectId: change.action === 'raised' ? alert.id : `${alert.id}@${change.version}`,
    clinicCode: alert.clinicCode,
    regionCode: alert.regionCode,
    phase: alert.phase,
    data: {
      alertId: alert.id,
      action: change.action,
      phase: alert.phase,
      class: alert.class,
      severity: alert.severity,
      state: alert.state,
      title: { zh: alert.titleZh, en: alert.titleEn },
      clinicCode: alert.clinicCode,
      regionCode: alert.regionCode,
      cameraId: alert.cameraId,
      rules: alert.rules,
      setlIds: alert.setlIds,
      fundFen: alert.fundFen,
      occurredAt: ts(alert.occurredAt),
      raisedAt: ts(alert.raisedAt),
    },
  });
}

/** Leaves one message for each webhook that wants it; a subject is told once, however often it is announced. */
async function announce(
  tx: Tx,
  deps: WebhookHandlerDeps,
  news: {
    readonly topic: WebhookTopic;
    readonly subjectId: string;
    readonly clinicCode: string;
    readonly regionCode: string | null;
    readonly phase: string | null;
    readonly data: Readonly<Record<string, unknown>>;
  },
): Promise<void> {
  const { rows } = await tx.query<{ id: string }>(
    `select id from webhooks
     where enabled and $1 = any(topics) and ($2::text is null or $2 = any(phases))
       and (clinic_code = $3 or (clinic_code is null and $4::text like region_code || '%')) order by id`,
    [news.topic, news.phase, news.clinicCode, news.regionCode],
  );
  const now = ts(deps.clock.now());
  for (const { id: webhookId } of rows) {
    const id = derivedId('webhook delivery', webhookId, news.topic, news.subjectId);
    const inserted = await tx.query(
      `insert into webhook_deliveries (id, webhook_id, topic, subject_id, payload, state, created_at)
       values ($1, $2, $3, $4, $5, 'waiting', $6) on conflict do nothing`,
      [
        id,
        webhookId,
        news.topic,
        news.subjectId,
        JSON.stringify({ id, topic: news.topic, at: now, data: news.data }),
        now,
      ],
    );
    if (inserted.rowCount > 0) await deps.outbox.add(tx, webhookDelivery, { deliveryId: id });
  }
}
