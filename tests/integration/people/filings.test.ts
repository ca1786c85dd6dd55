import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLINIC, OTHER_CLINIC } from '../access/access-app.ts';
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

it('one camera’s repair is filed under its id; beside the clinic’s own filing, and only for a camera of the clinic', async () => {
  await world.runtime.db.query(
    `insert into cameras (id, clinic_code, name, scene_point, source_kind, created_at, updated_at)
     select v.id, v.clinic, v.id, 'counter', 'push', now(), now() from (values ('cam-1', $1), ('far', $2)) v (id, clinic)`,
    [CLINIC, OTHER_CLINIC],
  );
  const doctor = await world.logIn('doctor');
  const filing = { clinicCode: CLINIC, what: 'outage', from: '2026-04-01T00:00:00Z', to: '2026-04-01T02:00:00Z' };
  const one = await doctor.call('POST', '/v1/filings', { ...filing, cameraId: 'cam-1' });
  expect([one.status, one.body]).toMatchObject([201, { cameraId: 'cam-1' }]);
  expect((await doctor.call('POST', '/v1/filings', filing)).body).toMatchObject({ cameraId: null });
  const span = 'from=2026-04-01T00:00:00Z&to=2026-04-02T00:00:00Z';
  const { items } = (await doctor.call('GET', `/v1/filings?clinicCode=${CLINIC}&${span}`)).body as {
    items: { cameraId: string | null }[];
  };
  expect(items.map(({ cameraId }) => cameraId).sort()).toEqual(['cam-1', null]);
  for (const [cameraId, what] of [
    ['far', 'outage'],
    ['nobody', 'outage'],
    ['cam-1', 'homeVisit'],
  ]) {
    const refused = await doctor.call('POST', '/v1/filings', { ...filing, what, cameraId });
    expect(refused.status, `${cameraId} ${what}`).toBe(400);
    expect((refused.body as { error: { remedy: string } }).error.remedy).toBeTruthy();
  }
});
