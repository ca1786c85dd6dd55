import { afterAll, beforeAll, expect, it } from 'vitest';
import { listHousehold, listProxiesFor, listStaffOf, statusesOf } from '../../../src/people/people.store.ts';
import { type Caller, CLINIC, OTHER_CLINIC, waiting } from '../access/access-app.ts';
import { createPeopleWorld, idNumber, type PeopleWorld } from './people-world.ts';

let world: PeopleWorld;
let shenqiu: Caller;
let huaiyang: Caller;
let doctor: Caller;
const ZHANG_ID = idNumber('411624', '19530412', 23);

beforeAll(async () => {
  world = await createPeopleWorld();
  [shenqiu, huaiyang, doctor] = [
    await world.logIn('shenqiu'),
    await world.logIn('huaiyang'),
    await world.logIn('doctor'),
  ];
  const put = (psnNo: string, body: object) => shenqiu.call('PUT', `/v1/people/${psnNo}`, body);
  await put('P1', { name: '张三丰', certno: ZHANG_ID.toLowerCase(), household: 'H1', regionCode: '411624001' });
  await put('P2', { name: '李四', household: 'H1', regionCode: '411624001' });
  await put('P3', { name: '王五', regionCode: '411624002' });
});
afterAll(() => world.close());

const changes = async () => waiting(world.runtime, 'people.changed');

it('shows a person masked, to those of his region alone', async () => {
  const seen = (await shenqiu.call('GET', '/v1/people/P1')).body as Record<string, unknown>;
  expect(seen).toMatchObject({ name: '张**', sex: 'male', birthYear: 1953, hasPortrait: false });
  expect(seen.certno).toBe(`4116${'*'.repeat(12)}${ZHANG_ID.slice(-2)}`);
  expect(JSON.stringify(seen)).not.toContain('三丰');
  expect((await huaiyang.call('GET', '/v1/people/P1')).status).toBe(404);
  expect((await doctor.call('GET', '/v1/people/P1')).status).toBe(200);
  expect((await doctor.call('GET', '/v1/people/P3')).status).toBe(404);
});

it('keeps names and ID numbers unreadable in the database', async () => {
  const { rows } = await world.runtime.db.query<{ text: string }>('select p::text as text from persons p');
  const dump = rows.map((row) => row.text).join();
  expect(dump).not.toContain('张');
  expect(dump).not.toContain(Buffer.from('张三丰').toString('hex'));
  expect(dump).not.toContain(Buffer.from(ZHANG_ID).toString('hex'));
});

it('tells the name in the clear only with a purpose, and writes it down', async () => {
  expect((await shenqiu.call('POST', '/v1/people/P1/identity', {})).status).toBe(400);
  expect((await doctor.call('POST', '/v1/people/P1/identity', { purpose: 'curious' })).status).toBe(403);
  expect((await huaiyang.call('POST', '/v1/people/P1/identity', { purpose: 'curious' })).status).toBe(404);
  const told = await shenqiu.call('POST', '/v1/people/P1/identity', { purpose: '核查疑点' });
  expect(told.body).toMatchObject({ name: '张三丰', certno: ZHANG_ID });
  const { rows } = await world.runtime.db.query(
    `select actor, purpose, outcome from audit_entries where action = 'person.unmask' order by id`,
  );
  expect(rows).toEqual([
    { actor: 'user:huaiyang', purpose: 'curious', outcome: 'refused' },
    { actor: 'user:shenqiu', purpose: '核查疑点', outcome: 'done' },
  ]);
});

it('finds a person by ID number, within the region', async () => {
  const ask = { certno: ` ${ZHANG_ID.slice(0, 6)} ${ZHANG_ID.slice(6).toLowerCase()}` };
  expect((await shenqiu.call('POST', '/v1/people/lookup', ask)).body).toMatchObject({ items: [{ psnNo: 'P1' }] });
  expect((await huaiyang.call('POST', '/v1/people/lookup', ask)).body).toEqual({ items: [] });
});

