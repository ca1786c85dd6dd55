import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AccessWorld, type Caller, createAccessWorld } from '../access/access-app.ts';

let world: AccessWorld;
let admin: Caller;
beforeAll(async () => {
  world = await createAccessWorld();
  admin = await world.logIn('admin');
});
afterAll(() => world.close());

const clinic = { regionCode: '411624001', openHours: [], mode: 'hook', faceRecognition: true };

it('lets a caller say "none" with null, as the API document offers it', async () => {
  const made = await admin.call('POST', '/v1/users', {
    username: 'with-null',
    personNo: 'W-1001',
    displayName: '张三',
    role: 'supervisor',
    regionCode: '411624',
    clinicCode: null,
    password: 'right horse 42',
  });
  expect(made).toMatchObject({ status: 201, body: { regionCode: '411624', clinicCode: null } });
});

it('takes no text for a number or a truth in a body, and tells which field is meant', async () => {
  const answer = await admin.call('PUT', '/v1/clinics/H41162400777', {
    ...clinic,
    name: '卫生室',
    faceRecognition: 'no',
  });
  expect(answer).toMatchObject({
    status: 400,
    body: { error: { message: expect.stringContaining('faceRecognition') } },
  });
});

it('reads numbers in an address as numbers', async () => {
  expect(await admin.call('GET', '/v1/clinics?limit=1')).toMatchObject({ status: 200, body: { items: { length: 1 } } });
});

it.each([
  ['NUL', '卫生\0室'],
  ['half a character', '卫生\ud842室'],
])('answers a text with %s with what is wrong, not with an error of ours', async (_, name) => {
  const answer = await admin.call('PUT', '/v1/clinics/H41162400777', { ...clinic, name });
  expect(answer).toMatchObject({ status: 400, body: { error: { code: 'invalid_input' } } });
});

it.each(['/v1/users?cursor=%00', '/v1/clinics/%00'])('does the same for an address: %s', async (address) => {
  expect(await admin.call('GET', address)).toMatchObject({ status: 400, body: { error: { code: 'invalid_input' } } });
});
