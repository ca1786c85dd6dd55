import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiKey } from '../../../src/access/api-keys.store.ts';
import { createAudit } from '../../../src/access/audit.ts';
import type { Role } from '../../../src/access/principal.ts';
import { createUser } from '../../../src/access/users.store.ts';
import { defaultModelCardPath } from '../../../src/faces/load-model-card.ts';
import type { App } from '../../../src/http/app.ts';
import { composeRooms, type Rooms } from '../../../src/http/compose.ts';
import { checkPortraitTemplates } from '../../../src/http/face-model-check.ts';
import type { MessageAnswer } from '../../../src/ledgers/claims/answer.ts';
import { portraitHandler } from '../../../src/people/portrait.worker.ts';
import { createPortraitReader } from '../../../src/people/portrait-reader.ts';
import { submitPortrait } from '../../../src/people/portraits.store.ts';
import { ts } from '../../../src/platform/db.ts';
import { type OpenFaces, openFaces } from '../../../src/vision/open-vision.ts';
import { PEOPLE, photoOf } from '../../support/footage.ts';
import { blockEmbedder, writeOwnModel } from '../../support/own-model.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';
import { workOff } from '../../support/work-off.ts';
import * as messages from '../../unit/claims/messages.ts';

/** An installation whose operator has brought a model of his own, which nobody calibrated, in the built-in one's place. */
let dir: string;
let runtime: TestRuntime;
let rooms: Rooms;
let app: App;
let faces: OpenFaces;
let his: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'claimsight-face-models-'));
  const card = await writeOwnModel(dir, blockEmbedder({}));
  runtime = await createTestRuntime({
    env: { MODEL_CARD: card, MODEL_CARD_BEFORE: defaultModelCardPath, REQUEST_FACE_WITHIN_MS: '2500' },
  });
  const { db, clock, config } = runtime;
  await db.query(
    `insert into regions (code, name, level, parent) values ('4116', '周口市', 'city', null), ('411624', '沈丘县', 'county', '4116'),
       ('411603', '淮阳区', 'county', '4116')`,
  );
  for (const [code, region] of [
    [messages.CLINIC_CODE, '411624'],
    ['H41160300456', '411603'],
  ]) {
    await db.query(
      `insert into clinics (code, name, region_code, mode, created_at) values ($1, '一', $2, 'hook', $3)`,
      [...[code, region, ts(clock.now())]],
    );
  }
  const user = (username: string, role: Role, regionCode: string) =>
    createUser(db, clock, {
      username,
      displayName: username,
      role,
      regionCode,
      clinicCode: null,
      password: 'right horse 42',
    });
  await user('ann', 'admin', '4116');
  await user('bob', 'supervisor', '4116');
  await user('cleo', 'admin', '411624');
  await user('dan', 'investigator', '4116');
  const { key } = await createApiKey(db, clock, {
    ...{ name: 'his', role: 'his', regionCode: null, clinicCode: messages.CLINIC_CODE, cameraId: null },
  } as Parameters<typeof createApiKey>[2]);
  his = `Bearer ${key}`;
  faces = await openFaces(config);
  rooms = await composeRooms(runtime);
  app = await rooms.app();
});
afterAll(async () => {
  await app.close();
  await faces.close();
  await runtime.close();
  await rm(dir, { recursive: true, force: true });
});

async function by(username: string) {
  const answer = await app.inject({
    method: 'POST',
    url: '/v1/session',
    payload: { username, password: 'right horse 42' },
  });
  const cookie = String(answer.headers['set-cookie']).split(';')[0] ?? '';
  const headers = { cookie, 'x-csrf-token': (answer.json() as { csrfToken: string }).csrfToken };
  return async (method: 'GET' | 'POST', url: string, payload?: object) => {
    const response = await app.inject({ method, url, headers, ...(payload && { payload }) });
    return { status: response.statusCode, body: response.json() as Record<string, unknown> };
  };
}
const crop = async (px = 420): Promise<Buffer> => {
  const { photo, x, y, width, height } = PEOPLE.ann;
  const left = Math.max(0, Math.round(x - width * 0.4));
  const top = Math.max(0, Math.round(y - height * 0.3));
  const area = { left, top, width: Math.round(width * 1.8), height: Math.round(height * 1.6) };
  return sharp(photoOf(photo)).extract(area).resize({ width: px }).jpeg().toBuffer();
};

