import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import { ts } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/ids.ts';
import { startHandlers, startPublisher } from '../../../src/platform/outbox.ts';
import { createJobQueues, type JobQueues } from '../../../src/platform/queue.ts';
import { decisionChanged, reconcileTopics } from '../../../src/reconcile/reconcile.topics.ts';
import {
  asHeader,
  CLINIC,
  createWorld,
  elsewhere,
  NOW,
  OTHER_CLINIC,
  supervisor,
  type World,
  writeFinding,
} from './world.ts';

const admin: Principal = { ...supervisor, name: 'root', role: 'admin' };

let world: World;
let queues: JobQueues;
let running: { close(): Promise<void> }[];
beforeAll(async () => {
  world = await createWorld();
  const { db, clock, log } = world.runtime;
  queues = createJobQueues({ connectionString: db.connectionString, redisUrl: undefined, log });
  const topics = [...reconcileTopics, ...world.review.topics];
  running = [
    await startPublisher({ db, queues, topics, clock, log }),
    await startHandlers({ db, queues, handlers: world.review.handlers, concurrency: 2, log }),
  ];
});
afterAll(async () => {
  for (const part of running) await part.close();
  await queues.close();
  await world.close();
});

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver that answers by script and hands out what it got. */
async function receiver(statuses: readonly number[]): Promise<{
  url: string;
  next(): Promise<Received>;
  received: Received[];
  server: Server;
}> {
  const received: Received[] = [];
  let wake = (): void => undefined;
  let taken = 0;
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      const status = statuses[received.length - 1] ?? statuses.at(-1) ?? 200;
      response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end();
      wake();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    server,
    received,
    next: async () => {
      for (;;) {
        const found = received[taken];
        if (found) {
          taken += 1;
          return found;
        }
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

async function register(url: string, topics: string[], as = admin): Promise<{ id: string; secret: string }> {
  const answer = await world.post('/v1/webhooks', { url, topics }, as);
  expect(answer.status).toBe(201);
  return answer.body;
}

async function seedHold(clinicCode = CLINIC): Promise<string> {
  const id = newId();
  const { db } = world.runtime;
  await db.query(
    `insert into decisions (id, subject_key, clinic_code, mdtrt_id, msgid, clearing_month, fund_fen, decision, reasons,
       deadline_at, state, decided_at, updated_at)
     values ($1::uuid, 'visit:' || $1::text, $2, 'M1', 'm1', '2026-03', 1742, 'hold', $3, $4, 'standing', $5, $5)`,
    [
      id,
      clinicCode,
      JSON.stringify([{ code: 'dead', rule: 'A8@1', zh: '名单', en: 'list' }]),
      ts(NOW + 600_000),
      ts(NOW),
    ],
  );
  return id;
}

const announce = (decisionId: string, change: 'held' | 'released'): Promise<void> =>
  world.runtime.db.transaction((tx) => world.runtime.outbox.add(tx, decisionChanged, { decisionId, change }));

/** Deliveries of a webhook once all have left the state of waiting. */
async function settled(
  webhookId: string,
): Promise<{ state: string; attempts: number; topic: string; lastStatus: number | null }[]> {
  for (;;) {
    const {
      body,
    }: { body: { items: { state: string; attempts: number; topic: string; lastStatus: number | null }[] } } =
      await world.get(`/v1/webhooks/${webhookId}/deliveries`, admin);
    if (body.items.length > 0 && body.items.every(({ state }) => state !== 'waiting')) return body.items;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

it('a hold reaches a receiver that fails twice, signed, and once', async () => {
  const target = await receiver([500, 503, 200]);
  const { id: webhookId, secret } = await register(target.url, ['decision.held']);
  const decisionId = await seedHold();
  await announce(decisionId, 'held');
  await announce(decisionId, 'held'); // told twice, sent once
  const [first, , third] = [await target.next(), await target.next(), await target.next()];
  expect(third.body).toBe(first.body);
  const [, time = '', mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(third.headers['x-claimsight-signature'])) ?? [];
  expect(createHmac('sha256', secret).update(`${time}.${third.body}`).digest('hex')).toBe(mac);
  expect(JSON.parse(third.body)).toMatchObject({
    topic: 'decision.held',
    data: { decisionId, deadline: ts(NOW + 600_000), default: 'allow', reasons: [{ code: 'dead' }] },
  });
  expect(await settled(webhookId)).toEqual([
    expect.objectContaining({ state: 'delivered', attempts: 3, topic: 'decision.held', lastStatus: 200 }),
  ]);
  expect(target.received).toHaveLength(3);
  target.server.close();
});

it('tells of pre-event warnings unless asked for more, and only of its own region', async () => {
  const target = await receiver([204]);
  const far = await receiver([204]);
  const { id } = await register(target.url, ['alert.raised']);
  await register(far.url, ['alert.raised'], { ...elsewhere, role: 'admin' });
  await writeFinding(world, { incidentKey: `visit:${CLINIC}:hook-in`, phase: 'in' });
  await world.apply(`visit:${CLINIC}:hook-in`);
  await writeFinding(world, { incidentKey: `visit:${CLINIC}:hook-pre`, rule: 'A8', phase: 'pre' });
  await world.apply(`visit:${CLINIC}:hook-pre`);
  await writeFinding(world, {
    incidentKey: `visit:${OTHER_CLINIC}:hook-far`,
    rule: 'A8',
    phase: 'pre',
    clinicCode: OTHER_CLINIC,
  });
  await world.apply(`visit:${OTHER_CLINIC}:hook-far`);
  expect(JSON.parse((await target.next()).body)).toMatchObject({
    topic: 'alert.raised',
    data: { phase: 'pre', clinicCode: CLINIC },
  });
  expect(JSON.parse((await far.next()).body)).toMatchObject({ data: { clinicCode: OTHER_CLINIC } });
  expect(await settled(id)).toHaveLength(1);
  target.server.close();
  far.server.close();
});

it('follows no redirect, and gives up for good where the receiver is gone', async () => {
  const target = await receiver([302, 410]);
  const { id } = await register(target.url, ['decision.released']);
  const decisionId = await seedHold();
  await announce(decisionId, 'released');
  await target.next();
  await target.next();
  expect(await settled(id)).toEqual([expect.objectContaining({ state: 'failed', attempts: 2, lastStatus: 410 })]);
  target.server.close();
});

it('shows the secret once, keeps it encrypted, and forgets it with the webhook', async () => {
  const { id, secret } = await register('http://10.0.0.9/x', ['decision.held']);
  const listed = await world.get('/v1/webhooks', admin);
  expect(JSON.stringify(listed.body)).not.toContain(secret);
  const { rows } = await world.runtime.db.query<{ secret_enc: Buffer }>(
    'select secret_enc from webhooks where id = $1',
    [id],
  );
  expect(rows[0]?.secret_enc.toString('latin1')).not.toContain(secret);
  const outside = await world.app.inject({
    method: 'DELETE',
    url: `/v1/webhooks/${id}`,
    headers: asHeader({ ...elsewhere, role: 'admin' }),
  });
  expect(outside.statusCode).toBe(404);
  const deleted = await world.app.inject({ method: 'DELETE', url: `/v1/webhooks/${id}`, headers: asHeader(admin) });
  expect(deleted.statusCode).toBe(204);
  const after = await world.runtime.db.query<{ enabled: boolean; size: number }>(
    'select enabled, length(secret_enc) as size from webhooks where id = $1',
    [id],
  );
  expect(after.rows).toEqual([{ enabled: false, size: 0 }]);
  expect(
    (await world.post('/v1/webhooks', { url: 'http://169.254.169.254/', topics: ['decision.held'] }, admin)).status,
  ).toBe(400);
});
