import { createRequire } from 'node:module';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ensureModels } from '../../../models/build/ensure-models.ts';
import { createFaceAnalyzer } from '../../../src/faces/analyzer.ts';
import { createOnnxEngine } from '../../../src/faces/engine/onnx-engine.ts';
import { portraitTemplateOf } from '../../../src/people/people.store.ts';
import { sweepReplacedPortraits } from '../../../src/people/people.ts';
import { createPortraitReader, type PortraitReader } from '../../../src/people/portrait-reader.ts';
import { getTemplates } from '../../../src/people/template.store.ts';
import { type Caller, CLINIC, waiting } from '../access/access-app.ts';
import { createPeopleWorld, form, type PeopleWorld } from './people-world.ts';
import { twoPicturesOfOne } from './search-world.ts';

const photo = (n: number): string =>
  path.join(
    path.dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')),
    `demo/sample${n}.jpg`,
  );

let world: PeopleWorld;
let reader: PortraitReader;
let closeEngine: () => Promise<void>;
let shenqiu: Caller;
/** Two pictures of one face, one of a group, one without anybody. */
let face: Buffer;
let sameFace: Buffer;
let group: Buffer;
let nobody: Buffer;

beforeAll(async () => {
  world = await createPeopleWorld();
  const engine = await createOnnxEngine({ models: await ensureModels() });
  closeEngine = async () => engine.close();
  const analyzer = createFaceAnalyzer({ engine });
  reader = createPortraitReader({ analyzer });
  shenqiu = await world.logIn('shenqiu');
  await shenqiu.call('PUT', '/v1/people/P1', { name: '张三', regionCode: '411624001' });
  group = await sharp(photo(1)).jpeg().toBuffer();
  [face, sameFace] = await twoPicturesOfOne();
  nobody = await sharp({ create: { width: 400, height: 500, channels: 3, background: '#88aacc' } })
    .jpeg()
    .toBuffer();
});
afterAll(async () => {
  await closeEngine?.();
  await world.close();
});

const send = (image: Buffer, type = 'image/jpeg', url = '/v1/people/P1/portrait', caller = shenqiu) =>
  caller.call('POST', url, image, { 'content-type': type }) as Promise<{
    status: number;
    body: { id: string; state: string };
  }>;
const stateOf = async (id: string) =>
  (await shenqiu.call('GET', `/v1/portraits/${id}`)).body as { state: string; reasons: { code: string; zh: string }[] };

it('accepts a good portrait and keeps its template encrypted', async () => {
  const { db, keyring } = world.runtime;
  const sent = await send(face);
  expect(sent).toMatchObject({ status: 202, body: { state: 'pending' } });
  await world.work(reader);
  expect(await stateOf(sent.body.id)).toMatchObject({ state: 'accepted', reasons: [] });
  const template = await portraitTemplateOf(db, 'enrollee', 'P1');
  expect(template?.quality).toBeGreaterThan(0.3);
  const opened = (await getTemplates(db, keyring, [template?.templateId ?? ''])).get(template?.templateId ?? '');
  const length = Math.hypot(...(opened?.template ?? []));
  // As long as its neighbourhood is empty.
  expect(length).toBeGreaterThan(0.97);
  expect(length).toBeLessThanOrEqual(1);
  expect(await waiting(world.runtime, 'people.changed')).toContainEqual(
    expect.objectContaining({ what: 'portrait', psnNo: 'P1' }),
  );
});

it('quarantines what cannot serve, with the reason in Chinese, and leaves the old portrait in use', async () => {
  const before = await portraitTemplateOf(world.runtime.db, 'enrollee', 'P1');
  const tiny = await sharp(face).resize({ width: 40 }).resize({ width: 400 }).blur(6).jpeg().toBuffer();
  const torn = Buffer.concat([face.subarray(0, 2000)]);
  const cases: [Buffer, string[]][] = [
    [nobody, ['no_face']],
    [group, ['several_faces']],
    [tiny, ['blurred', 'low_contrast', 'no_face', 'low_detector_score']],
    [torn, ['not_a_picture']],
    [Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4, 5]), ['not_a_picture']],
  ];
  for (const [image, codes] of cases) {
    const { body } = await send(image);
    await world.work(reader);
    const { state, reasons } = await stateOf(body.id);
    expect(state).toBe('quarantined');
    expect(codes).toContain(reasons[0]?.code);
    expect(reasons[0]?.zh).toMatch(/[一-龥]/);
  }
  expect(await portraitTemplateOf(world.runtime.db, 'enrollee', 'P1')).toEqual(before);
  const listed = (await shenqiu.call('GET', '/v1/portraits?state=quarantined')).body as { items: unknown[] };
  expect(listed.items).toHaveLength(5);
});

it('quarantines a picture that would unpack to hundreds of megapixels', async () => {
  // A small PNG whose header says 12,000 × 12,000.
  const bomb = await sharp(nobody).png().toBuffer();
  bomb.writeUInt32BE(12_000, 16);
  bomb.writeUInt32BE(12_000, 20);
  bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
  const { body } = await send(bomb, 'image/png');
  await world.work(reader);
  expect(await stateOf(body.id)).toMatchObject({ state: 'quarantined', reasons: [{ code: 'too_many_pixels' }] });
});

it('refuses at once what is no picture, or too large', async () => {
  expect((await send(Buffer.from('GIF89a not really'), 'image/jpeg')).status).toBe(415);
  expect((await send(Buffer.from('{}'), 'application/json')).status).toBe(415);
  expect((await send(Buffer.alloc(50 * 1024 * 1024, 0xff))).status).toBe(413);
  const { body, headers } = form({ file: { name: 'x.jpg', content: Buffer.alloc(25 * 1024 * 1024, 1) } });
  expect((await shenqiu.call('POST', '/v1/people/P1/portrait', body, headers)).status).toBe(413);
  expect(await world.work(reader)).toBe(0);
});

