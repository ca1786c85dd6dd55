import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { enqueueClinicReplay, waitsForClinic } from '../../../src/ledgers/claims/replay.ts';
import { getSettlement } from '../../../src/ledgers/claims/settlement.store.ts';
import { ensureMonthPartitions } from '../../../src/platform/partitions.ts';
import * as messages from '../../unit/claims/messages.ts';
import {
  ADMIN,
  CLINIC,
  type ClaimsHarness,
  createClaimsHarness,
  FAR_SUPERVISOR,
  HIS,
  MIRROR,
  SUPERVISOR,
} from './support.ts';

interface Counts {
  sent: number;
  accepted: number;
  duplicate: number;
  quarantined: number;
  byReason: Record<string, number>;
  openQuarantine: number;
}
interface Item {
  id: string;
  reason: string;
  state: string;
  msgid: string | null;
  shape?: string[];
}
interface Page {
  items: Item[];
  nextCursor: string | null;
  counts: Record<string, number>;
}
interface Mapping {
  id: string;
  replay: { done: boolean; healed: number; unhealed: number };
}

let harness: ClaimsHarness;
beforeAll(async () => {
  harness = await createClaimsHarness();
});
afterAll(() => harness.close());

const intake = (): Promise<Counts> => harness.get('/v1/claims/intake');
const page = (query = ''): Promise<Page> => harness.get(`/v1/claims/quarantine${query}`);

/** The visit's id under a name that no table knows. */
function misnamed(visit: string, key: string, infno = '2207', setl = `S-${visit}`): messages.Pair {
  const pair = infno === '2207' ? messages.settlement(setl, visit) : messages.trial(visit);
  const fields = messages.inputOf(pair);
  fields[key] = visit;
  delete fields.mdtrt_id;
  if (pair.response) delete messages.outputOf(pair, 'setlinfo').mdtrt_id;
  return pair;
}

describe('whatever comes over the wire', () => {
  it.each<[string, string | Buffer, string | null, string]>([
    ['nothing', '', null, 'unparsable'],
    ['nothing, said to be JSON', '', 'application/json', 'unparsable'],
    ['half a message', '{"request":{"infno":"2207"', 'application/json', 'unparsable'],
    ['bytes', Buffer.from([0, 255, 1, 128]), 'application/octet-stream', 'unparsable'],
    ['a form', 'request=1', 'application/x-www-form-urlencoded', 'unparsable'],
    ['a content type that is none', '{}', 'what?!;;', 'not_a_pair'],
    ['an upload', '--x\r\n\r\n--x--', 'multipart/form-data; boundary=x', 'unparsable'],
    ['a body over the limit', `{"request":"${'x'.repeat(1_200_000)}"}`, 'application/json', 'too_large'],
    ['brackets', '['.repeat(200_000), 'application/json', 'unparsable'],
    ['nested brackets', `${'['.repeat(90_000)}${']'.repeat(90_000)}`, 'application/json', 'too_deep'],
  ])('%s is answered 200 and -1, and counted', async (_name, payload, contentType, reason) => {
    const before = await intake();
    const response = await harness.sendRaw(payload, { contentType });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({ infcode: -1, output: { outcome: 'quarantined', quarantine: { reason } } });
    expect(response.json<{ err_msg: string }>().err_msg.length).toBeGreaterThan(5);
    expect((await intake()).quarantined).toBe(before.quarantined + 1);
  });

  it('a message is understood under any content type', async () => {
    for (const contentType of ['text/plain', 'application/xml', null]) {
      const response = await harness.sendRaw(JSON.stringify(messages.trial('W1')), { contentType });
      expect(response.json()).toMatchObject({ infcode: 0 });
    }
  });

  it('a sender that hangs up in the middle leaves the server standing', async () => {
    await harness.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = harness.app.server.address() as AddressInfo;
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(
          'POST /v1/claims/messages HTTP/1.1\r\nhost: x\r\nx-test-as: mirror\r\ncontent-length: 500\r\n\r\n{"requ',
        );
        socket.end();
      });
      socket.on('error', () => undefined);
      socket.on('close', () => resolve());
      socket.resume();
    });
    expect((await harness.send(messages.trial('W2'))).infcode).toBe(0);
  });

  it('counts under the sender’s clinic what names none that he may speak for', async () => {
    const before = await harness.get<Counts>('/v1/claims/intake', HIS);
    await harness.sendRaw('nonsense', { as: HIS });
    await harness.send(messages.trial('W3', { fixmedins_code: 'H99999999999' }), HIS);
    const after = await harness.get<Counts>('/v1/claims/intake', HIS);
    expect(after.sent - before.sent).toBe(2);
    expect(after.byReason).toMatchObject({ unparsable: 1, not_yours: 1 });
  });
});

