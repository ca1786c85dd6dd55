import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiKey } from '../../../src/access/api-keys.store.ts';
import { ROLES, type Role } from '../../../src/access/principal.ts';
import { hasRight } from '../../../src/access/rights.ts';
import type { App } from '../../../src/http/app.ts';
import { composeRooms } from '../../../src/http/compose.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';
import { FAR, NEAR, NOT_CROSSED, SEEDED, seedBoth } from './every-route.seed.ts';

let runtime: TestRuntime;
let app: App;
const keys = new Map<Role, string>();

beforeAll(async () => {
  runtime = await createTestRuntime();
  app = await (await composeRooms(runtime)).app();
  await app.ready();
  await seedBoth(runtime);
  for (const role of ROLES) {
    const clinicBound = role === 'clinic' || role === 'his' || role === 'camera';
    const { key } = await createApiKey(runtime.db, runtime.clock, {
      name: `near ${role}`,
      role,
      regionCode: clinicBound ? null : NEAR.region,
      clinicCode: clinicBound ? NEAR.clinic : null,
      cameraId: role === 'camera' ? NEAR.camera : null,
    });
    keys.set(role, key);
  }
}, 120_000);
afterAll(async () => {
  await app?.close();
  await runtime?.close();
});

const ask = async (role: Role, method: string, url: string) => {
  const answer = await app.inject({
    method: method as 'GET',
    url,
    headers: { authorization: `Bearer ${keys.get(role)}` },
    ...(method === 'GET' || method === 'DELETE' ? {} : { payload: {} }),
  });
  const json = String(answer.headers['content-type'] ?? '').includes('json');
  const error = json ? (answer.json() as { error?: { code: string; message: string } }).error : undefined;
  return { status: answer.statusCode, code: error?.code, message: error?.message ?? '', text: answer.body };
};
/** The route up to its first parameter: what the registry is kept by. */
const prefixOf = (url: string): string => /^.*?:\w+/.exec(url)?.[0] ?? url;
const fill = (url: string, value: string): string =>
  url.replace(/:\w+/, encodeURIComponent(value)).replaceAll(/:\w+/g, randomUUID());
const isStream = (url: string): boolean => url.endsWith('/stream');
const lacks = (message: string): boolean => message.startsWith('this needs the right');

it('names for every route with a parameter an object in two regions, or why there is none', () => {
  const missing = app.declaredRoutes
    .filter((route) => route.url.includes(':'))
    .map((route) => prefixOf(route.url))
    .filter((prefix) => !(prefix in SEEDED) && !(prefix in NOT_CROSSED));
  expect(
    [...new Set(missing)],
    'add each to SEEDED in tests/integration/access/every-route.seed.ts with one object in each region, or to NOT_CROSSED with the reason',
  ).toEqual([]);
});

it('refuses every role every route that the table does not give it, and no other', async () => {
  const wrong: string[] = [];
  for (const { method, url, right } of app.declaredRoutes) {
    if (right === 'public' || right === 'signedIn') continue;
    for (const role of ROLES) {
      const allowed = hasRight(role, right);
      // What may be done is tried only where trying changes nothing.
      if (allowed && (method !== 'GET' || isStream(url))) continue;
      const { status, message } = await ask(role, method, fill(url, randomUUID()));
      if (allowed ? lacks(message) : status !== 403 || !lacks(message))
        wrong.push(`${role} ${method} ${url}: ${status}`);
    }
  }
  expect(wrong).toEqual([]);
}, 90_000);

it('answers for what lies in another region as for what does not exist', async () => {
  const wrong: string[] = [];
  for (const { method, url, right } of app.declaredRoutes) {
    const object = SEEDED[prefixOf(url)];
    if (object === undefined || right === 'public' || right === 'signedIn') continue;
    const deep = url !== prefixOf(url) && /:\w+.*:\w+/.test(url);
    for (const role of ROLES.filter((each) => hasRight(each, right))) {
      const far = await ask(role, method, fill(url, object.far));
      // What is put where nothing is, is made.
      const absent =
        method === 'PUT' ? { status: far.status, code: far.code } : await ask(role, method, fill(url, object.absent));
      if (far.status < 400 || far.status !== absent.status || far.code !== absent.code)
        wrong.push(`${role} ${method} ${url}: far ${far.status} ${far.code}, absent ${absent.status} ${absent.code}`);
      if (method !== 'GET') continue;
      if (far.status !== 404 && far.status !== 400) wrong.push(`${role} GET ${url}: far ${far.status}`);
      const near = await ask(role, method, fill(url, object.near));
      if (lacks(near.message) || (url === prefixOf(url) && !deep && near.status !== 200))
        wrong.push(`${role} GET ${url}: near ${near.status} ${near.message}`);
    }
  }
  expect(wrong).toEqual([]);
}, 90_000);

it('lists nothing of another region to anybody', async () => {
  const wrong: string[] = [];
  for (const { method, url, right } of app.declaredRoutes) {
    if (method !== 'GET' || url.includes(':') || isStream(url) || right === 'public') continue;
    for (const role of ROLES.filter((each) => right === 'signedIn' || hasRight(each, right))) {
      const { status, text } = await ask(role, method, url);
      if (status === 500) wrong.push(`${role} ${url}: 500`);
      for (const sign of [FAR.clinic, FAR.camera, FAR.person, FAR.name])
        if (text.includes(sign)) wrong.push(`${role} ${url}: tells ${sign}`);
    }
  }
  expect(wrong).toEqual([]);
}, 90_000);

it('shows a name or an ID number in no list', async () => {
  const wrong: string[] = [];
  for (const { method, url, right } of app.declaredRoutes) {
    if (method !== 'GET' || url.includes(':') || isStream(url) || right === 'public') continue;
    for (const role of ROLES.filter((each) => right === 'signedIn' || hasRight(each, right))) {
      const { text } = await ask(role, method, url);
      if (text.includes(NEAR.name)) wrong.push(`${role} ${url}`);
    }
  }
  expect(wrong).toEqual([]);
}, 90_000);
