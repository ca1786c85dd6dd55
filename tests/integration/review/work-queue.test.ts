import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Principal } from '../../../src/access/principal.ts';
import { createUser } from '../../../src/access/users.store.ts';
import type { AlertDetail } from '../../../src/review/alert-detail.schemas.ts';
import type { AlertItem } from '../../../src/review/alerts.schemas.ts';
import { drawSecondLooks, isDrawn } from '../../../src/review/flow/second-looks.ts';
import {
  CLINIC,
  city,
  createWorld,
  elsewhere,
  NOW,
  raiseAlert,
  seedSettlement,
  step,
  supervisor,
  type World,
} from './world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const DAY = 86_400_000;
const as = (name: string, role: Principal['role']): Principal => ({ ...city, name, role });
let n = 0;
async function raised(fundFen = 1000): Promise<string> {
  n += 1;
  await seedSettlement(world, `S-q-${n}`, { mdtrtId: `M-q-${n}`, fundFen });
  const id = await raiseAlert(world, { incidentKey: `visit:${CLINIC}:M-q-${n}`, setlIds: [`S-q-${n}`] });
  await world.runtime.db.query('update alerts set expected_fen = $2, review_minutes = 5 where id = $1', [id, fundFen]);
  return id;
}
const next = async (who: Principal, work = 'first'): Promise<AlertItem | null> =>
  ((await world.post('/v1/alerts/next', { work }, who)).body as { alert: AlertItem | null }).alert;
const detail = async (id: string, who: Principal = city): Promise<AlertDetail> =>
  (await world.get(`/v1/alerts/${id}`, who)).body;
const put = async (url: string, body: object, who: Principal = city) => {
  const answer = await world.app.inject({
    method: 'PUT',
    url,
    headers: { 'x-test-principal': JSON.stringify(who) },
    payload: body,
  });
  return { status: answer.statusCode, body: answer.json() };
};

describe('the next case', () => {
  it('is the one worth most for a minute, never the same for two people, and goes back after a while', async () => {
    const small = await raised(500);
    const big = await raised(90_000);
    const [one, two] = [as('chu', 'first_reviewer'), as('chen', 'first_reviewer')];
    expect((await next(one))?.id).toBe(big);
    expect((await next(two))?.id).toBe(small);
    expect((await next(one))?.id).toBe(big);
    expect(await next(as('san', 'first_reviewer'))).toBeNull();
    world.runtime.clock.advance(16 * 60_000);
    expect((await next(as('san', 'first_reviewer')))?.id).toBe(big);
    expect(await next({ ...as('li', 'first_reviewer'), regionCode: '411627' })).toBeNull();
    expect((await world.post('/v1/alerts/next', { work: 'verify' }, one)).status).toBe(403);
    for (const id of [small, big]) await step(world, id, { step: 'exclude', reason: 'proxy' });
  });

  it('is never handed for second review to who reviewed it first, and escalated ones come first', async () => {
    const { runtime } = world;
    const worth = await raised(80_000);
    const up = await raised(10);
    const version = (await detail(up)).version;
    expect((await world.post(`/v1/alerts/${up}/escalate`, { version, note: '请上级看。' }, supervisor)).status).toBe(
      200,
    );
    expect((await detail(up)).escalated).toBe(true);
    expect((await next(as('ding', 'first_reviewer')))?.id).toBe(up);
    await step(world, worth, { step: 'ask', question: '请说明。' }, supervisor);
    runtime.clock.advance(8 * DAY);
    await world.review.keepLimits();
    expect(await next(supervisor, 'second')).toBeNull();
    expect((await next(city, 'second'))?.id).toBe(worth);
    await step(world, up, { step: 'exclude', reason: 'proxy' });
    await step(world, worth, { step: 'take_second' }, city);
  }, 30_000);
});

