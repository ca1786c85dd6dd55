import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAudit, verifyAudit } from '../../../src/access/audit.ts';
import { seedRegions } from '../../../src/access/regions.store.ts';
import { type AccessWorld, CLINIC, createAccessWorld, OTHER_CLINIC, PASSWORD, waiting } from './access-app.ts';

let world: AccessWorld;
beforeAll(async () => {
  world = await createAccessWorld();
});
afterAll(() => world.close());

const account = (username: string, more: object) => ({
  username,
  displayName: username,
  password: 'a good one 123',
  personNo: username,
  role: 'supervisor',
  ...more,
});

it('lets nobody make an account beyond his own region', async () => {
  const county = await world.logIn('shenqiu-admin');
  const make = (more: object, name = 'x1') => county.call('POST', '/v1/users', account(name, more));
  expect((await make({ regionCode: '4116' })).status).toBe(404);
  expect((await make({ regionCode: '411603' })).status).toBe(404);
  expect((await make({ role: 'clinic', clinicCode: OTHER_CLINIC })).status).toBe(404);
  expect((await make({})).status).toBe(400);
  expect((await make({ role: 'clinic', regionCode: '411624' })).status).toBe(400);
  expect((await make({ regionCode: '411624001' })).status).toBe(201);
  expect((await make({ regionCode: '411624001' })).body).toMatchObject({ error: { code: 'conflict' } });
  expect((await make({ regionCode: '411624001', password: 'short1' }, 'x2')).status).toBe(400);
});

it('neither shows nor changes accounts of another region', async () => {
  const city = await world.logIn('admin');
  const county = await world.logIn('shenqiu-admin');
  const all = (await city.call('GET', '/v1/users')).body as { items: { id: string; username: string }[] };
  const own = (await county.call('GET', '/v1/users')).body as { items: { username: string }[] };
  expect(own.items.map((user) => user.username).sort()).toEqual([
    'doctor',
    'shenqiu',
    'shenqiu-admin',
    'shenqiu-auditor',
    'shenqiu-guard',
    'x1',
  ]);
  const huaiyang = all.items.find((user) => user.username === 'huaiyang');
  expect((await county.call('PATCH', `/v1/users/${huaiyang?.id}`, { disabled: true })).status).toBe(404);
  expect((await county.call('PATCH', '/v1/users/none', { disabled: true })).status).toBe(404);
});

it('pages through accounts without losing one', async () => {
  const city = await world.logIn('admin');
  const seen: string[] = [];
  let cursor = '';
  do {
    const page = (await city.call('GET', `/v1/users?limit=3${cursor}`)).body as {
      items: { id: string }[];
      nextCursor: string | null;
    };
    seen.push(...page.items.map((user) => user.id));
    cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
  } while (cursor !== '');
  expect(new Set(seen).size).toBe(11);
  expect((await city.call('GET', '/v1/users?cursor=nonsense')).status).toBe(400);
});

it('locks a person out at once', async () => {
  const city = await world.logIn('admin');
  const reader = await world.logIn('reader');
  const me = (await reader.call('GET', '/v1/session')).body as { user: { id: string } };
  expect((await city.call('PATCH', `/v1/users/${me.user.id}`, { disabled: true })).body).toMatchObject({
    disabled: true,
  });
  expect((await reader.call('GET', '/v1/session')).status).toBe(401);
  const again = { username: 'reader', password: PASSWORD };
  expect((await world.app.inject({ method: 'POST', url: '/v1/session', payload: again })).statusCode).toBe(401);
});

it('keeps an administrator from taking his own rights away', async () => {
  const city = await world.logIn('admin');
  const me = (await city.call('GET', '/v1/session')).body as { user: { id: string } };
  expect((await city.call('PATCH', `/v1/users/${me.user.id}`, { disabled: true })).status).toBe(409);
});

it('gives a machine a key that works until it is revoked, and is stored nowhere', async () => {
  const county = await world.logIn('shenqiu-admin');
  const made = await county.call('POST', '/v1/api-keys', { name: 'HIS', role: 'his', clinicCode: CLINIC });
  expect(made.status).toBe(201);
  const { id, key } = made.body as { id: string; key: string };
  const headers = { authorization: `Bearer ${key}` };
  const asMachine = () => world.app.inject({ method: 'GET', url: '/v1/clinics', headers });
  expect((await asMachine()).json()).toMatchObject({ items: [{ code: CLINIC }] });
  const { rows } = await world.runtime.db.query<{ text: string }>('select k::text as text from api_keys k');
  expect(rows.some((row) => row.text.includes(key.slice(3)))).toBe(false);
  expect(JSON.stringify((await county.call('GET', '/v1/api-keys')).body)).not.toContain(key);
  expect((await county.call('DELETE', `/v1/api-keys/${id}`)).status).toBe(204);
  expect((await asMachine()).statusCode).toBe(401);
});

