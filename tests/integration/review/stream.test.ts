import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import type { AlertStreamEvent } from '../../../src/review/alerts.schemas.ts';
import {
  asHeader,
  CLINIC,
  city,
  createWorld,
  elsewhere,
  OTHER_CLINIC,
  raiseAlert,
  supervisor,
  type World,
} from './world.ts';

let world: World;
let port: number;
beforeAll(async () => {
  world = await createWorld({ streamLimits: { heartbeatMs: 50, patienceMs: 6_000, lifetimeMs: 600_000 } });
  await world.app.listen({ port: 0, host: '127.0.0.1' });
  port = (world.app.server.address() as AddressInfo).port;
});
afterAll(() => world.close());

interface Reader {
  /** The next event of this name. */
  next(name: 'ready' | 'alert'): Promise<{ id: string; data: AlertStreamEvent }>;
  comment(): Promise<void>;
  ended: Promise<void>;
  drop(): void;
  readonly response: IncomingMessage;
}

/** A console's EventSource, as far as this test needs one. */
async function connect(as: Principal, lastEventId?: string): Promise<Reader> {
  let outgoing: ClientRequest | undefined;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing = request(
      {
        port,
        host: '127.0.0.1',
        path: '/v1/alerts/stream',
        headers: { ...asHeader(as), ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) },
      },
      resolve,
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
  const frames: { name: string; id: string; data: AlertStreamEvent }[] = [];
  let comments = 0;
  let wake: () => void = () => undefined;
  let buffer = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    buffer += chunk;
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const lines = buffer.slice(0, end).split('\n');
      buffer = buffer.slice(end + 2);
      const field = (name: string): string =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      if (lines[0]?.startsWith(':')) comments += 1;
      else frames.push({ name: field('event'), id: field('id'), data: JSON.parse(field('data')) as AlertStreamEvent });
    }
    wake();
  });
  response.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => response.on('close', () => resolve()));
  const until = async <T>(take: () => T | undefined): Promise<T> => {
    for (;;) {
      const found = take();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return {
    next: (name) =>
      until(() => {
        const at = frames.findIndex((frame) => frame.name === name);
        return at < 0 ? undefined : frames.splice(at, 1)[0];
      }),
    comment: () => until(() => (comments > 0 ? true : undefined)).then(() => undefined),
    ended,
    drop: () => outgoing?.destroy(),
    response,
  };
}

const raise = (name: string, clinicCode = CLINIC): Promise<string> =>
  raiseAlert(world, { incidentKey: `visit:${clinicCode}:${name}`, clinicCode });

it('two consoles hear of an alert at once, each of its own region alone', async () => {
  const [mine, theirs, all] = await Promise.all([connect(supervisor), connect(elsewhere), connect(city)]);
  await Promise.all([mine, theirs, all].map((reader) => reader.next('ready')));
  const there = await raise('stream-there', OTHER_CLINIC);
  const here = await raise('stream-here');
  expect((await mine.next('alert')).data).toMatchObject({ action: 'raised', alert: { id: here, state: 'new' } });
  expect((await theirs.next('alert')).data.alert.id).toBe(there);
  expect([(await all.next('alert')).data.alert.id, (await all.next('alert')).data.alert.id]).toEqual([there, here]);
  await mine.comment();
  for (const reader of [mine, theirs, all]) reader.drop();
});

it('a console that lost its connection gets what it missed, once each and in order', async () => {
  const first = await connect(supervisor);
  await first.next('ready');
  const a = await raise('resume-a');
  const seen = await first.next('alert');
  expect(seen.data.alert.id).toBe(a);
  first.drop();
  const b = await raise('resume-b');
  await raise('resume-elsewhere', OTHER_CLINIC);
  await world.post(`/v1/alerts/${a}/steps`, { step: 'take', version: 1 });
  const again = await connect(supervisor, seen.id);
  await again.next('ready');
  const missed = [await again.next('alert'), await again.next('alert')];
  expect(missed.map(({ data }) => [data.action, data.alert.id])).toEqual([
    ['raised', b],
    ['take', a],
  ]);
  const c = await raise('resume-c');
  expect((await again.next('alert')).data.alert.id).toBe(c);
  again.drop();
});

it('begins far behind from the table, and with what is new where the number is none of ours', async () => {
  const everything = await connect(city, '0');
  const { rows } = await world.runtime.db.query<{ n: number }>('select count(*) as n from alert_events');
  const ids: number[] = [];
  for (let n = 0; n < (rows[0]?.n ?? 0); n++) ids.push(Number((await everything.next('alert')).id));
  expect(ids).toEqual(ids.map((_, i) => i + 1));
  everything.drop();
  const odd = await connect(city, '999999999');
  expect((await odd.next('ready')).id).toBe(String(ids.length));
  const fresh = await raise('odd');
  expect((await odd.next('alert')).data.alert.id).toBe(fresh);
  odd.drop();
});

it('a console that stops reading is sent away, others go on, and it resumes where it was', async () => {
  const accepted = once(world.app.server, 'connection') as Promise<[Socket]>;
  const slow = await connect(supervisor);
  const [socketOfSlow] = await accepted;
  const sentAway = once(socketOfSlow, 'close');
  const quick = await connect(supervisor);
  const start = (await slow.next('ready')).id;
  await quick.next('ready');
  slow.response.pause();
  const id = await raise('slow');
  // More than the sockets' buffers hold.
  await world.runtime.db.query(`update alerts set title_en = repeat('x', 200000) where id = $1`, [id]);
  const events = 60;
  await world.runtime.db.transaction(async (tx) => {
    for (let n = 0; n < events; n++) {
      await tx.query(
        `insert into alert_events (seq, alert_id, at, actor, action, shown) select max(seq) + 1, $1, now(), 'test', 'revised', true from alert_events`,
        [id],
      );
    }
    await tx.query(`select pg_notify('claimsight_alerts', '')`);
  });
  for (let n = 0; n <= events; n++) await quick.next('alert');
  await sentAway;
  const again = await connect(supervisor, start);
  for (let n = 0; n <= events; n++) expect(Number((await again.next('alert')).id)).toBe(Number(start) + n + 1);
  again.drop();
  quick.drop();
});

it('ends its streams when the process stops', async () => {
  const other = await createWorld();
  await other.app.listen({ port: 0, host: '127.0.0.1' });
  port = (other.app.server.address() as AddressInfo).port;
  const reader = await connect(supervisor);
  await reader.next('ready');
  await other.close();
  await reader.ended;
});
