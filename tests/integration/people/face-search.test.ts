import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createGalleryKeeper } from '../../../src/people/gallery/keeper.ts';
import { packGallery, shardIds } from '../../../src/people/gallery/shards.store.ts';
import { deleteTemplates } from '../../../src/people/template.store.ts';
import { type Caller, CLINIC, OTHER_CLINIC } from '../access/access-app.ts';
import {
  appear,
  cityCard,
  createSearchWorld,
  enrol,
  face,
  type SearchWorld,
  seenAgain,
  twoPicturesOfOne,
} from './search-world.ts';

interface Answer {
  hint: { zh: string; en: string };
  gallerySize: number;
  compared: number;
  complete: boolean;
  leftOut: { otherModel: number; withoutPortrait: number | null; outsideYourRegion: number };
  thresholds: { quality: string; score: number; falseMatchRate: number }[];
  candidates: {
    rank: number;
    subjectKind: string;
    subjectRef: string;
    name: string | null;
    score: number;
    llr: number;
    llrInGallery: number;
    zone: { code: string; zh: string };
    threshold: number | null;
  }[];
}

let world: SearchWorld;
let reader: Caller;
beforeAll(async () => {
  world = await createSearchWorld();
  reader = await world.logIn('reader');
  for (let i = 1; i <= 30; i++) await enrol(world, `P${i}`, face(i), { name: '李四光' });
  await enrol(world, 'VISITOR', face(100), { regionCode: '411603001' });
  await enrol(world, 'STRANGER', face(101), { regionCode: '411603001' });
  await enrol(world, 'OLD', face(102), { modelVersion: 'another-model/1' });
  await world.runtime.db.query(
    `insert into persons (psn_no, region_code, created_at, updated_at) values ('BARE', '411624001', now(), now())`,
  );
  const at = new Date(world.runtime.clock.now() - 30 * 86_400_000);
  await world.runtime.db.query(
    `insert into settlements (id, at, at_offset_min, msgid, clinic_code, psn_no, received_at)
     values (gen_random_uuid(), $1, 480, 'm1', $2, 'VISITOR', $1)`,
    [at, CLINIC],
  );
});
afterAll(() => world.close());
beforeEach(() => {
  world.use.card = world.card;
});

const search = async (body: object, caller = reader) => {
  const answer = await caller.call('POST', '/v1/faces/search', { purpose: '核查冒名线索', ...body });
  return {
    status: answer.status,
    body: answer.body as Answer & { error: { code: string; details: Record<string, unknown>; remedy: string } },
  };
};

