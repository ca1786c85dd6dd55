import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  camerasToWatch,
  clockOffsetAt,
  getCamera,
  putCamera,
  sourceKindOf,
} from '../../../src/devices/camera.store.ts';
import {
  type AppearanceInput,
  appearancesIn,
  openAppearances,
  putAppearance,
  voidAppearance,
} from '../../../src/ledgers/presence/appearance.store.ts';
import {
  currentDeviceState,
  deviceStatesIn,
  putDeviceState,
} from '../../../src/ledgers/presence/device-state.store.ts';
import { advanceWatermark, watermarksOf } from '../../../src/ledgers/presence/watermark.store.ts';
import { getTemplates } from '../../../src/people/template.store.ts';
import { ts } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/ids.ts';
import { addClinic, CLINIC } from '../../support/clinic.ts';
import { createTestRuntime, TEST_NOW, type TestRuntime } from '../../support/test-runtime.ts';

let runtime: TestRuntime;
beforeAll(async () => {
  runtime = await createTestRuntime();
  await addClinic(runtime);
  await runtime.db.transaction((tx) =>
    putCamera(tx, runtime, {
      id: 'cam',
      clinicCode: CLINIC,
      name: '收费处',
      scenePoint: 'counter',
      sourceUrl: 'rtsp://admin:s3cret@10.0.0.9/1',
    }),
  );
});
afterAll(() => runtime.close());

const unit = (axis: number): Float32Array => Float32Array.from({ length: 128 }, (_, i) => (i === axis ? 1 : 0));
const seen = (more: Partial<AppearanceInput> = {}): AppearanceInput => ({
  id: newId(),
  cameraId: 'cam',
  clinicCode: CLINIC,
  state: 'open',
  from: TEST_NOW,
  to: TEST_NOW + 3_000,
  faces: 2,
  quality: 0.5,
  template: { version: 'm/1', vector: unit(1) },
  shots: [
    {
      at: TEST_NOW + 1_000,
      quality: 0.5,
      box: { x: 1, y: 2, width: 3, height: 4 },
      frame: { width: 640, height: 360 },
      jpeg: Buffer.from(`jpeg ${more.id ?? ''}`),
    },
  ],
  ...more,
});
const put = (input: AppearanceInput) => runtime.db.transaction((tx) => putAppearance(tx, runtime, input));
const waiting = async (topic: string) =>
  (
    await runtime.db.query<{ payload: Record<string, unknown> }>(
      'select payload from outbox where topic = $1 order by id',
      [topic],
    )
  ).rows.map(({ payload }) => payload);

