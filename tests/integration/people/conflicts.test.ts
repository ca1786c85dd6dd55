import type { FastifyPluginAsync } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { conflictsRoutes } from '../../../src/people/conflicts/conflicts.routes.ts';
import { conflictsHandler } from '../../../src/people/conflicts/conflicts.worker.ts';
import { peopleConflicts } from '../../../src/people/people.topics.ts';
import { createPeopleHandlers } from '../../../src/people/people.ts';
import { PEOPLE_OF_CLAIM } from '../../../src/reconcile/pg/presence.ts';
import { decidedSince } from '../../../src/review/decided-since.ts';
import { workOff } from '../../support/work-off.ts';
import { type Caller, CLINIC, waiting } from '../access/access-app.ts';
import { createSearchWorld, enrol, face, type SearchWorld, seenAgain, twoPicturesOfOne } from './search-world.ts';

interface Side {
  inYourRegion: boolean;
  portraitId: string | null;
  subjectRef: string | null;
  name: string | null;
}
interface Conflict {
  id: string;
  kind: string;
  state: string;
  disputes: boolean;
  resolution: string | null;
  portrait: Side;
  other: Side;
  score: number;
  threshold: number;
}

let world: SearchWorld;
let shenqiu: Caller;
let seed = 5_000;
beforeAll(async () => {
  world = await createSearchWorld((deps) => conflictsRoutes({ ...deps, decidedSince }) as FastifyPluginAsync);
  shenqiu = await world.logIn('shenqiu');
});
afterAll(() => world.close());

/** As the worker does when a portrait is accepted. */
async function take(psnNo: string, vector: Float32Array, more: Parameters<typeof enrol>[3] = {}): Promise<string> {
  const { db, outbox, clock } = world.runtime;
  clock.advance(1_000);
  await enrol(world, psnNo, vector, more);
  const { rows } = await db.query<{ id: string }>(
    `select id from portraits where subject_ref = $1 and state = 'accepted'`,
    [psnNo],
  );
  const id = rows[0]?.id ?? '';
  await db.transaction((tx) => outbox.add(tx, peopleConflicts, { portraitId: id }, { dedupeKey: id }));
  await settle();
  return id;
}

const settle = () => {
  const { db, keyring, clock } = world.runtime;
  const faces = { db, keyring, clock, keeper: world.keeper, card: world.card, minAgeYears: () => 3 };
  return workOff(world.runtime, [conflictsHandler(world.deps, faces)]);
};

const conflictsOf = async (psnNo: string, query = '', caller = shenqiu): Promise<Conflict[]> =>
  ((await caller.call('GET', `/v1/portrait-conflicts?psnNo=${psnNo}${query}`)).body as { items: Conflict[] }).items;

const act = async (id: string, what: 'resolution' | 'undo', body: object, caller = shenqiu) => {
  const answer = await caller.call('POST', `/v1/portrait-conflicts/${id}/${what}`, { reason: '已当面核实', ...body });
  return {
    status: answer.status,
    body: answer.body as Conflict & { error?: { details: Record<string, unknown>; message: string } },
  };
};

/** Whether a verdict about this person may rest on his portrait, as the reconciler reads it. */
async function isDisputed(psnNo: string): Promise<boolean> {
  const { rows } = await world.runtime.db.query<{ portraits: { subject_ref: string; disputed: boolean | null }[] }>(
    PEOPLE_OF_CLAIM.sql,
    [...PEOPLE_OF_CLAIM.values({ clinicCode: CLINIC, psnNos: [psnNo], others: null })],
  );
  return rows[0]?.portraits.find(({ subject_ref: ref }) => ref === psnNo)?.disputed === true;
}

/** Two people with one face. */
async function pair(more: Parameters<typeof enrol>[3] = {}): Promise<{ a: string; b: string; conflict: Conflict }> {
  seed += 10;
  const own = face(seed);
  const [a, b] = [`A${seed}`, `B${seed}`];
  await take(a, own);
  await take(b, seenAgain(own, seed + 1, 0.15), more);
  const [conflict] = await conflictsOf(b);
  if (conflict === undefined) throw new Error('no conflict was found');
  return { a, b, conflict };
}

