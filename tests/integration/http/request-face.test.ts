import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createApiKey } from '../../../src/access/api-keys.store.ts';
import type { App } from '../../../src/http/app.ts';
import { composeRooms, type Rooms } from '../../../src/http/compose.ts';
import type { MessageAnswer } from '../../../src/ledgers/claims/answer.ts';
import { takeAuth } from '../../../src/ledgers/presence/feed-lines.ts';
import { createPgPresenceStore } from '../../../src/ledgers/presence/pg-store.ts';
import { putTemplate } from '../../../src/people/template.store.ts';
import { type Tx, ts } from '../../../src/platform/db.ts';
import { createPortraitThread, type PortraitThread } from '../../../src/vision/portrait-thread.ts';
import { PEOPLE, type PersonName, photoOf } from '../../support/footage.ts';
import { createTestRuntime, TEST_NOW, type TestRuntime } from '../../support/test-runtime.ts';
import * as messages from '../../unit/claims/messages.ts';

const CLINIC = messages.CLINIC_CODE;
const MINUTE = 60_000;

let runtime: TestRuntime;
let app: App;
let rooms: Rooms;
let thread: PortraitThread;
let authorization: string;
beforeAll(async () => {
  runtime = await createTestRuntime({ env: { REQUEST_FACE_WITHIN_MS: '2500', REQUEST_FACE_WAITING: '2' } });
  const { db, clock, config } = runtime;
  await db.query(
    `insert into regions (code, name, level, parent) values ('4116', '周口市', 'city', null), ('411624', '沈丘县', 'county', '4116')`,
  );
  await db.query(
    `insert into clinics (code, name, region_code, mode, created_at) values ($1, '一', '411624', 'hook', $2)`,
    [CLINIC, ts(clock.now())],
  );
  const { key } = await createApiKey(db, clock, {
    ...{ name: 'his', role: 'his', regionCode: null, clinicCode: CLINIC, cameraId: null },
  } as Parameters<typeof createApiKey>[2]);
  authorization = `Bearer ${key}`;
  thread = createPortraitThread(config);
  await person('P0001', 'ann');
  await person('P0002', 'bea');
  await person('P0003', null);
  rooms = await composeRooms(runtime);
  app = await rooms.app();
  // The networks are opened by the first picture.
  await ask('warm', { face_image: await picture('ann', 40), psn_no: 'P0003' });
});
afterAll(async () => {
  await app.close();
  await thread.close();
  await runtime.close();
});

/** One face, larger or smaller than the portrait's: another picture of the same person. */
async function crop(who: PersonName, quality = 90, px = 420): Promise<Buffer> {
  const { x, y, width, height, photo } = PEOPLE[who];
  const left = Math.max(0, Math.round(x - width * 0.4));
  const top = Math.max(0, Math.round(y - height * 0.3));
  return sharp(await readFile(photoOf(photo)))
    .extract({ left, top, width: Math.min(Math.round(width * 1.8), 1920 - left), height: Math.round(height * 1.6) })
    .resize({ width: px })
    .jpeg({ quality })
    .toBuffer();
}
const picture = async (who: PersonName, quality?: number, px?: number): Promise<string> =>
  (await crop(who, quality, px)).toString('base64');

async function person(psnNo: string, who: PersonName | null): Promise<void> {
  const { db, keyring, clock } = runtime;
  const now = clock.now();
  await db.query(
    `insert into persons (psn_no, region_code, sex, birth, created_at, updated_at) values ($1, '411624', 'female', '1950-01-01', $2, $2)`,
    [psnNo, ts(now)],
  );
  if (who === null) return;
  const reading = await thread.read(await crop(who, 95, 500));
  if (!reading.accepted) throw new Error(`no portrait of ${who}: ${reading.reasons.map(({ code }) => code)}`);
  await db.transaction(async (tx) => {
    const { template, modelVersion, quality } = reading;
    const id = await putTemplate(tx, keyring, {
      template,
      modelVersion,
      quality,
      retentionClass: 'identity',
      createdAt: now,
    });
    await tx.query(
      `insert into portraits (id, subject_kind, subject_ref, state, quality, template_id, taken_on, created_at, decided_at)
       values (gen_random_uuid(), 'enrollee', $1, 'accepted', $2, $3, '2025-01-01', $4, $4)`,
      [psnNo, quality, id, ts(now)],
    );
  });
}