describe('a search of a clinic’s catchment', () => {
  it('puts the right person first, with what the find is worth and how it was held', async () => {
    const seen = await appear(world, seenAgain(face(7), 900));
    const { status, body } = await search({ appearanceId: seen });
    expect(status).toBe(200);
    const [first, second] = body.candidates;
    expect(first).toMatchObject({ rank: 1, subjectKind: 'enrollee', subjectRef: 'P7', name: '李**' });
    expect(first?.zone).toMatchObject({ code: 'above_threshold', zh: expect.stringMatching(/线索/) });
    expect(first?.score).toBeGreaterThan(first?.threshold ?? 1);
    expect(first?.llr).toBeGreaterThan(2);
    expect((first?.llr ?? 0) - (first?.llrInGallery ?? 0)).toBeCloseTo(Math.log10(31), 3);
    expect(second?.zone.code).toBe('below_threshold');
    expect(body).toMatchObject({ gallerySize: 31, compared: 31, complete: true });
    expect(body.leftOut).toEqual({ otherModel: 1, withoutPortrait: 1, outsideYourRegion: 0 });
    expect(body.hint.zh).toMatch(/不是身份结论/);
    expect(JSON.stringify(body)).not.toMatch(/mismatch|beyond_genuine/);
  });

  it('knows who settled there, whereever he is registered, and nobody else of elsewhere', async () => {
    const came = await search({ appearanceId: await appear(world, seenAgain(face(100), 901)) });
    expect(came.body.candidates[0]).toMatchObject({ subjectRef: 'VISITOR', zone: { code: 'above_threshold' } });
    const not = await search({ appearanceId: await appear(world, seenAgain(face(101), 902)) });
    expect(not.body.candidates.every(({ zone }) => zone.code === 'below_threshold')).toBe(true);
  });

  it('shows no one outside the caller’s region, but says that there is one', async () => {
    const seen = await appear(world, seenAgain(face(100), 903));
    const county = await search({ appearanceId: seen }, await world.logIn('shenqiu'));
    expect(county.body.candidates.some(({ subjectRef }) => subjectRef === 'VISITOR')).toBe(false);
    expect(county.body.leftOut.outsideYourRegion).toBe(1);
  });

  it('finds who was enrolled a moment ago, and not who was forgotten a moment ago', async () => {
    const { db } = world.runtime;
    const template = await enrol(world, 'LATE', face(200));
    const seen = await appear(world, seenAgain(face(200), 904));
    expect((await search({ appearanceId: seen })).body.candidates[0]?.subjectRef).toBe('LATE');
    await db.query(`update portraits set state = 'superseded', template_id = null where subject_ref = 'LATE'`);
    await deleteTemplates(db, [template]);
    const after = await search({ appearanceId: seen });
    expect(after.body.candidates.some(({ subjectRef }) => subjectRef === 'LATE')).toBe(false);
    expect(after.body.gallerySize).toBe(31);
  });

  it('never calls a small child, or a poor picture, above the threshold', async () => {
    const birth = new Date(world.runtime.clock.now() - 400 * 86_400_000).toISOString().slice(0, 10);
    await enrol(world, 'CHILD', face(201), { birth });
    const child = await search({ appearanceId: await appear(world, seenAgain(face(201), 905, 0.05)) });
    expect(child.body.candidates[0]).toMatchObject({ subjectRef: 'CHILD', zone: { code: 'too_young' } });
    const poor = await search({ appearanceId: await appear(world, seenAgain(face(9), 906, 0.05), { quality: 0.05 }) });
    expect(poor.body.candidates[0]).toMatchObject({
      subjectRef: 'P9',
      zone: { code: 'no_threshold' },
      threshold: null,
    });
    await world.runtime.db.query(`delete from portraits where subject_ref = 'CHILD'`);
  });

  it('finds staff of the clinic by their portraits', async () => {
    const { db } = world.runtime;
    const put = await (await world.logIn('shenqiu')).call('PUT', '/v1/staff', {
      clinicCode: CLINIC,
      staffNo: '7',
      name: '赵医生',
    });
    await enrol(world, 'AS-STAFF', face(300));
    await db.query(`update portraits set subject_kind = 'staff', subject_ref = $1 where subject_ref = 'AS-STAFF'`, [
      (put.body as { id: string }).id,
    ]);
    const { body } = await search({ appearanceId: await appear(world, seenAgain(face(300), 907)) });
    expect(body.candidates[0]).toMatchObject({ subjectKind: 'staff', name: '赵**' });
    await db.query(`delete from portraits where subject_kind = 'staff'`);
  });

  it('takes a picture, and says what is wrong with one that cannot serve', async () => {
    const [portrait, other] = await twoPicturesOfOne();
    const reading = await world.reader.read(portrait);
    if (!reading.accepted) throw new Error('the sample was refused');
    await enrol(world, 'REAL', reading.template, { quality: reading.quality });
    const url = `/v1/faces/search/picture?clinicCode=${CLINIC}&purpose=probe`;
    const found = await reader.call('POST', url, other, { 'content-type': 'image/png' });
    expect((found.body as Answer).candidates[0]).toMatchObject({
      subjectRef: 'REAL',
      zone: { code: 'above_threshold' },
    });
    const blank = Buffer.from(other.subarray(0, 200));
    const refused = await reader.call('POST', url, blank, { 'content-type': 'image/png' });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain('not_a_picture');
    const nowhere = await reader.call('POST', '/v1/faces/search/picture?purpose=probe', other, {
      'content-type': 'image/png',
    });
    expect(nowhere.status).toBe(400);
    await world.runtime.db.query(`delete from portraits where subject_ref = 'REAL'`);
  });
});

