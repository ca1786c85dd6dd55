import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLINIC } from '../access/access-app.ts';
import { createPeopleWorld, type PeopleWorld } from './people-world.ts';

let world: PeopleWorld;
beforeAll(async () => {
  world = await createPeopleWorld();
});
afterAll(() => world.close());

it('a planned outage is filed with its time, its reason and who filed it; filed again, its end moves', async () => {
  const doctor = await world.logIn('doctor');
  const filing = { clinicCode: CLINIC, what: 'outage', from: '2026-03-18T00:00:00Z', reason: '更换摄像头' };
  const first = await doctor.call('POST', '/v1/filings', { ...filing, to: '2026-03-18T02:00:00Z' });
  expect([first.status, first.body]).toMatchObject([201, { reason: '更换摄像头', filedBy: 'user:doctor' }]);
  await doctor.call('POST', '/v1/filings', { ...filing, to: '2026-03-18T04:00:00Z', reason: undefined });
  const span = 'from=2026-03-17T00:00:00Z&to=2026-03-20T00:00:00Z';
  const listed = await doctor.call('GET', `/v1/filings?clinicCode=${CLINIC}&${span}`);
  expect(listed.body).toMatchObject({
    items: [{ what: 'outage', to: '2026-03-18T04:00:00.000Z', reason: '更换摄像头', filedBy: 'user:doctor' }],
  });
  expect((await doctor.call('POST', '/v1/filings', { ...filing, reason: 'x'.repeat(201) })).status).toBe(400);
  expect((await (await world.logIn('wires')).call('POST', '/v1/filings', filing)).status).toBe(403);
});