it('replaces a portrait only by one that was accepted', async () => {
  const before = await portraitTemplateOf(world.runtime.db, 'enrollee', 'P1');
  world.runtime.clock.advance(1000);
  const { body, headers } = form({ file: { name: 'neu.png', content: sameFace, type: 'image/png' } });
  const sent = (await shenqiu.call('POST', '/v1/people/P1/portrait?takenOn=2025-05-01', body, headers)) as {
    status: number;
    body: { id: string };
  };
  expect(sent.status).toBe(202);
  await world.work(reader);
  const after = await portraitTemplateOf(world.runtime.db, 'enrollee', 'P1');
  expect(after).toMatchObject({ portraitId: sent.body.id, takenOn: '2025-05-01' });
  expect(await stateOf(before?.portraitId ?? '')).toMatchObject({ state: 'superseded' });
});

it('uses the picture that was sent last, whichever was looked at first', async () => {
  const { db, clock } = world.runtime;
  await shenqiu.call('PUT', '/v1/people/P5', { regionCode: '411624001' });
  const first = await send(face, 'image/jpeg', '/v1/people/P5/portrait');
  clock.advance(1000);
  const second = await send(sameFace, 'image/png', '/v1/people/P5/portrait');
  // The first one's work is done last.
  await db.query(`update outbox set id = default where payload->>'portraitId' = $1`, [first.body.id]);
  await world.work(reader);
  expect(await portraitTemplateOf(db, 'enrollee', 'P5')).toMatchObject({ portraitId: second.body.id });
  expect(await stateOf(first.body.id)).toMatchObject({ state: 'superseded' });
});

it('does not look twice at a picture that is in use', async () => {
  await send(sameFace, 'image/png');
  expect(await world.work(reader)).toBe(0);
});

it('shows a portrait to reviewers of the region, and writes down each look', async () => {
  const seen = await shenqiu.call('GET', '/v1/people/P1/portrait?purpose=alert-7');
  expect(seen.status).toBe(200);
  expect(seen.headers).toMatchObject({ 'content-type': 'image/png', 'cache-control': 'private, no-store' });
  expect(seen.raw.equals(sameFace)).toBe(true);
  const [huaiyang, wires] = [await world.logIn('huaiyang'), await world.logIn('wires')];
  expect((await huaiyang.call('GET', '/v1/people/P1/portrait')).status).toBe(404);
  expect((await wires.call('GET', '/v1/people/P1/portrait')).status).toBe(403);
  const { rows } = await world.runtime.db.query(
    `select actor, subject_id, purpose from audit_entries where action = 'portrait.view'`,
  );
  expect(rows).toEqual([{ actor: 'user:shenqiu', subject_id: 'P1', purpose: 'alert-7' }]);
});

it('takes portraits of staff, unless their clinic runs without face recognition', async () => {
  const { db } = world.runtime;
  const put = await shenqiu.call('PUT', '/v1/staff', { clinicCode: CLINIC, staffNo: '0001', name: '赵' });
  const { id } = put.body as { id: string };
  const sent = await send(face, 'image/jpeg', `/v1/staff/${id}/portrait`);
  expect(sent.status).toBe(202);
  await world.work(reader);
  expect(await portraitTemplateOf(db, 'staff', id)).not.toBeNull();
  expect(await waiting(world.runtime, 'people.changed')).toContainEqual(
    expect.objectContaining({ what: 'portrait', staffId: id, clinicCode: CLINIC }),
  );
  await db.query('update clinics set face_recognition = false where code = $1', [CLINIC]);
  expect((await send(sameFace, 'image/png', `/v1/staff/${id}/portrait`)).status).toBe(409);
});

it('forgets a replaced portrait for good once no alert can need it', async () => {
  const { db, blobs, clock, retention, keyring } = world.runtime;
  const { rows } = await db.query<{ template_id: string; blob_sha256: Buffer }>(
    `select template_id, blob_sha256 from portraits where subject_ref = 'P1' and state = 'superseded'`,
  );
  const [old] = rows;
  clock.advance(181 * 86_400_000);
  // Its picture stays: another's portrait in use is the same file.
  expect(await sweepReplacedPortraits({ db, blobs, clock, retention })).toBeGreaterThan(0);
  expect((await getTemplates(db, keyring, [old?.template_id ?? ''])).size).toBe(0);
  expect(await sweepReplacedPortraits({ db, blobs, clock, retention })).toBe(0);
  expect(await portraitTemplateOf(db, 'enrollee', 'P1')).not.toBeNull();
});

it('takes in nothing where face recognition is off', async () => {
  const off = await createPeopleWorld({ env: { FACE_RECOGNITION: 'false' } });
  try {
    const caller = await off.logIn('shenqiu');
    await caller.call('PUT', '/v1/people/P1', { regionCode: '411624001' });
    const sent = await send(face, 'image/jpeg', '/v1/people/P1/portrait', caller);
    expect(sent.status).toBe(409);
    expect(JSON.stringify(sent.body)).toContain('face recognition is switched off');
    const { rows } = await off.runtime.db.query<{ n: number }>(
      'select (select count(*) from portraits) + (select count(*) from blobs) as n',
    );
    expect(rows[0]?.n).toBe(0);
  } finally {
    await off.close();
  }
});
