import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AccessWorld, type Caller, createAccessWorld, PASSWORD } from './access-app.ts';

let world: AccessWorld;
beforeAll(async () => {
  world = await createAccessWorld({ totpRoles: new Set(['auditor']) });
});
afterAll(() => world.close());

const STEP = 30_000;
const logIn = (username: string, code?: string) =>
  world.app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { username, password: PASSWORD, ...(code === undefined ? {} : { code }) },
    headers: { 'user-agent': 'Browser of a desk' },
  });
const codeOf = (secret: string) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: world.runtime.clock.now() });

async function enrol(caller: Caller): Promise<{ secret: string; recoveryCodes: string[] }> {
  const begun = await caller.call('POST', '/v1/session/second-factor', { password: PASSWORD });
  const { secret, uri } = begun.body as { secret: string; uri: string };
  expect(uri).toContain('otpauth://totp/ClaimSight');
  expect((await caller.call('POST', '/v1/session/second-factor/confirm', { code: '000000' })).status).toBe(400);
  const confirmed = await caller.call('POST', '/v1/session/second-factor/confirm', { code: codeOf(secret) });
  world.runtime.clock.advance(STEP);
  return { secret, ...(confirmed.body as { recoveryCodes: string[] }) };
}

it('asks for the code once it is on, takes each code once, and takes a recovery code once', async () => {
  const { secret, recoveryCodes } = await enrol(await world.logIn('reader'));
  expect(recoveryCodes).toHaveLength(10);
  expect((await logIn('reader')).json()).toMatchObject({ error: { code: 'totp_required' } });
  const code = codeOf(secret);
  expect((await logIn('reader', code)).statusCode).toBe(200);
  expect((await logIn('reader', code)).json()).toMatchObject({ error: { code: 'totp_required' } });
  const [recovery = ''] = recoveryCodes;
  expect((await logIn('reader', recovery.toLowerCase())).statusCode).toBe(200);
  expect((await logIn('reader', recovery)).statusCode).toBe(401);
});

it('stores neither the secret nor a recovery code readable', async () => {
  const { secret, recoveryCodes } = await enrol(await world.logIn('shenqiu'));
  const { rows } = await world.runtime.db.query<{ text: string }>(
    `select f::text as text from second_factors f union all select r::text from recovery_codes r`,
  );
  const hex = Buffer.from(secret).toString('hex');
  expect(rows.some(({ text }) => text.includes(hex) || text.includes(recoveryCodes[0] ?? ''))).toBe(false);
});

it('locks a name whose password is known after five wrong codes', async () => {
  await enrol(await world.logIn('huaiyang'));
  const statuses: number[] = [];
  for (let i = 0; i < 6; i++) statuses.push((await logIn('huaiyang', `00000${i}`)).statusCode);
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429]);
});

it('lets a role that must have a second factor do nothing but enrol one', async () => {
  const auditor = await world.logIn('shenqiu-auditor');
  expect((await auditor.call('GET', '/v1/session')).body).toMatchObject({ mustEnrol: true });
  expect((await auditor.call('GET', '/v1/audit')).body).toMatchObject({ error: { code: 'totp_enrolment_required' } });
  expect((await auditor.call('GET', '/v1/session/all')).status).toBe(403);
  await enrol(auditor);
  expect((await auditor.call('GET', '/v1/audit')).status).toBe(200);
  const off = await auditor.call('POST', '/v1/session/second-factor/off', { code: '123456' });
  expect(off.body).toMatchObject({ error: { code: 'conflict' } });
});

it('gives somebody who lost his phone a new start by the security officer alone', async () => {
  const wires = await world.logIn('wires');
  await enrol(wires);
  const me = (await wires.call('GET', '/v1/session')).body as { user: { id: string } };
  const admin = await world.logIn('admin');
  const guard = await world.logIn('guard');
  expect((await admin.call('DELETE', `/v1/users/${me.user.id}/second-factor`)).status).toBe(403);
  expect((await guard.call('DELETE', `/v1/users/${me.user.id}/second-factor`)).status).toBe(204);
  expect((await wires.call('GET', '/v1/session')).status).toBe(401);
  expect((await logIn('wires')).statusCode).toBe(200);
  const { rowCount } = await world.runtime.db.query(`select 1 from audit_entries where action = 'user.totp_reset'`);
  expect(rowCount).toBe(1);
});

it('shows a person where he is logged in, and ends one or all others', async () => {
  const [first, second, third] = [
    await world.logIn('doctor'),
    await world.logIn('doctor'),
    await world.logIn('doctor'),
  ];
  const list = async () =>
    (
      (await first.call('GET', '/v1/session/all')).body as {
        items: { id: string; current: boolean; address: string }[];
      }
    ).items;
  expect(await list()).toHaveLength(3);
  expect((await list()).filter((each) => each.current)).toHaveLength(1);
  const other = (await list()).find((each) => !each.current);
  expect((await first.call('DELETE', `/v1/session/all/${other?.id}`)).status).toBe(204);
  expect(await list()).toHaveLength(2);
  expect((await first.call('DELETE', '/v1/session/others')).body).toEqual({ ended: 1 });
  const statuses = [await second.call('GET', '/v1/session'), await third.call('GET', '/v1/session')];
  expect(statuses.map(({ status }) => status)).toEqual([401, 401]);
  expect((await first.call('GET', '/v1/session')).status).toBe(200);
});

it('lets the security officer end sessions of his region, and no others', async () => {
  const doctor = await world.logIn('doctor');
  const county = await world.logIn('shenqiu-guard');
  const { items } = (await county.call('GET', '/v1/sessions')).body as { items: { id: string; username: string }[] };
  expect(items.some((each) => each.username === 'guard')).toBe(false);
  const target = items.find((each) => each.username === 'doctor');
  const city = (await (await world.logIn('guard')).call('GET', '/v1/sessions')).body as {
    items: { id: string; username: string }[];
  };
  const foreign = city.items.find((each) => each.username === 'guard');
  expect((await county.call('DELETE', `/v1/sessions/${foreign?.id}`)).status).toBe(404);
  for (const each of items.filter(({ username }) => username === 'doctor'))
    await county.call('DELETE', `/v1/sessions/${each.id}`);
  expect(target).toBeDefined();
  expect((await doctor.call('GET', '/v1/session')).status).toBe(401);
});
