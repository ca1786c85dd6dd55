import { randomBytes } from 'node:crypto';
import type { Audit } from '../access/audit.ts';
import { pageOf } from '../access/paging.ts';
import type { Principal, Scope } from '../access/principal.ts';
import { actorOf, scopeOf } from '../access/scope.ts';
import type { Clock } from '../platform/clock.ts';
import type { Keyring } from '../platform/crypto.ts';
import { type Db, type Queryable, ts, tsOrNull } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import type { Phase } from './alert.ts';
import { placeKey, placeOf } from './place.ts';
import { checkWebhookUrl } from './webhook-address.ts';
import type { DeliveryView, WebhookTopic, WebhookView } from './webhooks.schemas.ts';

export interface WebhookDeps {
  readonly db: Db;
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly audit: Audit;
  /** Whether private networks and this machine may be addressed (WEBHOOK_ALLOW_PRIVATE). */
  readonly allowPrivate: boolean;
}

const SECRET_BYTES = 32;
const IN_SCOPE = `($1::text is null or coalesce(w.region_code, c.region_code) like $1 || '%')
  and ($2::text is null or w.clinic_code = $2)`;
const FROM = 'webhooks w left join clinics c on c.code = w.clinic_code';

/** Registers a receiver for what happens in the caller's region. The secret is shown this once. */
export async function createWebhook(
  deps: WebhookDeps,
  principal: Principal,
  wish: {
    readonly url: string;
    readonly topics: readonly WebhookTopic[];
    readonly phases?: readonly Phase[] | undefined;
  },
): Promise<WebhookView & { secret: string }> {
  const url = checkWebhookUrl(wish.url, deps.allowPrivate);
  const scope = scopeOf(principal);
  const id = newId();
  const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const webhook = await deps.db.transaction(async (tx) => {
    await tx.query(
      `insert into webhooks (id, url, secret_enc, topics, phases, region_code, clinic_code, created_by, created_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        id,
        url.href,
        deps.keyring.sealText('secret', secret, id),
        wish.topics,
        wish.phases ?? ['pre'],
        scope.regionPrefix,
        scope.clinicCode,
        actorOf(principal),
        ts(deps.clock.now()),
      ],
    );
    await deps.audit.record(tx, {
      actor: actorOf(principal),
      action: 'webhook.create',
      subjectKind: 'webhook',
      subjectId: id,
      outcome: 'done',
      detail: { host: url.host, topics: [...wish.topics] },
    });
    return (await readWebhooks(tx, scope, id))[0];
  });
  if (!webhook) throw noSuchWebhook(id);
  return { ...webhook, secret };
}

export const listWebhooks = (db: Queryable, scope: Scope): Promise<WebhookView[]> => readWebhooks(db, scope, null);

async function readWebhooks(db: Queryable, scope: Scope, id: string | null): Promise<WebhookView[]> {
  const { rows } = await db.query<{
    id: string;
    url: string;
    topics: WebhookTopic[];
    phases: Phase[];
    region_code: string | null;
    clinic_code: string | null;
    enabled: boolean;
    created_by: string;
    created_at: number;
    waiting: number;
    failed: number;
    last_delivered_at: number | null;
  }>(
    `select w.id, w.url, w.topics, w.phases, w.region_code, w.clinic_code, w.enabled, w.created_by, w.created_at,
       count(d.id) filter (where d.state = 'waiting') as waiting,
       count(d.id) filter (where d.state = 'failed') as failed, max(d.delivered_at) as last_delivered_at
     from ${FROM} left join webhook_deliveries d on d.webhook_id = w.id
     where ${IN_SCOPE} and w.enabled and ($3::uuid is null or w.id = $3)
     group by w.id order by w.created_at, w.id`,
    [scope.regionPrefix, scope.clinicCode, id],
  );
  return rows.map((row) => ({
    id: row.id,
    url: row.url,
    topics: row.topics,
    phases: row.phases,
    regionCode: row.region_code,
    clinicCode: row.clinic_code,
    enabled: row.enabled,
    createdBy: row.created_by,
    createdAt: ts(row.created_at),
    waiting: row.waiting,
    failed: row.failed,
    lastDeliveredAt: tsOrNull(row.last_delivered_at),
  }));
}

/** Switches a webhook off for good: its log stays, its secret is forgotten. @throws DomainError `not_found` */
export async function deleteWebhook(deps: WebhookDeps, principal: Principal, id: string): Promise<void> {
  const scope = scopeOf(principal);
  await deps.db.transaction(async (tx) => {
    const gone = await tx.query(
      `update webhooks set enabled = false, secret_enc = '' where id in
         (select w.id from ${FROM} where ${IN_SCOPE} and w.enabled and w.id = $3)`,
      [scope.regionPrefix, scope.clinicCode, id],
    );
    if (gone.rowCount === 0) throw noSuchWebhook(id);
    await tx.query(
      `update webhook_deliveries set state = 'failed', last_error = 'the webhook was deleted'
       where webhook_id = $1 and state = 'waiting'`,
      [id],
    );
    await deps.audit.record(tx, {
      actor: actorOf(principal),
      action: 'webhook.delete',
      subjectKind: 'webhook',
      subjectId: id,
      outcome: 'done',
    });
  });
}

const noSuchWebhook = (id: string): DomainError =>
  new DomainError('not_found', `there is no webhook ${id} here`, { remedy: 'See GET /v1/webhooks for what there is.' });

/** The log of one webhook, the newest first. @throws DomainError `not_found` */
export async function listDeliveries(
  db: Queryable,
  scope: Scope,
  webhookId: string,
  query: {
    readonly limit: number;
    readonly cursor?: string | undefined;
    readonly state?: DeliveryView['state'] | undefined;
  },
): Promise<{ items: DeliveryView[]; nextCursor: string | null }> {
  const known = await db.query(`select 1 from ${FROM} where ${IN_SCOPE} and w.id = $3`, [
    scope.regionPrefix,
    scope.clinicCode,
    webhookId,
  ]);
  if (known.rowCount === 0) throw noSuchWebhook(webhookId);
  const place = placeOf(query.cursor);
  const { rows } = await db.query<{
    id: string;
    topic: WebhookTopic;
    subject_id: string;
    state: DeliveryView['state'];
    attempts: number;
    last_status: number | null;
    last_error: string | null;
    created_at: number;
    delivered_at: number | null;
  }>(
    `select id, topic, subject_id, state, attempts, last_status, last_error, created_at, delivered_at
     from webhook_deliveries
     where webhook_id = $1 and ($2::text is null or state = $2)
       and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
     order by created_at desc, id desc limit $5`,
    [webhookId, query.state ?? null, place === null ? null : ts(place.at), place?.id ?? null, query.limit + 1],
  );
  const page = pageOf(rows, query.limit, (row) => placeKey({ at: row.created_at, id: row.id }));
  return {
    items: page.items.map((row) => ({
      id: row.id,
      topic: row.topic,
      subjectId: row.subject_id,
      state: row.state,
      attempts: row.attempts,
      lastStatus: row.last_status,
      lastError: row.last_error,
      createdAt: ts(row.created_at),
      deliveredAt: tsOrNull(row.delivered_at),
    })),
    nextCursor: page.nextCursor,
  };
}