describe('what it refuses', () => {
  it('a face that another model described, none at all, and a suspected picture', async () => {
    const old = await search({ appearanceId: await appear(world, face(5), { version: 'another-model/1' }) });
    expect(old).toMatchObject({ status: 409, body: { error: { details: { reason: 'other_model' } } } });
    for (const id of [await appear(world, null), await appear(world, face(5), { suspected: true })]) {
      const none = await search({ appearanceId: id });
      expect(none).toMatchObject({ status: 409, body: { error: { details: { reason: 'no_face_quality' } } } });
    }
    expect((await search({ appearanceId: '00000000-0000-7000-8000-000000000000' })).status).toBe(404);
    expect((await search({ appearanceId: 'x' })).status).toBe(404);
  });

  it('whoever may not: by role, by region, without a purpose', async () => {
    const [here, there] = [await appear(world, face(5)), await appear(world, face(5), { clinicCode: OTHER_CLINIC })];
    const statusOf = async (who: Caller, appearanceId: string) => (await search({ appearanceId }, who)).status;
    expect(await statusOf(await world.logIn('shenqiu'), here)).toBe(200);
    expect(await statusOf(await world.logIn('shenqiu'), there)).toBe(404);
    expect(await statusOf(await world.logIn('huaiyang'), here)).toBe(404);
    for (const name of ['admin', 'wires', 'doctor']) expect(await statusOf(await world.logIn(name), here)).toBe(403);
    for (const role of ['his', 'mirror', 'camera', 'clearing'] as const)
      expect(await statusOf(await world.withKey(role, { clinicCode: CLINIC }), here)).toBe(403);
    expect((await reader.call('POST', '/v1/faces/search', { appearanceId: here })).status).toBe(400);
  });

  it('a city with a card that does for a clinic: with the reason, its size and a remedy', async () => {
    const { status, body } = await search({ appearanceId: await appear(world, face(5)), scope: 'all' });
    expect(status).toBe(409);
    expect(body.error.details).toMatchObject({ reason: 'not_calibrated_for_size', neededSize: 100_000 });
    expect(body.error.details.largest).toBeGreaterThan(4_000);
    expect(body.error.remedy).toMatch(/机构服务范围/);
  });

  it('a catchment that is larger than the card does for, and any with a card without calibration', async () => {
    world.use.card = { ...world.card, calibration: null };
    const none = await search({ appearanceId: await appear(world, face(5)) });
    expect(none).toMatchObject({ status: 409, body: { error: { details: { reason: 'uncalibrated_model' } } } });
    const calibration = world.card.calibration;
    if (calibration === null) throw new Error('the built-in card has a calibration');
    world.use.card = { ...world.card, calibration: { ...calibration, people: 5 } };
    const few = await search({ appearanceId: await appear(world, face(5)) });
    expect(few).toMatchObject({
      status: 409,
      body: { error: { details: { reason: 'not_calibrated_for_size', gallerySize: 31 } } },
    });
  });
});