describe('a name that nobody knew', () => {
  it('is mapped, and what it kept out is taken in: counts keep their sum', async () => {
    const sent = [misnamed('Q1', 'jzid'), misnamed('Q2', 'jzid'), misnamed('Q3', 'jzid', '2206')];
    for (const pair of sent) expect((await harness.send(pair)).output.quarantine?.reason).toBe('missing_field');
    const before = await intake();
    const { status, body } = await harness.call<Mapping>('POST', '/v1/claims/mappings', {
      infno: '2207',
      fromKey: 'jzid',
      toKey: 'mdtrt_id',
      note: 'a vendor',
    });
    expect(status).toBe(201);
    expect(body.replay).toMatchObject({ done: true, healed: 2 });
    const after = await intake();
    expect(after.accepted - before.accepted).toBe(2);
    expect(after.quarantined - before.quarantined).toBe(-2);
    expect(after.sent).toBe(before.sent);
    expect(after.openQuarantine).toBe(after.quarantined);
    expect((await getSettlement(harness.runtime.db, { setlId: 'S-Q1' }))?.mdtrtId).toBe('Q1');
    expect((await page('?state=replayed')).items).toHaveLength(2);
    expect((await harness.send(misnamed('Q9', 'jzid'))).infcode).toBe(0);
    expect((await harness.send(sent[0])).output.outcome).toBe('duplicate');
    expect((await harness.send(sent[2])).output.outcome).toBe('quarantined');
  });

  it('shows its message’s names without their values', async () => {
    const [item] = (await page('?infno=2206&reason=missing_field')).items;
    const one = await harness.get<Item>(`/v1/claims/quarantine/${item?.id}`);
    expect(one.shape).toContain('request.input.data.jzid: string');
    expect(JSON.stringify(one)).not.toContain('P0001');
    expect(await harness.get(`/v1/claims/quarantine/${item?.id}`, FAR_SUPERVISOR)).toHaveProperty('error');
  });

  it('cannot be mapped twice, nor to a field that there is not; and is forgotten when its mapping is deleted', async () => {
    const again = await harness.call('POST', '/v1/claims/mappings', {
      infno: '2207',
      fromKey: 'jzid',
      toKey: 'psn_no',
    });
    expect(again.status).toBe(409);
    const nowhere = await harness.call('POST', '/v1/claims/mappings', {
      infno: null,
      fromKey: 'a',
      toKey: 'no_such_field',
    });
    expect(nowhere.status).toBe(400);
    const { items } = await harness.get<{ items: Mapping[] }>('/v1/claims/mappings');
    expect((await harness.call('DELETE', `/v1/claims/mappings/${items[0]?.id}`)).status).toBe(200);
    expect((await harness.call('DELETE', `/v1/claims/mappings/${items[0]?.id}`)).status).toBe(404);
    expect((await harness.send(misnamed('Q10', 'jzid'))).output.outcome).toBe('quarantined');
  });

  it('that kept out hundreds is worked off in the background, each message once', async () => {
    const n = 130;
    await Promise.all(Array.from({ length: n }, (_, i) => harness.send(misnamed(`B${i}`, 'bulk_id', '2206'))));
    const before = await intake();
    const { body } = await harness.call<Mapping>('POST', '/v1/claims/mappings', {
      infno: '2206',
      fromKey: 'bulk_id',
      toKey: 'mdtrt_id',
    });
    expect(body.replay.done).toBe(false);
    const [handler] = harness.claims.handlers;
    const { rows } = await harness.runtime.db.query<{ payload: unknown }>(
      `select payload from outbox where topic = 'claims.replay' and payload->>'mappingId' = $1`,
      [body.id],
    );
    for (let round = 0; round < 2; round++) {
      await handler?.handle({
        payload: rows[0]?.payload as never,
        once: (effects) => harness.runtime.db.transaction(effects),
      });
    }
    const { items } = await harness.get<{ items: Mapping[] }>('/v1/claims/mappings');
    expect(items.find((mapping) => mapping.id === body.id)?.replay).toMatchObject({ done: true, healed: n });
    const after = await intake();
    expect([after.accepted - before.accepted, after.quarantined - before.quarantined]).toEqual([n, -n]);
  });
});