it('refuses an ID number that cannot be one, without repeating it', async () => {
  const wrong = `${ZHANG_ID.slice(0, 17)}${ZHANG_ID[17] === '1' ? '2' : '1'}`;
  const answer = await shenqiu.call('PUT', '/v1/people/P9', { certno: wrong, regionCode: '411624001' });
  expect(answer.status).toBe(400);
  expect(JSON.stringify(answer.body)).not.toContain(wrong);
  const passport = { certType: '03', certno: 'E12345678', regionCode: '411624001' };
  expect((await shenqiu.call('PUT', '/v1/people/P9', passport)).status).toBe(200);
});

it('lets nobody write people of another region', async () => {
  expect((await huaiyang.call('PUT', '/v1/people/P1', { name: '坏人' })).status).toBe(404);
  expect((await huaiyang.call('PUT', '/v1/people/P7', { name: '坏人', regionCode: '411624001' })).status).toBe(400);
  expect((await shenqiu.call('POST', '/v1/people/P1/identity', { purpose: 'check' })).body).toMatchObject({
    name: '张三丰',
  });
});

it('keeps what a change leaves out, and tells of a household that changed', async () => {
  await shenqiu.call('PUT', '/v1/people/P2', { household: 'H2' });
  expect((await shenqiu.call('GET', '/v1/people/P2')).body).toMatchObject({ name: '李*', household: 'H2' });
  expect(await changes()).toContainEqual(expect.objectContaining({ what: 'household', psnNo: 'P2' }));
  await shenqiu.call('PUT', '/v1/people/P2', { household: 'H1' });
  expect(await listHousehold(world.runtime.db, 'P1')).toMatchObject([{ psnNo: 'P2' }]);
});

it('lists people by household, clinic and page', async () => {
  const list = async (caller: Caller, query: string) =>
    ((await caller.call('GET', `/v1/people?${query}`)).body as { items: { psnNo: string }[] }).items.map(
      (p) => p.psnNo,
    );
  expect(await list(shenqiu, 'household=H1')).toEqual(['P1', 'P2']);
  expect(await list(shenqiu, `clinicCode=${CLINIC}`)).toEqual(['P1', 'P2', 'P9']);
  expect(await list(shenqiu, 'regionCode=411624002')).toEqual(['P3']);
  expect(await list(huaiyang, '')).toEqual([]);
  expect((await shenqiu.call('GET', `/v1/people?clinicCode=${OTHER_CLINIC}`)).status).toBe(404);
});

it('registers a proxy once, tells of it, and revokes it from now on', async () => {
  const { db, clock } = world.runtime;
  const body = { psnNo: 'P1', proxyPsnNo: 'P3', relation: '子女' };
  const made = await doctor.call('POST', '/v1/proxies', body);
  expect(made.status).toBe(201);
  const { id } = made.body as { id: string };
  expect(await changes()).toContainEqual(
    // From the beginning of the day: who came this morning and registers now was a proxy when he came.
    expect.objectContaining({ what: 'proxy', psnNo: 'P1', from: Date.parse('2026-03-17T00:00:00+08:00'), to: null }),
  );
  expect((await doctor.call('POST', '/v1/proxies', body)).body).toMatchObject({ id });
  expect(await listProxiesFor(db, 'P1', clock.now())).toMatchObject([
    { proxyPsnNo: 'P3', registeredBy: 'user:doctor' },
  ]);
  clock.advance(60_000);
  expect((await huaiyang.call('DELETE', `/v1/proxies/${id}`)).status).toBe(404);
  expect((await doctor.call('DELETE', `/v1/proxies/${id}`)).status).toBe(204);
  expect(await listProxiesFor(db, 'P1', clock.now())).toEqual([]);
  expect(await listProxiesFor(db, 'P1', clock.now() - 1)).toHaveLength(1);
  expect(await changes()).toContainEqual(expect.objectContaining({ what: 'proxy', psnNo: 'P1', from: clock.now() }));
});

