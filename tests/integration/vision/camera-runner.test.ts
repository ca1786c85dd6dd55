import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { camerasToWatch, putCamera } from '../../../src/devices/camera.store.ts';
import {
  appearancesIn,
  openAppearances,
  type StoredAppearance,
} from '../../../src/ledgers/presence/appearance.store.ts';
import { deviceStatesIn } from '../../../src/ledgers/presence/device-state.store.ts';
import { watermarksOf } from '../../../src/ledgers/presence/watermark.store.ts';
import { writeClockFile } from '../../../src/platform/clock.ts';
import { PROGRAM_DIR } from '../../../src/platform/config.ts';
import { ts } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/ids.ts';
import { type RunnerDeps, runCamera } from '../../../src/vision/camera-runner.ts';
import { sweepRing } from '../../../src/vision/footage-ring.ts';
import { type OpenFaces, openFaces } from '../../../src/vision/open-vision.ts';
import { addClinic, CLINIC } from '../../support/clinic.ts';
import { makeFootage } from '../../support/footage.ts';
import { mediaTools } from '../../support/media-tools.ts';
import { createTestRuntime, TEST_NOW, type TestRuntime } from '../../support/test-runtime.ts';

const START = TEST_NOW;
const POWER_CUT = { from: START + 24_000, to: START + 44_000 };
const END = START + 60_000;

let runtime: TestRuntime;
let faces: OpenFaces;
let dir: string;
let deps: RunnerDeps;

beforeAll(async () => {
  runtime = await createTestRuntime();
  await addClinic(runtime);
  faces = await openFaces(runtime.config);
  deps = { ...runtime, tools: mediaTools(), reader: faces.reader, faceRecognition: true };
  dir = await mkdtemp(join(tmpdir(), 'claimsight-runner-'));
  // Two people one after the other; a power cut; one of them again.
  await makeFootage(join(dir, 'morning.mp4'), {
    seconds: 24,
    people: [
      { who: 'ann', from: 3, to: 10, start: [0.3, 0.5], end: [0.6, 0.5] },
      { who: 'bea', from: 12, to: 18, start: [0.7, 0.5], end: [0.5, 0.5] },
    ],
  });
  await makeFootage(join(dir, 'later.mp4'), {
    seconds: 16,
    people: [{ who: 'cora', from: 4, to: 9, start: [0.5, 0.5], end: [0.55, 0.5] }],
  });
  const iso = (ms: number): string => new Date(ms).toISOString();
  await writeFile(
    join(dir, 'index.json'),
    JSON.stringify({
      startsAt: iso(START),
      segments: [
        { startsAt: iso(START), file: 'morning.mp4' },
        { startsAt: iso(POWER_CUT.to), file: 'later.mp4' },
      ],
    }),
  );
  // Everything has happened already: the footage is read as fast as it can be.
  runtime.clock.set(END + 60_000);
});
afterAll(async () => {
  await faces.close();
  await runtime.close();
  await rm(dir, { recursive: true, force: true });
});

const addCamera = (id: string) =>
  runtime.db.transaction((tx) =>
    putCamera(tx, runtime, {
      id,
      clinicCode: CLINIC,
      name: id,
      scenePoint: 'counter',
      sourceUrl: `footage:${join(dir, 'index.json')}`,
    }),
  );
const watermark = async (id: string): Promise<number> => (await watermarksOf(runtime.db, [id])).get(id)?.until ?? 0;
/** Asks the database again and again, until it is so. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

/** Watches a camera until something is so. */
async function watch(id: string, done: () => Promise<boolean>, more: Partial<RunnerDeps> = {}): Promise<void> {
  const camera = (await camerasToWatch(runtime.db, runtime.keyring)).find((each) => each.id === id);
  if (!camera) throw new Error(`no camera ${id}`);
  const stop = new AbortController();
  const runner = runCamera({ ...deps, ...more }, camera, stop.signal);
  await until(done);
  stop.abort();
  await runner.done;
}
const atEnd = (id: string) => async (): Promise<boolean> => (await watermark(id)) >= END;
const seenBy = async (id: string): Promise<StoredAppearance[]> =>
  (await appearancesIn(runtime.db, CLINIC, START, END)).filter(({ cameraId }) => cameraId === id);
/** What matters of an appearance, in seconds of the footage. */
const story = (appearances: readonly StoredAppearance[]) =>
  appearances.map(({ from, to, state }) => [(from - START) / 1000, (to - START) / 1000, state]);

const orderStill = async (cameraId: string, plannedAt: number): Promise<string> => {
  const id = newId();
  await runtime.db.query(
    `insert into snapshots (id, trigger_kind, trigger_id, clinic_code, camera_id, planned_at, clock_offset_ms, state, retention_class, created_at)
     values ($1::uuid, 'settlement', $1::uuid::text, $2, $3, $4, 0, 'pending', 'still', $4)`,
    [id, CLINIC, cameraId, ts(plannedAt)],
  );
  return id;
};
const still = async (id: string) =>
  (
    await runtime.db.query<{ state: string; actual_at: number | null; reason: string | null }>(
      'select state, actual_at, reason from snapshots where id = $1',
      [id],
    )
  ).rows[0];