describe('an appearance', () => {
  it('is one row however often it is told, with its newest template, and one waiting job', async () => {
    const id = newId();
    await put(seen({ id }));
    await put(
      seen({
        id,
        state: 'closed',
        to: TEST_NOW + 9_000,
        faces: 5,
        quality: 0.9,
        template: { version: 'm/1', vector: unit(2) },
      }),
    );
    const [row, ...others] = (await appearancesIn(runtime.db, CLINIC, TEST_NOW, TEST_NOW + 1)).filter(
      (each) => each.id === id,
    );
    expect(others).toEqual([]);
    expect(row).toMatchObject({ state: 'closed', to: TEST_NOW + 9_000, faces: 5, revision: 2 });
    const templates = await getTemplates(runtime.db, runtime.keyring, [row?.templateId ?? '']);
    expect(templates.get(row?.templateId ?? '')?.template[2]).toBe(1);
    expect((await runtime.db.query('select 1 from biometric.templates')).rowCount).toBe(1);
    expect((await waiting('presence.appearance')).filter((payload) => payload.appearanceId === id)).toMatchObject([
      { state: 'closed' },
    ]);
  });

  it('lies encrypted: neither its template nor its picture can be read from the tables or the files', async () => {
    const { rows } = await runtime.db.query<{ template_enc: Buffer }>('select template_enc from biometric.templates');
    const plain = Buffer.from(unit(2).buffer);
    expect(rows.every(({ template_enc }) => !template_enc.includes(plain.subarray(4, 16)))).toBe(true);
  });

  it('that an alert keeps stays kept when it is revised, new shots too', async () => {
    const id = newId();
    await put(seen({ id, from: TEST_NOW + 60_000 }));
    await runtime.db.query(`update appearances set retention_class = 'alert' where id = $1`, [id]);
    const shot = {
      at: TEST_NOW + 65_000,
      quality: 0.9,
      box: { x: 0, y: 0, width: 9, height: 9 },
      frame: { width: 640, height: 360 },
      jpeg: Buffer.from('a better one'),
    };
    await put(seen({ id, from: TEST_NOW + 60_000, shots: [shot] }));
    const { rows } = await runtime.db.query<{ retention_class: string }>(
      `select b.retention_class from appearance_shots s join blobs b on b.sha256 = s.blob_sha256 where s.appearance_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ retention_class: 'alert' }]);
    const { rows: templates } = await runtime.db.query<{ retention_class: string }>(
      'select t.retention_class from biometric.templates t join appearances a on a.template_id = t.id where a.id = $1',
      [id],
    );
    expect(templates).toEqual([{ retention_class: 'alert' }]);
  });

  it('without recognition has neither template nor shots', async () => {
    const id = newId();
    await put(seen({ id, from: TEST_NOW + 120_000, to: TEST_NOW + 121_000, template: null, shots: [] }));
    const [row] = (await appearancesIn(runtime.db, CLINIC, TEST_NOW + 120_000, TEST_NOW + 120_001)).filter(
      (each) => each.id === id,
    );
    expect(row?.templateId).toBeNull();
  });

  it('that was void is nobody any more', async () => {
    const id = newId();
    await put(seen({ id, from: TEST_NOW + 180_000 }));
    await runtime.db.transaction((tx) => voidAppearance(tx, runtime, id, TEST_NOW + 180_000));
    expect((await openAppearances(runtime.db, 'cam')).map((each) => each.id)).not.toContain(id);
    expect((await waiting('presence.appearance')).at(-1)).toMatchObject({ appearanceId: id, state: 'void' });
  });
});

describe('a camera', () => {
  it('has one state at a time; writing the same again tells nobody', async () => {
    const ok = { id: newId(), cameraId: 'cam', state: 'ok' as const, from: TEST_NOW, to: null, reason: null };
    const write = (interval: typeof ok | (Omit<typeof ok, 'to'> & { to: number })) =>
      runtime.db.transaction((tx) => putDeviceState(tx, runtime.outbox, CLINIC, interval));
    await write(ok);
    await write(ok);
    await write({ ...ok, to: TEST_NOW + 5_000 });
    await write({ ...ok, id: newId(), from: TEST_NOW + 5_000 });
    expect(await currentDeviceState(runtime.db, 'cam')).toMatchObject({ from: TEST_NOW + 5_000 });
    expect(await deviceStatesIn(runtime.db, ['cam'], TEST_NOW, TEST_NOW + 5_001)).toHaveLength(2);
    expect(await waiting('presence.device')).toHaveLength(2);
  });

  it('has a watermark that never goes back, one job for many steps', async () => {
    for (const until of [TEST_NOW + 10_000, TEST_NOW + 20_000, TEST_NOW + 5_000]) {
      await runtime.db.transaction((tx) =>
        advanceWatermark(tx, runtime, CLINIC, { cameraId: 'cam', until, framesRead: 10, framesDropped: 1 }),
      );
    }
    expect((await watermarksOf(runtime.db, ['cam', 'none'])).get('cam')).toEqual({
      cameraId: 'cam',
      until: TEST_NOW + 20_000,
      framesRead: 30,
      framesDropped: 3,
    });
    expect(await waiting('presence.watermark')).toMatchObject([{ until: TEST_NOW + 20_000 }]);
  });

  it('is known to be stuck since its mark last moved, however often it tells the same', async () => {
    const movedAt = async (): Promise<number | undefined> =>
      (await runtime.db.query<{ updated_at: number }>('select updated_at from camera_watermarks')).rows[0]?.updated_at;
    const before = await movedAt();
    runtime.clock.advance(60_000);
    const mark = { cameraId: 'cam', until: TEST_NOW + 20_000, framesRead: 0, framesDropped: 0 };
    await runtime.db.transaction((tx) => advanceWatermark(tx, runtime, CLINIC, mark));
    expect(await movedAt()).toBe(before);
    await runtime.db.transaction((tx) => advanceWatermark(tx, runtime, CLINIC, { ...mark, until: mark.until + 1 }));
    expect(await movedAt()).toBe(runtime.clock.now());
  });

  it('keeps its password to itself and to those who watch it', async () => {
    const stored = await runtime.db.query<{ row: string }>('select cameras::text as row from cameras');
    expect(stored.rows[0]?.row).not.toContain('s3cret');
    expect(JSON.stringify(await getCamera(runtime.db, 'cam'))).not.toContain('s3cret');
    expect(await camerasToWatch(runtime.db, runtime.keyring)).toMatchObject([
      { id: 'cam', sourceUrl: 'rtsp://admin:s3cret@10.0.0.9/1', sourceKind: 'rtsp', faceRecognition: true },
    ]);
  });

  it('keeps its address when something else of it is changed, and is left alone when it is off', async () => {
    const change = { id: 'cam', clinicCode: CLINIC, name: '药房', scenePoint: 'pharmacy' as const };
    await runtime.db.transaction((tx) => putCamera(tx, runtime, change));
    expect(await camerasToWatch(runtime.db, runtime.keyring)).toMatchObject([
      { name: '药房', sourceUrl: expect.stringContaining('10.0.0.9') },
    ]);
    await runtime.db.transaction((tx) => putCamera(tx, runtime, { ...change, enabled: false }));
    expect(await camerasToWatch(runtime.db, runtime.keyring)).toEqual([]);
  });

  it('has the clock offset that was measured last before a moment', async () => {
    for (const [at, offset] of [
      [0, 5_000],
      [3_600_000, 9_000],
    ] as const) {
      await runtime.db.query(`insert into camera_clock_offsets values ('cam', $1, $2, 500, 'test')`, [
        ts(TEST_NOW + at),
        offset,
      ]);
    }
    expect(await clockOffsetAt(runtime.db, 'cam', TEST_NOW - 1)).toBeNull();
    expect(await clockOffsetAt(runtime.db, 'cam', TEST_NOW + 60_000)).toBe(5_000);
  });

  it('is of a kind that is read, or refused', () => {
    expect(['rtsps://x', 'http://x', 'footage:/a.json', '/a.mp4'].map(sourceKindOf)).toEqual([
      'rtsp',
      'http',
      'footage',
      'file',
    ]);
    expect(() => sourceKindOf('gopher://x')).toThrow('not read');
  });
});