describe('one message in quarantine', () => {
  it('is replayed by hand, once, even by two at the same instant', async () => {
    const pair = messages.trial('R1', { fixmedins_code: 'H41162499999' });
    const id = (await harness.send(pair)).output.quarantine?.id;
    const still = await harness.call<{ outcome: string; reason: string }>('POST', `/v1/claims/quarantine/${id}/replay`);
    expect(still.body).toMatchObject({ outcome: 'quarantined', reason: 'unknown_clinic' });
    await harness.runtime.db.query(
      `insert into clinics (code, name, region_code, created_at) values ('H41162499999', '新', '411624', now())`,
    );
    const before = await intake();
    const both = await Promise.all(
      [1, 2].map(() => harness.call<{ outcome: string }>('POST', `/v1/claims/quarantine/${id}/replay`)),
    );
    expect(both.map((one) => one.status).sort()).toEqual([200, 409]);
    expect((await intake()).sent).toBe(before.sent);
  });

  it('is set aside with a reason, and stays in the counts', async () => {
    const id = (await harness.sendRaw('rubbish')).json<{ output: { quarantine: { id: string } } }>().output.quarantine
      .id;
    const before = await intake();
    expect((await harness.call('POST', `/v1/claims/quarantine/${id}/discard`, { note: '' })).status).toBe(400);
    const gone = await harness.call<Item>('POST', `/v1/claims/quarantine/${id}/discard`, {
      note: 'a test of the vendor',
    });
    expect(gone.body.state).toBe('discarded');
    expect((await harness.call('POST', `/v1/claims/quarantine/${id}/discard`, { note: 'again' })).status).toBe(409);
    const after = await intake();
    expect(after).toMatchObject({
      sent: before.sent,
      quarantined: before.quarantined,
      openQuarantine: before.openQuarantine - 1,
    });
    expect(after.byReason).toEqual(before.byReason);
  });

  it('is taken in by itself when its clinic is registered', async () => {
    const { db, outbox } = harness.runtime;
    const code = 'H41162488888';
    await harness.send(messages.trial('R2', { fixmedins_code: code }));
    expect(await waitsForClinic(db, code)).toBe(false);
    await db.query(`insert into clinics (code, name, region_code, created_at) values ($1, '新', '411624', now())`, [
      code,
    ]);
    expect(await waitsForClinic(db, code)).toBe(true);
    await db.transaction((tx) => enqueueClinicReplay(outbox, tx, code));
    const [handler] = harness.claims.handlers;
    await handler?.handle({
      payload: { mappingId: null, clinicCode: code, after: null } as never,
      once: (effects) => db.transaction(effects),
    });
    expect(await waitsForClinic(db, code)).toBe(false);
    expect(await harness.get(`/v1/claims/intake?clinic=${code}`)).toMatchObject({ accepted: 1, quarantined: 0 });
    expect(await harness.claims.replays.ofRegisteredClinics()).toEqual({ healed: 0, unhealed: 0 });
  });

  it('is found page by page', async () => {
    const seen: string[] = [];
    let cursor = '';
    do {
      const next: Page = await page(`?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...next.items.map((item) => item.id));
      cursor = next.nextCursor ?? '';
    } while (cursor !== '');
    const { openQuarantine } = await intake();
    expect(new Set(seen).size).toBe(openQuarantine);
    expect(Object.values((await page()).counts).reduce((sum, n) => sum + n, 0)).toBe(openQuarantine);
  });
});

it('nobody sees the intake who neither sends, reads nor maps claims', async () => {
  const camera = { ...MIRROR, name: 'camera', role: 'camera' } as const;
  for (const path of ['intake', 'quarantine', 'mappings']) {
    expect(await harness.get(`/v1/claims/${path}`, camera)).toHaveProperty('error');
    for (const principal of [ADMIN, SUPERVISOR, HIS]) {
      expect(await harness.get(`/v1/claims/${path}`, principal)).not.toHaveProperty('error');
    }
  }
});

it('a program error costs no message: it is kept, and healed by a replay', async () => {
  const { db } = harness.runtime;
  await db.query('alter table claim_events rename to claim_events_away');
  const answer = await harness.send(messages.trial('R3'));
  await db.query('alter table claim_events_away rename to claim_events');
  expect(answer.output.quarantine?.reason).toBe('internal_error');
  expect(await harness.call('POST', `/v1/claims/quarantine/${answer.output.quarantine?.id}/replay`)).toMatchObject({
    body: { outcome: 'accepted' },
  });
});

it('months have partitions, made ahead and again without harm', async () => {
  const { db, clock } = harness.runtime;
  await ensureMonthPartitions(db, clock.now());
  await ensureMonthPartitions(db, clock.now());
  const pair = messages.settlement('S-NEXT', 'NEXT', { inf_time: '2026-04-20 08:50:00' });
  messages.outputOf(pair, 'setlinfo').setl_time = '2026-04-20 08:50:01';
  if (pair.response) pair.response.refmsg_time = '20260420085001000';
  clock.set(Date.parse('2026-04-20T09:00:00+08:00'));
  expect((await harness.send(pair)).infcode).toBe(0);
  const { rows } = await db.query<{ at: string }>(
    `select tableoid::regclass::text as at from settlements where setl_id = 'S-NEXT'`,
  );
  expect(rows[0]?.at).toBe('settlements_202604');
  expect(CLINIC).toBe((await getSettlement(db, { setlId: 'S-NEXT' }))?.clinicCode);
});