it('refuses proxies that make no sense', async () => {
  const post = (body: object) => doctor.call('POST', '/v1/proxies', { relation: 'x', ...body });
  expect((await post({ psnNo: 'P1', proxyPsnNo: 'P1' })).status).toBe(400);
  expect((await post({ psnNo: 'P1', proxyPsnNo: 'nobody' })).status).toBe(400);
  expect((await post({ psnNo: 'nobody', proxyPsnNo: 'P1' })).status).toBe(404);
  const times = { from: '2026-03-18T00:00:00Z', to: '2026-03-17T00:00:00Z' };
  expect((await post({ psnNo: 'P1', proxyPsnNo: 'P2', ...times })).status).toBe(400);
});

it('counts a death from the end of its day or month, replaces its date, and takes it back', async () => {
  const { db } = world.runtime;
  const say = (body: object) => shenqiu.call('POST', '/v1/people/P3/status', body);
  expect((await say({ what: 'dead', from: '2026-02' })).body).toMatchObject({ from: '2026-02-28T16:00:00.000Z' });
  const exact = await say({ what: 'dead', from: '2026-02-10' });
  expect(exact.body).toMatchObject({ from: '2026-02-10T16:00:00.000Z' });
  expect(await statusesOf(db, 'P3')).toHaveLength(1);
  expect((await say({ what: 'dead', from: 'yesterday' })).status).toBe(400);
  const { id } = exact.body as { id: string };
  expect((await huaiyang.call('DELETE', `/v1/people/P3/status/${id}`)).status).toBe(404);
  expect((await shenqiu.call('DELETE', `/v1/people/P3/status/${id}`)).status).toBe(204);
  expect(await statusesOf(db, 'P3')).toEqual([]);
  const told = (await changes()).filter((change) => change.what === 'status' && change.psnNo === 'P3');
  expect(told.map((change) => new Date(Number(change.from)).toISOString().slice(0, 10)).sort()).toEqual([
    '2026-02-10',
    '2026-02-28',
  ]);
});

it('keeps the staff of a clinic, with their time there', async () => {
  const { db, clock } = world.runtime;
  const put = (caller: Caller, body: object) => caller.call('PUT', '/v1/staff', { clinicCode: CLINIC, ...body });
  const made = await put(shenqiu, { staffNo: 'D411624000001', name: '赵医生', psnNo: 'P2' });
  expect(made.body).toMatchObject({ name: '赵**', psnNo: 'P2', activeTo: null });
  expect((await put(huaiyang, { staffNo: 'D1' })).status).toBe(404);
  expect(await changes()).toContainEqual(expect.objectContaining({ what: 'staff', clinicCode: CLINIC }));
  expect(await listStaffOf(db, CLINIC, clock.now())).toHaveLength(1);
  await put(shenqiu, { staffNo: 'D411624000001', activeTo: new Date(clock.now()).toISOString() });
  expect(await listStaffOf(db, CLINIC, clock.now() + 1)).toEqual([]);
  expect(await listStaffOf(db, CLINIC, clock.now() - 1)).toHaveLength(1);
});

it('takes filings of a clinic for itself alone', async () => {
  const filing = { what: 'outage', from: '2026-03-18T01:00:00Z', to: '2026-03-18T03:00:00Z' };
  expect((await doctor.call('POST', '/v1/filings', { clinicCode: OTHER_CLINIC, ...filing })).status).toBe(404);
  expect((await doctor.call('POST', '/v1/filings', { clinicCode: CLINIC, ...filing })).status).toBe(201);
  const listed = await doctor.call(
    'GET',
    `/v1/filings?clinicCode=${CLINIC}&from=2026-03-18T00:00:00Z&to=2026-03-19T00:00:00Z`,
  );
  expect(listed.body).toMatchObject({ items: [{ what: 'outage', from: '2026-03-18T01:00:00.000Z' }] });
  expect(await changes()).toContainEqual(expect.objectContaining({ what: 'filing', clinicCode: CLINIC }));
});
