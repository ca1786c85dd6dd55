import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import { DomainError, httpStatusOf } from '../../../src/platform/errors.ts';
import { allRules } from '../../../src/reconcile/rules/index.ts';
import { at, createScene, HOLD_AT_ONCE, type Scene, workingClinic } from './support.ts';

let scene: Scene;
let app: FastifyInstance;
let caller: Principal;
let id: string;
const person = (name: string, regionCode = '4116'): Principal => ({
  kind: 'user',
  id: name,
  name,
  role: 'supervisor',
  regionCode,
  clinicCode: null,
  cameraId: null,
  personNo: null,
});

beforeAll(async () => {
  scene = await createScene({ now: at('09:00'), decision: HOLD_AT_ONCE });
  await workingClinic(scene, at('08:00'));
  await scene.person('P1', { face: 1 });
  await scene.status('P1', 'dead', at('00:00', '2026-02-01'));
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.drain();
  id = (await scene.decision('V1')).id;
  caller = person('li');
  app = fastify();
  app.decorateRequest('principal', { getter: () => caller });
  app.setErrorHandler((error, _request, reply) =>
    reply
      .code(
        error instanceof DomainError
          ? httpStatusOf(error.code)
          : ((error as { statusCode?: number }).statusCode ?? 500),
      )
      .send({ message: (error as Error).message }),
  );
  for (const routes of scene.reconcile.routes) await app.register(routes);
});
afterAll(async () => {
  await app.close();
  await scene.close();
});

const call = async (method: 'GET' | 'POST', url: string, payload?: object) => {
  const response = await app.inject({ method, url, ...(payload ? { payload } : {}) });
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
};

it('shows the rules in force with unit, bounds and default of each parameter', async () => {
  const { body } = await call('GET', '/v1/rules');
  const items = body.items as { id: string; parameters: unknown[] }[];
  expect(items.map((item) => item.id).toSorted()).toEqual(allRules.map((rule) => rule.id).toSorted());
  expect(items.find((item) => item.id === 'B2')).toMatchObject({
    definition: { zh: expect.stringContaining('集中') },
    exclusions: { en: expect.stringContaining('vaccination') },
    errors: 0,
  });
  expect(body.noSource).toContainEqual(expect.objectContaining({ id: 'B14', part: null }));
  expect(items.find((item) => item.id === 'P1')?.parameters).toContainEqual(
    expect.objectContaining({
      name: 'minutesBefore',
      value: 15,
      default: 15,
      unit: 'minutes',
      minimum: 0,
      maximum: 240,
    }),
  );
  expect(body.window).toContainEqual(expect.objectContaining({ name: 'minCoverage', value: 0.8 }));
});

it('lists decisions, page by page, and one with its history', async () => {
  const { body } = await call('GET', '/v1/decisions?decision=hold&limit=1');
  expect(body.items).toMatchObject([
    { id, decision: 'hold', effective: 'hold', reasons: [{ rule: 'A8@1' }], psnNo: 'P1' },
  ]);
  expect((await call('GET', `/v1/decisions/${id}`)).body.history).toMatchObject([
    { action: 'decided', actor: 'system:reconcile' },
  ]);
});

it('confirms by two people, releases by one, and refuses the rest', async () => {
  expect((await call('POST', `/v1/decisions/${id}/confirm`, { note: '名单属实' })).body.state).toBe('standing');
  expect((await call('POST', `/v1/decisions/${id}/confirm`, { note: '名单属实' })).status).toBe(409);
  caller = person('wang');
  expect((await call('POST', `/v1/decisions/${id}/confirm`, { note: '名单属实' })).body.state).toBe('confirmed');
  expect((await call('POST', `/v1/decisions/${id}/release`, { means: 'charm', note: 'x' })).status).toBe(400);
  const released = await call('POST', `/v1/decisions/${id}/release`, { means: 'reviewer', note: '名单有误' });
  expect(released.body).toMatchObject({ state: 'released', effective: 'allow' });
  const { rows } = await scene.runtime.db.query(`select action from audit_entries where subject_kind = 'decision'`);
  expect(rows).toHaveLength(3);
});

it('hides decisions of other regions', async () => {
  caller = person('zhao', '4117');
  expect((await call('GET', `/v1/decisions/${id}`)).status).toBe(404);
  expect((await call('POST', `/v1/decisions/${id}/release`, { means: 'reviewer', note: 'x' })).status).toBe(404);
  expect((await call('GET', '/v1/decisions')).body.items).toEqual([]);
});