describe('a camera under watch', () => {
  it('leaves appearances, its states, a watermark beyond its outage, footage and the stills that were ordered', async () => {
    await addCamera('counter');
    const during = await orderStill('counter', START + 6_000);
    const inTheDark = await orderStill('counter', POWER_CUT.from + 10_000);
    await watch('counter', async () => (await atEnd('counter')()) && (await still(inTheDark))?.state !== 'pending');

    const [ann, bea, cora] = await seenBy('counter');
    const beginnings = [START + 3_000, START + 12_000, POWER_CUT.to + 4_000];
    [ann, bea, cora].forEach((each, i) => {
      expect(each?.state).toBe('closed');
      expect(Math.abs((each?.from ?? 0) - (beginnings[i] ?? 0))).toBeLessThanOrEqual(500);
    });
    expect((await seenBy('counter')).length).toBe(3);
    expect([ann, bea, cora].every((each) => each?.templateId)).toBe(true);

    const states = await deviceStatesIn(runtime.db, ['counter'], START, END);
    expect(states.map(({ state, from }) => [state, from])).toEqual([
      ['ok', START],
      ['offline', POWER_CUT.from],
      ['ok', POWER_CUT.to],
      ...states.slice(3).map(({ state, from }) => [state, from]),
    ]);
    expect(await still(during)).toMatchObject({ state: 'taken' });
    expect(Math.abs(((await still(during))?.actual_at ?? 0) - START - 6_000)).toBeLessThanOrEqual(2_000);
    expect(await still(inTheDark)).toMatchObject({ state: 'missed', reason: 'camera_offline' });

    const segments = await runtime.db.query<{ from_at: number; blob_sha256: Buffer }>(
      'select * from footage_segments order by from_at',
    );
    expect(segments.rows[0]?.from_at).toBe(START);
    expect((await runtime.blobs.get(segments.rows[0]?.blob_sha256 ?? Buffer.alloc(0))).subarray(4, 8).toString()).toBe(
      'ftyp',
    );
    const topics = await runtime.db.query<{ topic: string }>('select distinct topic from outbox order by topic');
    expect(topics.rows.map(({ topic }) => topic)).toEqual([
      'presence.appearance',
      'presence.device',
      'presence.watermark',
    ]);
  });

  it('gives a still of long ago from the recorded footage', async () => {
    const id = await orderStill('counter', START + 8_000);
    await watch('counter', async () => (await still(id))?.state !== 'pending');
    expect(await still(id)).toMatchObject({ state: 'taken', actual_at: START + 8_000 });
  });

  it('that was killed at any moment is taken up again, and nobody is seen twice or not at all', async () => {
    await addCamera('killed');
    const expected = story(await seenBy('counter'));
    for (const moment of [START + 5_000, START + 14_000, POWER_CUT.from + 6_000]) {
      const child = await startWorker();
      await until(async () => (await watermark('killed')) >= moment);
      const over = once(child, 'exit');
      child.kill('SIGKILL');
      await over;
    }
    await watch('killed', atEnd('killed'));
    const again = story(await seenBy('killed'));
    expect(again).toHaveLength(expected.length);
    again.forEach(([from, to], i) => {
      expect(Math.abs(Number(from) - Number(expected[i]?.[0])), `person ${i} came`).toBeLessThanOrEqual(0.5);
      expect(Math.abs(Number(to) - Number(expected[i]?.[1])), `person ${i} left`).toBeLessThanOrEqual(1);
    });
    expect(await openAppearances(runtime.db, 'killed')).toEqual([]);
    const [voided] = (
      await runtime.db.query<{ n: number }>(
        `select count(*) as n from appearances where camera_id = 'killed' and state = 'void'`,
      )
    ).rows;
    expect(voided?.n).toBe(0);
  }, 240_000);

  it('in a clinic without face recognition leaves head counts, no template and no face', async () => {
    await addCamera('blurred');
    await watch('blurred', atEnd('blurred'), { faceRecognition: false });
    const people = await seenBy('blurred');
    expect(people.length).toBe(3);
    expect(people.every(({ templateId }) => templateId === null)).toBe(true);
    const shots = await runtime.db.query(`select 1 from appearance_shots where appearance_id = any($1::uuid[])`, [
      people.map(({ id }) => id),
    ]);
    expect(shots.rowCount).toBe(0);
  });
});

describe('the ring of footage', () => {
  it('forgets what is old, but not what an alert has pinned', async () => {
    const kept = async (): Promise<number[]> =>
      (
        await runtime.db.query<{ from_at: number }>(
          `select from_at from footage_segments where camera_id = 'counter' order by from_at`,
        )
      ).rows.map(({ from_at }) => from_at);
    const before = await kept();
    expect(before.length).toBeGreaterThan(1);
    expect(await sweepRing(runtime)).toBe(0);
    await runtime.db.query(`insert into footage_pins values ($1, $2, 'counter', $3, $4, $3, null)`, [
      newId(),
      newId(),
      ts(START + 1_000),
      ts(START + 2_000),
    ]);
    runtime.clock.advance(3 * 3_600_000);
    expect(await sweepRing(runtime)).toBeGreaterThan(0);
    expect(await kept()).toEqual([START]);
    await runtime.db.query('update footage_pins set released_at = created_at');
    await sweepRing(runtime);
    expect(await kept()).toEqual([]);
  });
});

/** The real process, on the same database and a clock that stands still. It watches only the camera that is to be killed. */
async function startWorker(): Promise<ChildProcess> {
  await runtime.db.query(`update cameras set enabled = (id = 'killed')`);
  const clockFile = join(dir, 'clock.json');
  writeClockFile(clockFile, { real: 0, simulated: END + 60_000, speed: 0, until: Number.POSITIVE_INFINITY });
  const child = spawn(process.execPath, ['--import', 'tsx', join(PROGRAM_DIR, 'workers/camera.ts')], {
    cwd: PROGRAM_DIR,
    env: {
      ...process.env,
      DATABASE_URL: runtime.db.connectionString,
      CLAIMSIGHT_DATA_DIR: runtime.config.dataDir,
      CLOCK_FILE: clockFile,
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return child;
}
