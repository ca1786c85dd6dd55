import { afterAll, beforeAll, expect, it } from 'vitest';
import { createUser } from '../../../src/access/users.store.ts';
import { type AccessWorld, type Caller, createAccessWorld, PASSWORD } from './access-app.ts';

let world: AccessWorld;
let admin: Caller;
let guard: Caller;
beforeAll(async () => {
  world = await createAccessWorld();
  admin = await world.logIn('admin');
  guard = await world.logIn('guard');
});
afterAll(() => world.close());

const account = (username: string, more: object = {}) => ({
  username,
  displayName: username,
  personNo: `P-${username}`,
  password: 'a good one 123',
  role: 'first_reviewer',
  regionCode: '411624',
  ...more,
});
const tryLogIn = async (username: string, password = 'a good one 123') =>
  (await world.app.inject({ method: 'POST', url: '/v1/session', payload: { username, password } })).statusCode;
interface Waiting {
  readonly id: string;
  readonly username: string;
  readonly mine: boolean;
}
const waitingFor = async (username: string, as = guard): Promise<Waiting | undefined> =>
  ((await as.call('GET', '/v1/account-requests')).body as { items: Waiting[] }).items.find(
    (each) => each.username === username,
  );
const decide = async (username: string, approve = true, as = guard) => {
  const request = await waitingFor(username);
  return as.call('POST', `/v1/account-requests/${request?.id}/decision`, {
    approve,
    ...(!approve && { reason: '无' }),
  });
};
const make = (username: string, more: object = {}) => admin.call('POST', '/v1/users', account(username, more));

it('lets nobody in whom only the administrator wants in', async () => {
  const made = await make('chen');
  expect(made).toMatchObject({ status: 201, body: { state: 'pending', personNo: 'P-chen' } });
  expect(await tryLogIn('chen')).toBe(401);
  expect((await decide('chen', true, admin)).status).toBe(403);
  expect((await guard.call('POST', '/v1/users', account('chen2'))).status).toBe(403);
  expect((await decide('chen')).status).toBe(204);
  expect(await tryLogIn('chen')).toBe(200);
});

it('keeps a rejected account out for good, and asks for the reason', async () => {
  await make('qian');
  const request = await waitingFor('qian');
  const silent = { approve: false };
  expect((await guard.call('POST', `/v1/account-requests/${request?.id}/decision`, silent)).status).toBe(400);
  expect((await decide('qian', false)).status).toBe(204);
  expect(await tryLogIn('qian')).toBe(401);
});

it('holds a wider role back until the second of two has seen it, and ends the sessions then', async () => {
  const { body } = await make('sun');
  const { id } = body as { id: string };
  await decide('sun');
  const login = await world.app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { username: 'sun', password: 'a good one 123' },
  });
  const cookie = String(login.headers['set-cookie']).split(';')[0] ?? '';
  const role = async () => {
    const answer = await world.app.inject({ method: 'GET', url: '/v1/session', headers: { cookie } });
    return answer.statusCode === 200 ? (answer.json() as { user: { role: string } }).user.role : answer.statusCode;
  };
  expect((await admin.call('PATCH', `/v1/users/${id}`, { role: 'director' })).body).toMatchObject({
    role: 'first_reviewer',
  });
  expect(await role()).toBe('first_reviewer');
  expect((await admin.call('PATCH', `/v1/users/${id}`, { role: 'legal' })).status).toBe(409);
  expect((await decide('sun')).status).toBe(204);
  expect(await role()).toBe(401);
});

it('does not let an administrator walk into another account with a password of his', async () => {
  const { items } = (await admin.call('GET', '/v1/users')).body as { items: { id: string; username: string }[] };
  const other = items.find((user) => user.username === 'shenqiu-guard');
  expect((await admin.call('PATCH', `/v1/users/${other?.id}`, { password: 'mine alone 99' })).status).toBe(200);
  expect(await tryLogIn('shenqiu-guard', 'mine alone 99')).toBe(401);
  expect(await tryLogIn('shenqiu-guard', PASSWORD)).toBe(200);
});

it('locks out at once, and lets in again only by two', async () => {
  const { id } = (await make('li')).body as { id: string };
  await decide('li');
  await admin.call('PATCH', `/v1/users/${id}`, { disabled: true });
  expect(await tryLogIn('li')).toBe(401);
  await admin.call('PATCH', `/v1/users/${id}`, { disabled: false });
  expect(await tryLogIn('li')).toBe(401);
  await decide('li');
  expect(await tryLogIn('li')).toBe(200);
});

it('never gives one person two of the three administrators’ accounts', async () => {
  const made = await make('spy', { role: 'auditor', personNo: 'admin' });
  expect(made.body).toMatchObject({ error: { code: 'conflict', details: { why: 'one_administrator' } } });
  const { id } = (await make('climber', { personNo: 'guard' })).body as { id: string };
  const { db, clock } = world.runtime;
  const base = { displayName: 'x', regionCode: '4116', clinicCode: null, password: PASSWORD };
  await createUser(db, clock, { ...base, username: 'guard-two', role: 'security', personNo: 'P-two' });
  // One person cannot ask with one account and approve with another, even his second security account’s colleague may.
  expect((await decide('climber')).body).toMatchObject({ error: { details: { why: 'same_person' } } });
  const second = await world.logIn('guard-two');
  expect((await decide('climber', true, second)).status).toBe(204);
  await admin.call('PATCH', `/v1/users/${id}`, { role: 'auditor' });
  expect((await decide('climber', true, second)).body).toMatchObject({
    error: { details: { why: 'one_administrator' } },
  });
});

it('shows a county’s officers no account that waits in another county', async () => {
  await make('zhou', { regionCode: '411603' });
  const county = await world.logIn('shenqiu-guard');
  expect(await waitingFor('zhou', county)).toBeUndefined();
  expect((await decide('zhou', true, county)).status).toBe(404);
});