async function send(body: unknown): Promise<MessageAnswer> {
  const response = await app.inject({
    method: 'POST',
    url: '/v1/claims/messages',
    headers: { authorization, 'content-type': 'application/json' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
  expect(response.statusCode).toBe(200);
  return response.json();
}

async function ask(visit: string, over: Record<string, unknown>): Promise<MessageAnswer> {
  const pair = messages.trial(visit);
  const { data } = pair.request.input as { data: Record<string, unknown> };
  return send({ ...pair, request: { ...pair.request, input: { data: { ...data, ...over } } } });
}
const codes = ({ output }: MessageAnswer): (string | undefined)[] =>
  output.decision?.reasons.map(({ code }) => code) ?? [];

it('clears at once whose face is sent, and keeps neither the picture nor its template', async () => {
  const image = await picture('ann');
  const { db, keyring } = runtime;
  const templates = async () => (await db.query('select 1 from biometric.templates')).rowCount;
  const before = await templates();
  const answer = await ask('F1', { face_image: image });
  expect(answer.output.decision?.decision).toBe('allow');
  expect(codes(answer)).toEqual(['matched_in_request']);
  expect(await templates()).toBe(before);
  const { rows } = await db.query<{ request_enc: Buffer; body: Record<string, unknown>; msgid: string }>(
    `select m.request_enc, m.msgid, e.body from claim_messages m join claim_events e on e.msgid = m.msgid where e.mdtrt_id = 'F1'`,
  );
  const [row] = rows;
  const text = row === undefined ? '' : keyring.openText('message', row.request_enc, `${row.msgid}:request`);
  expect(text).toContain('"face_image":"sha256:');
  expect(text).not.toContain(image.slice(0, 40));
  expect(row?.body.requestFace).toMatchObject({ reason: 'matched', zone: 'match' });
  const heads = await db.query(
    `select verdict, verdict_reason from assessment_heads where subject_id = 'visit:${CLINIC}:F1'`,
  );
  expect(heads.rows).toEqual([{ verdict: 'match', verdict_reason: 'matched_in_request' }]);
});

it('lets the picture speak for the settlement that follows it, and for no other person', async () => {
  const answer = await send(messages.settlement('SF1', 'F1'));
  expect(codes(answer)).toContain('matched_in_request');
  const { rows } = await runtime.db.query(
    `select h.verdict, h.verdict_reason from assessment_heads h join settlements s on s.id::text = h.subject_id where s.mdtrt_id = 'F1'`,
  );
  expect(rows).toEqual([{ verdict: 'match', verdict_reason: 'matched_in_request' }]);
});

it('asks to check when it is certainly another face: review with another way, never a hold without a site card', async () => {
  const answer = await ask('F2', { face_image: await picture('cora') });
  expect(answer.output.decision).toMatchObject({ decision: 'review', alternative: { kind: 'id_card_witness' } });
  expect(codes(answer)).toContain('request_face_differs');
  expect(answer.output.result).toMatchObject([{ rule_id: 'A15@1' }]);
});

it('takes a picture that says nothing for nothing: the clinic goes on and hears why', async () => {
  const noise = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#557755' } })
    .jpeg()
    .toBuffer();
  const blurred = await sharp(await crop('ann'))
    .resize({ width: 60 })
    .resize({ width: 420 })
    .blur(12)
    .jpeg()
    .toBuffer();
  const crowd = await readFile(photoOf(1));
  const cut = (await crop('ann')).subarray(0, 3_000);
  const told: Record<string, (string | undefined)[]> = {};
  for (const [name, image] of Object.entries({
    faceless: noise.toString('base64'),
    blurred: blurred.toString('base64'),
    crowd: `data:image/jpeg;base64,${crowd.toString('base64')}`,
    corrupt: cut.toString('base64'),
    text: '这不是照片',
    huge: 'A'.repeat(4_000_000),
    noPortrait: await picture('ann', 70),
  })) {
    const answer = await ask(`I-${name}`, { face_image: image, ...(name === 'noPortrait' ? { psn_no: 'P0003' } : {}) });
    expect(answer.infcode).toBe(0);
    expect(answer.output.decision?.decision).toBe('allow');
    told[name] = codes(answer).filter((code) => code?.startsWith('request_face_'));
  }
  expect(told).toEqual({
    faceless: ['request_face_no_face'],
    blurred: [expect.stringMatching(/^request_face_(blurred|no_face|low_detector_score)$/)],
    crowd: ['request_face_several_faces'],
    corrupt: ['request_face_not_a_picture'],
    text: ['request_face_not_a_picture'],
    huge: ['request_face_too_large'],
    noPortrait: ['request_face_no_portrait'],
  });
});

it('does not take the very same picture for a second visit', async () => {
  const image = await picture('bea', 80);
  expect(codes(await ask('S1', { face_image: image, psn_no: 'P0002' }))).toEqual(['matched_in_request']);
  expect(codes(await ask('S2', { face_image: image, psn_no: 'P0002' }))).toContain('request_face_used_before');
});

it('answers a repetition as before, and an audit (3102) too', async () => {
  const pair = messages.audit('3102', 'R1');
  const { data } = pair.request.input as { data: Record<string, unknown> };
  const body = {
    ...pair,
    request: { ...pair.request, input: { data: { ...data, face_image: await picture('ann', 85) } } },
  };
  const first = await send(body);
  expect(codes(first)).toContain('matched_in_request');
  const again = await send(body);
  expect(again.output).toMatchObject({ outcome: 'duplicate', decision: { id: first.output.decision?.id } });
  expect(codes(again)).toContain('matched_in_request');
});

it('keeps no picture of a message that goes to quarantine', async () => {
  const image = await picture('ann', 60);
  const pair = messages.trial('Q1');
  const request = { ...pair.request, fixmedins_code: 'H41162499999', input: { data: { face_image: image } } };
  const answer = await send({ ...pair, request });
  expect(answer.output.outcome).toBe('quarantined');
  const { rows } = await runtime.db.query<{ body_enc: Buffer; id: string }>(
    'select id, body_enc from claim_quarantine',
  );
  const [row] = rows;
  const kept =
    row === undefined ? '' : runtime.keyring.open('message', row.body_enc, `quarantine:${row.id}`).toString('utf8');
  expect(kept).toContain('sha256:');
  expect(kept).not.toContain(image.slice(0, 40));
});

const logged = (authNo: string, psnNo: string, ok = true, at = TEST_NOW - MINUTE) =>
  runtime.db.transaction(async (tx) => {
    const store = createPgPresenceStore(tx, runtime);
    await store.putTerminalAuth({
      ...{ id: crypto.randomUUID(), clinic_code: CLINIC, psn_no: psnNo, auth_no: authNo, ok, at, created_at: at },
    });
  });

it("uses a terminal's number at once, and takes one that is in no log for nothing", async () => {
  expect(codes(await ask('T0', { auth_no: 'AUTH-0', psn_no: 'P0003' }))).toContain('auth_not_logged');
  await logged('AUTH-1', 'P0001');
  const answer = await ask('T1', { auth_no: 'AUTH-1' });
  expect(answer.output.decision?.decision).toBe('allow');
  expect(codes(answer)).toContain('terminal_confirmed');
  await logged('AUTH-2', 'P0003', false);
  expect(codes(await ask('T2', { auth_no: 'AUTH-2', psn_no: 'P0003' }))).toContain('auth_not_passed');
});

it('asks about the data when one number stands for another person or a second visit, and holds nobody', async () => {
  const other = await ask('T3', { auth_no: 'AUTH-1', psn_no: 'P0002' });
  expect(other.output.decision?.decision).toBe('allow');
  expect(codes(other)).toContain('auth_of_other_person');
  const second = await ask('T4', { auth_no: 'AUTH-1' });
  expect(second.output.decision?.decision).toBe('allow');
  expect(codes(second)).toContain('auth_of_other_visit');
  const { rows } = await runtime.db.query(
    `select distinct class from findings where rule_id = 'A16' and outcome = 'hit'`,
  );
  expect(rows).toEqual([{ class: 'data' }]);
});

/** Works off what is due. */
async function drain(): Promise<void> {
  const { db, clock } = runtime;
  const handlers = new Map(rooms.handlersOf(['reconcile']).map((handler) => [handler.topic.name, handler]));
  for (;;) {
    const { rows } = await db.query<{ id: number; topic: string; payload: Record<string, unknown> }>(
      `select id, topic, payload from outbox where done_at is null and available_at <= $1 order by available_at, id limit 1`,
      [ts(clock.now())],
    );
    const [row] = rows;
    if (row === undefined) return;
    const once = (effects: (tx: Tx) => Promise<void>): Promise<void> =>
      db.transaction(async (tx) => {
        await tx.query('update outbox set done_at = now() where id = $1', [row.id]);
        await effects(tx);
      });
    const handler = handlers.get(row.topic);
    if (handler) await handler.handle({ payload: row.payload, once });
    else await once(async () => undefined);
  }
}

it("looks again when the terminal's log line comes", async () => {
  expect(codes(await ask('L1', { auth_no: 'AUTH-L', psn_no: 'P0003' }))).toContain('auth_not_logged');
  await runtime.db.transaction((tx) =>
    takeAuth(createPgPresenceStore(tx, runtime), runtime, {
      ...{ clinic: CLINIC, psnNo: 'P0003', authNo: 'AUTH-L', ok: true },
    }),
  );
  await drain();
  const { rows } = await runtime.db.query<{ reasons: { code: string }[] }>(
    `select reasons from decisions where mdtrt_id = 'L1'`,
  );
  expect(rows[0]?.reasons.map(({ code }) => code)).toEqual(['terminal_confirmed']);
});

it('takes a picture of a print for nobody’s presence', async () => {
  const print = sharp(await crop('bea', 95, 300)).extend({
    ...{ top: 34, bottom: 34, left: 34, right: 34, background: '#f3f0e9' },
  });
  const shown = await sharp(await print.png().toBuffer())
    .extend({ top: 70, bottom: 70, left: 90, right: 90, background: '#747b75' })
    .jpeg({ quality: 90 })
    .toBuffer();
  const answer = await ask('PR1', { face_image: shown.toString('base64'), psn_no: 'P0002' });
  expect(codes(answer)).toContain('request_face_presentation_suspected');
  expect(codes(answer)).not.toContain('matched_in_request');
  expect(answer.output.decision?.decision).toBe('allow');
});