it('writes down each search with its purpose: what was asked, who was shown, what was refused', async () => {
  const seen = await appear(world, seenAgain(face(11), 910));
  await search({ appearanceId: seen, limit: 1, purpose: '线索 2026-17' });
  await search({ appearanceId: seen, scope: 'all', purpose: '线索 2026-18' });
  const { rows } = await world.runtime.db.query(
    `select actor, action, subject_kind, subject_id, purpose, outcome from audit_entries
     where subject_id = $1 order by id`,
    [seen],
  );
  const row = { actor: 'user:reader', action: 'face.search', subject_kind: 'appearance', subject_id: seen };
  expect(rows).toEqual([
    { ...row, purpose: '线索 2026-17', outcome: 'done' },
    { ...row, purpose: '线索 2026-18', outcome: 'refused' },
  ]);
  const entries = await world.runtime.db.query<{ entry_enc: Buffer; commitment: Buffer }>(
    `select entry_enc, commitment from audit_entries where subject_id = $1 order by id limit 1`,
    [seen],
  );
  const entry = entries.rows[0];
  const text = world.runtime.keyring.openText(
    'audit',
    entry?.entry_enc ?? Buffer.alloc(0),
    entry?.commitment.toString('hex'),
  );
  expect(JSON.parse(text).detail).toMatchObject({ gallerySize: 31, shown: ['enrollee:P11'] });
});

describe('a gallery of everybody', () => {
  it('is searched with a card for a city, from packed shards and from templates that are in none yet', async () => {
    const { db, keyring, clock, log } = world.runtime;
    world.use.card = cityCard(world.card);
    expect(await packGallery(world.deps, world.keeper.model, 10)).toEqual({ packed: 32, left: 0 });
    expect(await packGallery(world.deps, world.keeper.model, 10)).toEqual({ packed: 0, left: 0 });
    await enrol(world, 'UNPACKED', face(400));
    const open = createGalleryKeeper({ ...{ db, keyring, clock, log }, model: world.keeper.model });
    const { gallery, otherVersion } = await open.open({ kind: 'all' });
    expect({ size: gallery.size, otherVersion }).toEqual({ size: 33, otherVersion: 1 });
    await open.close();
    const far = await search({ appearanceId: await appear(world, seenAgain(face(101), 920, 0.1)), scope: 'all' });
    expect(far.body.candidates[0]).toMatchObject({
      subjectRef: 'STRANGER',
      threshold: 0.965,
      zone: { code: 'above_threshold' },
    });
    expect(far.body.leftOut).toMatchObject({ otherModel: 1, withoutPortrait: null });
    const fresh = await appear(world, seenAgain(face(401), 921, 0.1));
    await enrol(world, 'FRESH', face(401));
    expect((await search({ appearanceId: fresh, scope: 'all' })).body.candidates[0]?.subjectRef).toBe('FRESH');
  });

  it('leaves nothing of a face in the shards once its portrait is not in use', async () => {
    const { db } = world.runtime;
    const before = await db.query<{ n: number }>('select sum(templates)::int as n from biometric.gallery_shards');
    await db.query(`update portraits set state = 'superseded' where subject_ref = 'P30'`);
    expect((await packGallery(world.deps, world.keeper.model, 10)).left).toBe(1);
    const after = await db.query<{ n: number }>('select sum(templates)::int as n from biometric.gallery_shards');
    expect((before.rows[0]?.n ?? 0) - (after.rows[0]?.n ?? 0)).toBe(1);
  });

  it('goes on from the stored templates when a shard is damaged, and has it packed again', async () => {
    const { db, keyring, clock, log } = world.runtime;
    await db.query(`update biometric.gallery_shards set sealed = set_byte(sealed, 900, get_byte(sealed, 900) # 1)`);
    const open = createGalleryKeeper({ ...{ db, keyring, clock, log }, model: world.keeper.model });
    const { gallery } = await open.open({ kind: 'all' });
    expect(gallery.size).toBe(33);
    const [hit] = await gallery.scan([face(12)], 1);
    expect(hit?.hits[0]?.score).toBeGreaterThan(0.99);
    await open.close();
    expect(await shardIds(db, world.keeper.model.version)).toEqual([]);
    expect((await packGallery(world.deps, world.keeper.model, 10)).packed).toBe(33);
  });

  it('has no shards of a model that is not in use any more', async () => {
    await packGallery(world.deps, { version: 'newer/1', dimension: 128 }, 10);
    expect(await shardIds(world.runtime.db, world.keeper.model.version)).toEqual([]);
  });
});
