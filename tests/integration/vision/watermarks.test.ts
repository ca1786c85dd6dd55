import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { camerasToWatch, putCamera } from '../../../src/devices/camera.store.ts';
import { watermarksOf } from '../../../src/ledgers/presence/watermark.store.ts';
import { runCamera } from '../../../src/vision/camera-runner.ts';
import { createCameraLeases } from '../../../src/vision/leases.ts';
import { createPresenceSink } from '../../../src/vision/presence-sink.ts';
import { createWatermarkBoard, type WatermarkBoard } from '../../../src/vision/watermark-board.ts';
import { addClinic, CLINIC } from '../../support/clinic.ts';
import { mediaTools } from '../../support/media-tools.ts';
import { syntheticReader } from '../../support/synthetic-camera.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

const CAMERA = { id: 'north', clinicCode: CLINIC };
const T0 = 4_000_000_000_000;

let runtime: TestRuntime;
beforeAll(async () => {
  runtime = await createTestRuntime();
  await addClinic(runtime);
  await runtime.db.transaction((tx) =>
    putCamera(tx, runtime, {
      ...CAMERA,
      name: 'north',
      scenePoint: 'counter',
      sourceUrl: 'rtsp://127.0.0.1:1/north',
    }),
  );
  const sink = createPresenceSink(runtime, CAMERA);
  await sink.write([{ kind: 'watermark', until: T0 }], { read: 1, dropped: 0 });
  await sink.flush();
});
afterAll(() => runtime.close());

const mark = async () => (await watermarksOf(runtime.db, [CAMERA.id])).get(CAMERA.id);

/** Holds the camera's watermark, so that whoever writes it waits. @returns lets it go; `waited` resolves once somebody waits */
async function hold(): Promise<{ release(): Promise<void>; waited(): Promise<void> }> {
  let open: () => void = () => undefined;
  const over = new Promise<void>((resolve) => {
    open = resolve;
  });
  let held: Promise<void> = Promise.resolve();
  await new Promise<void>((resolve) => {
    held = runtime.db.transaction(async (tx) => {
      await tx.query('select 1 from camera_watermarks where camera_id = $1 for update', [CAMERA.id]);
      resolve();
      await over;
    });
  });
  return {
    release: () => {
      open();
      return held;
    },
    async waited() {
      for (let waiting = 0; waiting === 0; ) {
        const { rows } = await runtime.db.query<{ waiting: number }>(
          `select count(*) as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        waiting = rows[0]?.waiting ?? 0;
      }
    },
  };
}

describe('a watermark', () => {
  it('that comes while the one before is being written is written too', async () => {
    const sink = createPresenceSink(runtime, CAMERA);
    await sink.write([{ kind: 'watermark', until: T0 + 1_000 }], { read: 1, dropped: 0 });
    const held = await hold();
    await sink.write([{ kind: 'watermark', until: T0 + 2_000 }], { read: 2, dropped: 0 }).catch(() => undefined);
    const writing = sink.flush();
    await held.waited();
    const later = sink.write([{ kind: 'watermark', until: T0 + 3_000 }], { read: 3, dropped: 0 });
    await held.release();
    await Promise.all([writing, later]);
    await sink.flush();
    expect((await mark())?.until).toBe(T0 + 3_000);
  });
});

describe('the board of a worker', () => {
  const boardOf = async (): Promise<{ board: WatermarkBoard; token: number; close(): Promise<void> }> => {
    const leases = createCameraLeases({ db: runtime.db, leaseMs: 60_000, capacity: 1 });
    const { held } = await leases.round([CAMERA.id]);
    const board = createWatermarkBoard({ ...runtime, leases, log: runtime.log });
    return { board, token: held.get(CAMERA.id) ?? 0, close: leases.close };
  };

  it('forgets a camera that was let go of, also what was on its way to the database and did not arrive', async () => {
    const { board, token, close } = await boardOf();
    const place = board.placeOf(CAMERA, token);
    place.post({ until: T0 + 10_000, read: 1, dropped: 0 });
    await runtime.db.query('update camera_leases set owner = gen_random_uuid() where camera_id = $1', [CAMERA.id]);
    const writing = board.flush();
    place.leave();
    await writing;
    place.post({ until: T0 + 11_000, read: 1, dropped: 0 });
    expect(place.take()).toBeNull();
    await board.close();
    await runtime.db.query('update camera_leases set owner = null');
    await close();
  });

  it('lets no camera that is taken up again forget that it was watched until a moment ago', async () => {
    const { board, token, close } = await boardOf();
    const place = board.placeOf(CAMERA, token);
    place.post({ until: T0 + 15_000, read: 1, dropped: 0 });
    runtime.clock.set(T0 + 16_000);
    const [camera] = await camerasToWatch(runtime.db, runtime.keyring, [CAMERA.id]);
    if (!camera) throw new Error('no camera');
    const stop = new AbortController();
    const runner = runCamera(
      { ...runtime, tools: mediaTools(), reader: syntheticReader(), faceRecognition: true, watermarks: place },
      camera,
      stop.signal,
    );
    const unknown = async (): Promise<number[]> =>
      (
        await runtime.db.query<{ from_at: number }>(
          `select from_at from device_states where camera_id = $1 and state = 'unknown'`,
          [CAMERA.id],
        )
      ).rows.map(({ from_at }) => from_at);
    try {
      await expect.poll(unknown, { timeout: 20_000 }).toEqual([T0 + 15_000]);
    } finally {
      stop.abort();
      await runner.done;
    }
    await board.close();
    await close();
  });

  it('is closed only when what it writes is written, and takes nothing more', async () => {
    const { board, token, close } = await boardOf();
    const place = board.placeOf(CAMERA, token);
    place.post({ until: T0 + 20_000, read: 1, dropped: 0 });
    const held = await hold();
    void board.flush();
    await held.waited();
    const closed = board.close();
    place.post({ until: T0 + 21_000, read: 1, dropped: 0 });
    expect(place.take()).toBeNull();
    await held.release();
    await closed;
    expect((await mark())?.until).toBe(T0 + 20_000);
    await close();
  });
});