describe('the same face under two people', () => {
  it('is found when the second portrait comes into use, and nothing rests on either', async () => {
    await take('LONE', face(seed - 1));
    expect(await conflictsOf('LONE')).toEqual([]);
    const { a, b, conflict } = await pair({ name: '赵钱孙' });
    expect(conflict).toMatchObject({
      kind: 'same_face_two_people',
      state: 'open',
      disputes: true,
      portrait: { inYourRegion: true, subjectRef: b, name: '赵**' },
      other: { subjectRef: a },
    });
    expect(conflict.score).toBeGreaterThan(conflict.threshold);
    expect([await isDisputed(a), await isDisputed(b), await isDisputed('LONE')]).toEqual([true, true, false]);
    const told = (await waiting(world.runtime, 'people.changed')).map(({ psnNo, what }) => `${what} ${psnNo}`);
    expect(told).toEqual(expect.arrayContaining([`portrait ${a}`, `portrait ${b}`]));
  });

  it('is found across regions within a household, and told to each side without the other’s name', async () => {
    const own = face(7_001);
    await take('H1', own, { regionCode: '411603001', name: '孙别处' });
    await world.runtime.db.query(`update persons set household = 'HH' where psn_no = 'H1'`);
    await take('H2', seenAgain(own, 7_002, 0.15));
    expect(await conflictsOf('H2')).toEqual([]);
    await world.runtime.db.query(`update persons set household = 'HH' where psn_no in ('H1', 'H2')`);
    await take('H2', seenAgain(own, 7_003, 0.15));
    const [here] = await conflictsOf('H2');
    expect(here?.other).toEqual({
      inYourRegion: false,
      portraitId: null,
      subjectKind: null,
      subjectRef: null,
      name: null,
      regionCode: null,
    });
    const [there] = await conflictsOf('H1', '', await world.logIn('huaiyang'));
    expect(there).toMatchObject({
      id: here?.id,
      portrait: { inYourRegion: false, subjectRef: null },
      other: { subjectRef: 'H1' },
    });
    expect((await act(here?.id ?? '', 'resolution', { resolution: 'same_person' })).status).toBe(403);
  });

  it('is no conflict of a doctor with himself, nor of small children', async () => {
    const own = face(7_100);
    await take('DOC', own);
    const put = await shenqiu.call('PUT', '/v1/staff', { clinicCode: CLINIC, staffNo: '1', name: '赵', psnNo: 'DOC' });
    await take('AS-STAFF', seenAgain(own, 7_101, 0.1));
    await world.runtime.db.query(`delete from portrait_conflicts`);
    await world.runtime.db.query(
      `update portraits set subject_kind = 'staff', subject_ref = $1 where subject_ref = 'AS-STAFF'`,
      [(put.body as { id: string }).id],
    );
    await take('DOC', seenAgain(own, 7_102, 0.1));
    expect(await conflictsOf('DOC')).toEqual([]);
    const birth = new Date(world.runtime.clock.now() - 500 * 86_400_000).toISOString().slice(0, 10);
    await take('TWIN1', face(7_200), { birth });
    await take('TWIN2', seenAgain(face(7_200), 7_201, 0.05), { birth });
    expect(await conflictsOf('TWIN2')).toEqual([]);
  });
});