describe('whose it is', () => {
  it('is given to a colleague of the region, and then handed to nobody else', async () => {
    const { db, clock } = world.runtime;
    const person = { regionCode: '411624', clinicCode: null, password: 'open-sesame-2026' };
    await createUser(db, clock, { ...person, username: 'mei', displayName: '梅', role: 'first_reviewer' });
    const id = await raised();
    const { version } = await detail(id);
    expect((await put(`/v1/alerts/${id}/assignee`, { version, assignee: 'nobody' })).status).toBe(404);
    expect((await put(`/v1/alerts/${id}/assignee`, { version, assignee: 'mei' }, elsewhere)).status).toBe(404);
    expect((await put(`/v1/alerts/${id}/assignee`, { version, assignee: 'mei' })).body).toMatchObject({
      assignee: 'mei',
    });
    expect(await next(as('chu', 'first_reviewer'))).toBeNull();
    expect((await next({ ...as('mei', 'first_reviewer'), regionCode: '411624' }))?.id).toBe(id);
    await step(world, id, { step: 'exclude', reason: 'proxy' });
  });

  it('can be put aside for a while, not for ever, while its limit runs on', async () => {
    const { clock } = world.runtime;
    const id = await raised();
    await world.review.keepLimits();
    const { version, dueAt } = await detail(id);
    const until = (days: number): string => new Date(clock.now() + days * DAY).toISOString();
    const order = { version, note: '等待证明材料。' };
    expect((await put(`/v1/alerts/${id}/snooze`, { ...order, until: until(60) })).status).toBe(400);
    expect((await put(`/v1/alerts/${id}/snooze`, { ...order, until: until(1) })).status).toBe(200);
    expect((await detail(id)).dueAt).toBe(dueAt);
    expect(await next(as('chu', 'first_reviewer'))).toBeNull();
    clock.advance(DAY + 1);
    expect((await next(as('chu', 'first_reviewer')))?.id).toBe(id);
    await step(world, id, { step: 'exclude', reason: 'proxy' });
  });
});

describe('many at once', () => {
  it('excludes what has not changed, and says of the rest why not', async () => {
    const [a, b, c] = [await raised(), await raised(), await raised()];
    await step(world, c, { step: 'take' });
    const alerts = [a, b, c].map((id) => ({ id, version: 1 }));
    const answer = await world.post('/v1/alerts/exclusions', { alerts, reason: 'device_fault' });
    expect(answer.body).toMatchObject({
      answers: [
        { id: a, done: true },
        { id: b, done: true },
        { id: c, done: false, code: 'conflict' },
      ],
    });
    expect((await world.post('/v1/alerts/exclusions', { alerts, reason: 'other' })).body).toMatchObject({
      answers: [{ done: false }, { done: false }, { done: false }],
    });
    await step(world, c, { step: 'exclude', reason: 'proxy' });
  });
});

describe('a second look', () => {
  it('draws the share that was asked for, the same each time', () => {
    const drawn = Array.from({ length: 20_000 }, (_, seq) => isDrawn(seq, 0.05)).filter(Boolean).length;
    expect(drawn / 20_000).toBeCloseTo(0.05, 2);
    expect(Array.from({ length: 50 }, (_, seq) => isDrawn(seq, 0)).some(Boolean)).toBe(false);
  });

  it('is taken by somebody else, who does not see how it went, and brings a suspicion back', async () => {
    const { runtime } = world;
    const id = await raised();
    await step(world, id, { step: 'exclude', reason: 'twins', note: '电话核实：是孪生兄弟' }, supervisor);
    const everything = { ...world.deps.flow, secondLookShare: 1 };
    await drawSecondLooks({ ...world.deps, flow: everything });
    await drawSecondLooks({ ...world.deps, flow: everything });
    const looks = async (who: Principal) =>
      ((await world.get('/v1/second-looks', who)).body as { items: { id: string }[] }).items;
    expect((await looks(supervisor)).length).toBe(0);
    const all = await looks(city);
    const { rows } = await runtime.db.query<{ id: string }>('select id from second_looks where alert_id = $1', [id]);
    expect(rows).toHaveLength(1);
    const look = all.find((one) => one.id === rows[0]?.id);
    const blind = await world.get(`/v1/second-looks/${look?.id}`, city);
    expect(blind.status).toBe(200);
    expect(JSON.stringify(blind.body)).not.toMatch(/twins|孪生|"excluded"|wang/);
    expect((await world.get(`/v1/second-looks/${look?.id}`, supervisor)).status).toBe(404);
    const answer = await world.post(`/v1/second-looks/${look?.id}`, { outcome: 'suspicion', note: '并非孪生' }, city);
    expect(answer.status).toBe(204);
    expect(await detail(id)).toMatchObject({ state: 'new', stateReason: 'second_look', flow: { firstReviewer: null } });
    expect((await world.post(`/v1/second-looks/${look?.id}`, { outcome: 'none' }, city)).status).toBe(404);
    expect(NOW).toBeLessThan(runtime.clock.now());
  });
});
