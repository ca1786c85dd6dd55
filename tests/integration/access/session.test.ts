import cookie from '@fastify/cookie';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAccess } from '../../../src/access/access.ts';
import { type AccessWorld, CLINIC, createAccessWorld, OTHER_CLINIC, PASSWORD } from './access-app.ts';

let world: AccessWorld;
beforeAll(async () => {
  world = await createAccessWorld();
});
afterAll(() => world.close());

const tryLogIn = (username: string, password: string, address = '10.0.0.1') =>
  world.app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { username, password },
    remoteAddress: address,
  });

const MINUTE = 60_000;

it('lets a person in with a cookie that no script and no other site can use', async () => {
  const answer = await tryLogIn('shenqiu', PASSWORD);
  expect(answer.statusCode).toBe(200);
  expect(String(answer.headers['set-cookie'])).toMatch(/^cs_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  expect(answer.json()).toMatchObject({ user: { username: 'shenqiu', role: 'supervisor', regionCode: '411624' } });
  const token = String(answer.headers['set-cookie']).split(/[=;]/)[1] ?? '';
  const { rows } = await world.runtime.db.query<{ text: string }>('select s::text as text from sessions s');
  expect(rows.some((row) => row.text.includes(token))).toBe(false);
});

it('keeps strangers out of everything but the log-in', async () => {
  expect((await world.app.inject({ method: 'GET', url: '/v1/clinics' })).statusCode).toBe(401);
  expect((await world.app.inject({ method: 'GET', url: '/v1/session' })).statusCode).toBe(401);
  const forged = { authorization: `Bearer cs_${'A'.repeat(43)}` };
  expect((await world.app.inject({ method: 'GET', url: '/v1/clinics', headers: forged })).statusCode).toBe(401);
});

it('refuses a change that comes without the session’s CSRF token', async () => {
  const admin = await world.logIn('admin');
  const { 'x-csrf-token': _, ...cookieOnly } = admin.headers;
  const change = { method: 'PUT', url: '/v1/regions/411624001001', payload: { name: '村' } } as const;
  expect((await world.app.inject({ ...change, headers: cookieOnly })).json()).toMatchObject({
    error: { code: 'csrf' },
  });
  const other = await world.logIn('shenqiu-admin');
  const crossed = { ...cookieOnly, 'x-csrf-token': other.headers['x-csrf-token'] ?? '' };
  expect((await world.app.inject({ ...change, headers: crossed })).statusCode).toBe(403);
  expect((await admin.call('PUT', '/v1/regions/411624001001', { name: '村' })).status).toBe(200);
});

it('tells a reloaded page its CSRF token again', async () => {
  const admin = await world.logIn('admin');
  const again = await admin.call('GET', '/v1/session');
  expect(again.body).toMatchObject({ csrfToken: admin.headers['x-csrf-token'] });
});

it('ends a session that is idle for half an hour, and any after twelve hours', async () => {
  const idle = await world.logIn('reader');
  world.runtime.clock.advance(29 * MINUTE);
  expect((await idle.call('GET', '/v1/session')).status).toBe(200);
  world.runtime.clock.advance(29 * MINUTE);
  expect((await idle.call('GET', '/v1/session')).status).toBe(200);
  world.runtime.clock.advance(31 * MINUTE);
  expect((await idle.call('GET', '/v1/session')).status).toBe(401);

  const busy = await world.logIn('reader');
  for (let minutes = 0; minutes < 12 * 60; minutes += 20) {
    expect((await busy.call('GET', '/v1/session')).status).toBe(200);
    world.runtime.clock.advance(20 * MINUTE);
  }
  expect((await busy.call('GET', '/v1/session')).status).toBe(401);
});

it('ends a session at log-out', async () => {
  const reader = await world.logIn('reader');
  expect((await reader.call('DELETE', '/v1/session')).status).toBe(204);
  expect((await reader.call('GET', '/v1/session')).status).toBe(401);
});

it('locks a name after five wrong tries, and says the same of a name that does not exist', async () => {
  const answers = async (username: string) => {
    const seen: string[] = [];
    for (let i = 0; i < 6; i++) {
      const answer = await tryLogIn(username, 'wrong password 1', '10.0.0.2');
      seen.push(`${answer.statusCode} ${answer.body}`);
    }
    return seen;
  };
  const known = await answers('huaiyang');
  expect(await answers('nobody')).toEqual(known);
  expect(known.map((text) => text.slice(0, 3))).toEqual(['401', '401', '401', '401', '401', '429']);
  expect((await tryLogIn('huaiyang', PASSWORD)).statusCode).toBe(429);
  world.runtime.clock.advance(16 * MINUTE);
  expect((await tryLogIn('huaiyang', PASSWORD)).statusCode).toBe(200);
});

it('gives a hundred tries at once no more guesses than five', async () => {
  const tries = await Promise.all(
    Array.from({ length: 12 }, (_, i) => tryLogIn('wires', `wrong guess ${i}`, `10.1.0.${i}`)),
  );
  expect(tries.filter((answer) => answer.statusCode === 401)).toHaveLength(5);
  expect(tries.filter((answer) => answer.statusCode === 429)).toHaveLength(7);
});

it('locks an address that tries many names', async () => {
  const statuses: number[] = [];
  for (let i = 0; i < 51; i++) statuses.push((await tryLogIn(`name${i}`, 'x1', '10.9.9.9')).statusCode);
  expect(statuses.slice(0, 50).every((status) => status === 401)).toBe(true);
  expect(statuses[50]).toBe(429);
});

it('writes down each log-in with its outcome, and never what an unknown person typed', async () => {
  const { rows } = await world.runtime.db.query<{ actor: string; outcome: string }>(
    `select distinct actor, outcome from audit_entries where action = 'session.login'`,
  );
  expect(rows).toContainEqual({ actor: 'user:shenqiu', outcome: 'done' });
  expect(rows).toContainEqual({ actor: 'user:huaiyang', outcome: 'refused' });
  expect(rows).toContainEqual({ actor: 'user:unknown', outcome: 'refused' });
  expect(rows.some((row) => row.actor.includes('nobody'))).toBe(false);
});

it('lets a person change his password, which ends his sessions', async () => {
  const reader = await world.logIn('reader');
  const easy = { oldPassword: PASSWORD, newPassword: 'reader2026' };
  expect((await reader.call('PUT', '/v1/session/password', easy)).status).toBe(400);
  const change = { oldPassword: PASSWORD, newPassword: 'another long one 7' };
  expect((await reader.call('PUT', '/v1/session/password', change)).status).toBe(204);
  expect((await reader.call('GET', '/v1/session')).status).toBe(401);
  expect((await tryLogIn('reader', change.newPassword)).statusCode).toBe(200);
  expect((await tryLogIn('reader', PASSWORD)).statusCode).toBe(401);
});

it('shows a role only what it may do', async () => {
  const wires = await world.withKey('integrator', { regionCode: '4116' });
  expect((await wires.call('GET', '/v1/clinics')).status).toBe(200);
  expect((await wires.call('GET', '/v1/users')).body).toMatchObject({ error: { code: 'forbidden' } });
  const camera = await world.withKey('camera', { clinicCode: CLINIC, cameraId: 'cam-1' });
  expect((await camera.call('GET', '/v1/clinics')).status).toBe(403);
});

it('answers 404 for a clinic of another region, as for one that does not exist', async () => {
  const shenqiu = await world.logIn('shenqiu');
  expect((await shenqiu.call('GET', `/v1/clinics/${CLINIC}`)).status).toBe(200);
  expect((await shenqiu.call('GET', `/v1/clinics/${OTHER_CLINIC}`)).status).toBe(404);
  expect((await shenqiu.call('GET', '/v1/clinics/H99999999999')).status).toBe(404);
  expect((await shenqiu.call('GET', '/v1/clinics')).body).toMatchObject({
    items: [{ code: CLINIC }],
    nextCursor: null,
  });
  const doctor = await world.logIn('doctor');
  expect((await doctor.call('GET', '/v1/clinics')).body).toMatchObject({ items: [{ code: CLINIC }] });
  expect((await doctor.call('GET', `/v1/clinics/${OTHER_CLINIC}`)).status).toBe(404);
});

it('does not start with a route that forgot to say who may use it', async () => {
  const app = Fastify();
  await app.register(cookie);
  const access = createAccess({
    ...world.runtime,
    audit: world.audit,
    wallClock: world.runtime.clock,
    cookieSecure: true,
  });
  await app.register(access.plugin);
  expect(() => app.get('/v1/forgotten', async () => 'open')).toThrow(/must declare/);
  expect(() => app.get('/v1/both', { config: { public: true, right: 'alerts.read' } }, async () => '')).toThrow();
  await app.close();
});