describe('two faces under one person', () => {
  it('is found when a new portrait lies beyond what one face ever does, and not for one that is like the old one', async () => {
    const own = face(8_000);
    await take('C', own);
    await take('C', seenAgain(own, 8_001, 0.3));
    expect(await conflictsOf('C')).toEqual([]);
    await take('C', face(8_002));
    const [conflict] = await conflictsOf('C');
    expect(conflict).toMatchObject({
      kind: 'two_faces_one_person',
      portrait: { subjectRef: 'C' },
      other: { subjectRef: 'C' },
    });
    expect(conflict?.score).toBeLessThan(conflict?.threshold ?? -1);
    expect(await isDisputed('C')).toBe(true);
  });

  it('has the old portrait back in use when the new one was the wrong one, and looks at it again', async () => {
    const { db } = world.runtime;
    const first = await take('D', face(8_100));
    const second = await take('D', face(8_101));
    const [conflict] = await conflictsOf('D');
    const settled = await act(conflict?.id ?? '', 'resolution', {
      resolution: 'wrong_photograph',
      wrongPortraitId: second,
    });
    expect(settled).toMatchObject({ status: 200, body: { state: 'closed', disputes: false } });
    const states = async () =>
      (await db.query<{ id: string; state: string }>(`select id, state from portraits where subject_ref = 'D'`)).rows;
    expect(await states()).toEqual(
      expect.arrayContaining([
        { id: first, state: 'accepted' },
        { id: second, state: 'quarantined' },
      ]),
    );
    const portrait = (await shenqiu.call('GET', `/v1/portraits/${second}`)).body as { reasons: { code: string }[] };
    expect(portrait.reasons).toMatchObject([{ code: 'wrong_person' }]);
    expect(await settle()).toBe(1);
    expect(await isDisputed('D')).toBe(false);
    expect((await act(conflict?.id ?? '', 'undo', {})).status).toBe(200);
    expect(await states()).toEqual(
      expect.arrayContaining([
        { id: first, state: 'superseded' },
        { id: second, state: 'accepted' },
      ]),
    );
    expect(await isDisputed('D')).toBe(true);
  });
});

it('is looked for by the worker that takes a portrait in', async () => {
  const [picture, other] = await twoPicturesOfOne();
  const { db, keyring, clock } = world.runtime;
  const conflicts = { db, keyring, clock, keeper: world.keeper, card: world.card, minAgeYears: () => 3 };
  for (const [psnNo, image, type] of [
    ['W1', picture, 'image/jpeg'],
    ['W2', other, 'image/png'],
  ] as const) {
    await shenqiu.call('PUT', `/v1/people/${psnNo}`, { regionCode: '411624001' });
    await shenqiu.call('POST', `/v1/people/${psnNo}/portrait`, image, { 'content-type': type });
    // Its look, and what follows from it.
    for (let i = 0; i < 2; i++)
      await workOff(world.runtime, createPeopleHandlers({ ...world.deps, reader: world.reader, conflicts }));
  }
  expect(await conflictsOf('W2')).toMatchObject([{ kind: 'same_face_two_people', other: { subjectRef: 'W1' } }]);
});