it('makes every portrait again when an administrator of the whole region asks for it, and tells how far it is', async () => {
  const { db } = runtime;
  const before = createPortraitReader({
    analyzer: {
      ...faces.analyzer,
      // As the built-in model alone had described it.
      describe: async (found) => (await faces.analyzer.describe(found)).map((template) => template?.also?.[0] ?? null),
    },
  });
  const image = await crop();
  await db.transaction((tx) =>
    submitPortrait(tx, runtime, {
      ...{ subjectKind: 'enrollee', subjectRef: 'P0001', image, mediaType: 'image/jpeg', takenOn: '2025-01-01' },
    }),
  );
  const deps = { ...runtime, audit: createAudit(runtime), timeZone: 'Asia/Shanghai', faceRecognition: true };
  await workOff(runtime, [portraitHandler({ ...deps, reader: before })]);

  expect((await (await by('dan'))('POST', '/v1/faces/re-enrolments', {})).status).toBe(403);
  expect((await (await by('cleo'))('POST', '/v1/faces/re-enrolments', {})).status).toBe(403);
  const ann = await by('ann');
  const started = await ann('POST', '/v1/faces/re-enrolments', { perMinute: 600 });
  expect(started).toMatchObject({
    status: 202,
    body: { state: 'running', toVersion: faces.analyzer.templateVersion, portraits: 1, done: 0, waiting: 1 },
  });
  const url = `/v1/faces/re-enrolments/${started.body.id}`;
  expect(await checkPortraitTemplates(db, runtime.config)).toContain(
    '0 described by the model in use; claimsight re-enrol',
  );
  const { MODEL_CARD_BEFORE: _before, ...alone } = runtime.config;
  await expect(checkPortraitTemplates(db, alone)).rejects.toMatchObject({
    message: expect.stringContaining('1 by no model that serves'),
    details: { remedy: expect.stringContaining('re-enrol') },
  });
  expect(await ann('POST', `${url}/retire`)).toMatchObject({ status: 409 });
  await workOff(runtime, rooms.reEnrolHandlers(faces));
  // The older one is calibrated, the new one is not: it goes only when somebody says so.
  expect(await ann('GET', url)).toMatchObject({ body: { state: 'done', done: 1, waiting: 0, reasons: [] } });
  expect(await ann('POST', `${url}/retire`)).toMatchObject({ body: { state: 'retired', retiredBy: 'user:ann' } });
  expect(await ann('GET', `${url}/failures`)).toMatchObject({ status: 200, body: { items: [], nextCursor: null } });
  const { rows } = await db.query('select model_version, dimension from biometric.templates');
  expect(rows).toEqual([{ model_version: faces.analyzer.templateVersion, dimension: 512 }]);
});

it('tells nothing of a request’s face by a model that nobody calibrated', async () => {
  const { MODEL_CARD_BEFORE: _retired, ...config } = runtime.config;
  const alone = await (await composeRooms({ ...runtime, config })).app();
  const ask = async (visit: string, px: number): Promise<(string | undefined)[]> => {
    const pair = messages.trial(visit);
    const { data } = pair.request.input as { data: Record<string, unknown> };
    const input = { data: { ...data, psn_no: 'P0001', face_image: (await crop(px)).toString('base64') } };
    const response = await alone.inject({
      method: 'POST',
      url: '/v1/claims/messages',
      headers: { authorization: his, 'content-type': 'application/json' },
      payload: JSON.stringify({ ...pair, request: { ...pair.request, input } }),
    });
    return (response.json() as MessageAnswer).output.decision?.reasons.map(({ code }) => code) ?? [];
  };
  // The networks are opened by the first picture.
  for (let px = 410; (await ask(`W${px}`, px))[0] === 'request_face_late' && px > 400; px--);
  expect(await ask('F1', 380)).toEqual(['request_face_uncalibrated_model']);
  await alone.close();
});

it('refuses a calibration that proves too little, with the numbers, to whoever asks', async () => {
  const ann = await by('ann');
  const span = { from: '2026-01-01T00:00:00+08:00', to: '2026-03-01T00:00:00+08:00' };
  expect((await (await by('dan'))('POST', '/v1/faces/calibrations', span)).status).toBe(403);
  expect((await ann('POST', '/v1/faces/calibrations', { from: span.to, to: span.from })).status).toBe(400);
  const asked = await ann('POST', '/v1/faces/calibrations', span);
  expect(asked).toMatchObject({ status: 202, body: { state: 'waiting', proposedBy: 'user:ann' } });
  await workOff(runtime, rooms.handlersOf(['people']));
  const url = `/v1/faces/calibrations/${asked.body.id}`;
  expect(await ann('GET', url)).toMatchObject({
    body: { state: 'refused', numbers: { people: 0 }, refusal: { zh: expect.stringContaining('0 人') } },
  });
  expect((await (await by('bob'))('POST', `${url}/approve`, {})).status).toBe(409);
  expect((await ann('GET', `${url}/card`)).status).toBe(409);
});

it('does not start with a damaged model', async () => {
  await truncate(join(dir, 'own.onnx'), 1000);
  await expect(composeRooms(runtime)).rejects.toMatchObject({ code: 'integrity' });
});