it('binds camera keys to a camera and its clinic', async () => {
  const county = await world.logIn('shenqiu-admin');
  const make = (more: object) => county.call('POST', '/v1/api-keys', { name: 'cam', role: 'camera', ...more });
  expect((await make({ clinicCode: CLINIC })).status).toBe(400);
  expect((await make({ regionCode: '411624', cameraId: 'c1' })).status).toBe(400);
  expect((await make({ clinicCode: OTHER_CLINIC, cameraId: 'c1' })).status).toBe(404);
  expect((await make({ clinicCode: CLINIC, cameraId: 'c1' })).status).toBe(201);
});

it('registers clinics only with a good code, in a region that is known, and tells who waits for it', async () => {
  const county = await world.logIn('shenqiu-admin');
  const clinic = {
    name: '新村卫生室',
    regionCode: '411624002',
    openHours: [{ days: [1, 2, 3], from: '08:00', to: '12:00' }],
    mode: 'hook',
  };
  const put = (code: string, more: object = {}) => county.call('PUT', `/v1/clinics/${code}`, { ...clinic, ...more });
  expect((await put('X41162400124')).status).toBe(400);
  expect((await put('H41162400124', { regionCode: '411624999' })).status).toBe(400);
  expect((await put('H41162400124', { openHours: [{ days: [8], from: '08:00', to: '12:00' }] })).status).toBe(400);
  expect((await put('H41162400124', { openHours: [{ days: [1], from: '8', to: '12:00' }] })).status).toBe(400);
  expect((await put(OTHER_CLINIC)).status).toBe(404);
  expect((await put('H41162400124')).body).toMatchObject({ mode: 'hook', faceRecognition: true });
  expect(await waiting(world.runtime, 'clinic.changed')).toContainEqual({ clinicCode: 'H41162400124' });
});

it('shows the tree of regions down from the city, to those below only their branch', async () => {
  const county = await world.logIn('shenqiu-admin');
  const { items } = (await county.call('GET', '/v1/regions?limit=500')).body as { items: { code: string }[] };
  expect(items.length).toBe(24);
  expect(items.every(({ code }) => '411624'.startsWith(code) || code.startsWith('411624'))).toBe(true);
  expect((await county.call('PUT', '/v1/regions/411603001001', { name: '村' })).status).toBe(404);
  expect((await county.call('PUT', '/v1/regions/411624777001', { name: '村' })).status).toBe(400);
  expect(await seedRegions(world.runtime.db, 'config/regions/zhoukou.csv')).toBe(221);
});

it('proves that nobody touched the audit trail, and finds who did', async () => {
  const { db, keyring } = world.runtime;
  const before = await verifyAudit({ db, keyring });
  expect(before).toMatchObject({ ok: true, firstBad: null });
  expect(before.records).toBeGreaterThan(10);

  await expect(db.query(`update audit_entries set actor = 'user:someone'`)).rejects.toThrow(/append-only/);
  await expect(db.query('delete from audit_entries_default')).rejects.toThrow(/append-only/);

  // Erasing what the law wants erased leaves the chain whole …
  const { rows } = await db.query<{ id: number }>('select id from audit_entries order by id limit 3');
  await db.query('update audit_entries set entry_enc = null, salt = null where id = $1', [rows[0]?.id]);
  expect(await verifyAudit({ db, keyring })).toMatchObject({ ok: true, erased: 1 });

  // … but someone who owns the database and changes a word is found.
  await db.query('alter table audit_entries_default disable trigger all');
  await db.query(`update audit_entries_default set outcome = 'failed' where id = $1`, [rows[2]?.id]);
  expect(await verifyAudit({ db, keyring })).toMatchObject({ ok: false, firstBad: rows[2]?.id });
});

it('keeps an audit entry only if the act itself was kept', async () => {
  const { db, clock, keyring } = world.runtime;
  const audit = createAudit({ clock, keyring });
  const act = db.transaction(async (tx) => {
    await audit.record(tx, { actor: 'user:x', action: 'test.act', outcome: 'done' });
    throw new Error('no');
  });
  await expect(act).rejects.toThrow('no');
  expect((await db.query(`select 1 from audit_entries where action = 'test.act'`)).rowCount).toBe(0);
});

it('shows an auditor the trail of his own region, and an administrator none', async () => {
  const administrator = await world.logIn('shenqiu-admin');
  expect((await administrator.call('GET', '/v1/audit')).status).toBe(403);
  const county = await world.logIn('shenqiu-auditor');
  const { items } = (await county.call('GET', '/v1/audit?limit=500')).body as { items: { actor: string }[] };
  expect(items.length).toBeGreaterThan(3);
  expect(items.some((entry) => entry.actor === 'user:admin')).toBe(false);
});