describe('settling', () => {
  it('lets verdicts rest on the portraits again, and does not ask about these two people a second time', async () => {
    const { a, b, conflict } = await pair();
    expect((await act(conflict.id, 'resolution', { resolution: 'twins_or_kin' })).status).toBe(200);
    expect([await isDisputed(a), await isDisputed(b)]).toEqual([false, false]);
    await take(a, seenAgain(face(seed), 9_001, 0.1));
    expect(await conflictsOf(a, '&state=open')).toEqual([]);
  });

  it('keeps the machine silent where nobody can tell, until a newer portrait settles it', async () => {
    const { a, b, conflict } = await pair();
    const settled = await act(conflict.id, 'resolution', { resolution: 'cannot_tell' });
    expect(settled.body).toMatchObject({ state: 'closed', disputes: true });
    expect([await isDisputed(a), await isDisputed(b)]).toEqual([true, true]);
    await take(b, face(9_100));
    // The new picture is another face than the old one: a conflict of its own, but none with the other person.
    expect(await isDisputed(a)).toBe(false);
    expect((await conflictsOf(b, '&state=open')).map(({ kind }) => kind)).toEqual(['two_faces_one_person']);
  });

  it('puts the wrong photograph into quarantine and takes that back, but not once something was built on it', async () => {
    const { a, b, conflict } = await pair();
    const wrong = conflict.portrait.portraitId;
    expect((await act(conflict.id, 'resolution', { resolution: 'wrong_photograph' })).status).toBe(400);
    expect(
      (await act(conflict.id, 'resolution', { resolution: 'wrong_photograph', wrongPortraitId: 'x' })).status,
    ).toBe(400);
    expect((await act(conflict.id, 'resolution', { resolution: 'same_person', wrongPortraitId: wrong })).status).toBe(
      400,
    );
    expect(
      (await act(conflict.id, 'resolution', { resolution: 'wrong_photograph', wrongPortraitId: wrong })).status,
    ).toBe(200);
    expect(((await shenqiu.call('GET', `/v1/people/${b}`)).body as { hasPortrait: boolean }).hasPortrait).toBe(false);
    expect(await isDisputed(a)).toBe(false);
    expect((await act(conflict.id, 'resolution', { resolution: 'same_person' })).status).toBe(409);
    expect((await act(conflict.id, 'undo', {})).body).toMatchObject({
      state: 'open',
      resolution: null,
      disputes: true,
    });
    expect([await isDisputed(a), await isDisputed(b)]).toEqual([true, true]);
    expect((await act(conflict.id, 'undo', {})).status).toBe(409);

    await act(conflict.id, 'resolution', { resolution: 'wrong_photograph', wrongPortraitId: wrong });
    await take(b, face(9_200));
    const late = await act(conflict.id, 'undo', {});
    expect(late).toMatchObject({ status: 409 });
    expect(late.body.error?.details.zh).toMatch(/新照片/);
  });

  it('cannot be taken back once somebody decided about these people', async () => {
    const { a, conflict } = await pair();
    await act(conflict.id, 'resolution', { resolution: 'same_person' });
    world.runtime.clock.advance(60_000);
    await world.runtime.db.query(
      `insert into decisions (id, subject_key, clinic_code, psn_no, msgid, clearing_month, decision, reasons, state, decided_at, updated_at)
       values (gen_random_uuid(), $1, $2, $1, 'm', '2026-01', 'hold', '[]', 'confirmed', $3, $3)`,
      [a, CLINIC, new Date(world.runtime.clock.now())],
    );
    const late = await act(conflict.id, 'undo', {});
    expect(late).toMatchObject({ status: 409 });
    expect(late.body.error?.details.zh).toMatch(/作出决定/);
  });

  it('is for supervisors of the region, with a reason, and stands in the audit trail', async () => {
    const { b, conflict } = await pair();
    const statuses = await Promise.all(
      ['admin', 'wires', 'doctor', 'reader', 'huaiyang'].map(
        async (name) =>
          (await act(conflict.id, 'resolution', { resolution: 'same_person' }, await world.logIn(name))).status,
      ),
    );
    expect(statuses).toEqual([403, 403, 403, 403, 404]);
    const mirror = await world.withKey('mirror', { regionCode: '4116' });
    expect((await act(conflict.id, 'resolution', { resolution: 'same_person' }, mirror)).status).toBe(403);
    expect((await act(conflict.id, 'resolution', { resolution: 'same_person', reason: '' })).status).toBe(400);
    expect((await conflictsOf(b, '', await world.logIn('huaiyang'))).length).toBe(0);
    expect((await conflictsOf(b, '', await world.logIn('reader'))).length).toBe(1);
    await act(conflict.id, 'resolution', { resolution: 'same_person', reason: '同一人重复参保' });
    await act(conflict.id, 'undo', { reason: '点错了' });
    const { rows } = await world.runtime.db.query(
      `select actor, action, purpose from audit_entries where subject_id = $1 order by id`,
      [conflict.id],
    );
    expect(rows).toEqual([
      { actor: 'user:shenqiu', action: 'portrait.conflict.resolve', purpose: '同一人重复参保' },
      { actor: 'user:shenqiu', action: 'portrait.conflict.undo', purpose: '点错了' },
    ]);
    const all = (await shenqiu.call('GET', '/v1/portrait-conflicts?state=open&limit=2')).body as {
      items: Conflict[];
      nextCursor: string;
    };
    expect(all.items).toHaveLength(2);
    const next = (await shenqiu.call('GET', `/v1/portrait-conflicts?state=open&cursor=${all.nextCursor}`)).body as {
      items: Conflict[];
    };
    expect(next.items.some(({ id }) => all.items.some((item) => item.id === id))).toBe(false);
  });
});
