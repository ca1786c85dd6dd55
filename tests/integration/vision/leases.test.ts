import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putCamera } from '../../../src/devices/camera.store.ts';
import { watermarksOf } from '../../../src/ledgers/presence/watermark.store.ts';
import { PROGRAM_DIR } from '../../../src/platform/config.ts';
import { createCameraLeases, LeaseLost } from '../../../src/vision/leases.ts';
import { createPresenceSink } from '../../../src/vision/presence-sink.ts';
import { createWatermarkBoard } from '../../../src/vision/watermark-board.ts';
import { addClinic, CLINIC } from '../../support/clinic.ts';
import { createTestRuntime, type TestRuntime } from '../../support/test-runtime.ts';

const CAMERAS = ['north', 'south', 'east', 'west'];

let runtime: TestRuntime;
let dir: string;
let server: ReturnType<typeof createServer>;
/** Who reads which camera at the moment, as the cameras themselves see it. */
const readers = new Map<string, Set<ServerResponse>>();
const workers: ChildProcess[] = [];

beforeAll(async () => {
  runtime = await createTestRuntime();
  await addClinic(runtime);
  dir = await mkdtemp(join(tmpdir(), 'claimsight-leases-'));
  // A camera that accepts, never shows a picture, and remembers who listens.
  server = createServer((request, response) => {
    const id = request.url?.slice(1) ?? '';
    const here = readers.get(id) ?? new Set();
    readers.set(id, here.add(response));
    response.on('close', () => here.delete(response));
    response.writeHead(200, { 'content-type': 'video/x-flv' });
    response.flushHeaders();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  for (const id of CAMERAS) {
    await runtime.db.transaction((tx) =>
      putCamera(tx, runtime, {
        id,
        clinicCode: CLINIC,
        name: id,
        scenePoint: 'counter',
        sourceUrl: `http://127.0.0.1:${port}/${id}`,
        options: { watchdogMs: 120_000 },
      }),
    );
  }
});
afterAll(async () => {
  for (const worker of workers) worker.kill('SIGKILL');
  server.closeAllConnections();
  server.close();
  await runtime.close();
  await rm(dir, { recursive: true, force: true });
});

const startWorker = (): ChildProcess => {
  const worker = spawn(process.execPath, ['--import', 'tsx', join(PROGRAM_DIR, 'workers/camera.ts')], {
    cwd: PROGRAM_DIR,
    env: {
      ...process.env,
      DATABASE_URL: runtime.db.connectionString,
      CLAIMSIGHT_DATA_DIR: runtime.config.dataDir,
      CAMERA_LEASE_MS: '1500',
      CAMERA_NETWORKS: '127.0.0.0/8',
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  workers.push(worker);
  return worker;
};

interface Lease extends Record<string, unknown> {
  camera_id: string;
  owner: string | null;
  token: number;
}
const leases = async (): Promise<Lease[]> =>
  (await runtime.db.query<Lease>('select camera_id, owner, token from camera_leases order by camera_id')).rows;
const owners = async (): Promise<string[]> => [...new Set((await leases()).flatMap(({ owner }) => owner ?? []))];
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}
const readEach = (): boolean => CAMERAS.every((id) => readers.get(id)?.size === 1);

/** Processes that were started by a process, as the kernel knows them. */
const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return Number(readFileSync(`/proc/${name}/stat`, 'utf8').split(') ')[1]?.split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
const isAlive = (pid: number): boolean => {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

describe.skipIf(process.platform !== 'linux')('cameras and their workers', () => {
  it('are shared, taken over after a kill, handed over at a stop, and never read twice', async () => {
    const first = startWorker();
    await until(async () => (await owners()).length === 1 && (await leases()).length === CAMERAS.length && readEach());
    const before = await leases();

    const second = startWorker();
    await until(async () => {
      const counts = new Map<string, number>();
      for (const { owner } of await leases()) if (owner) counts.set(owner, (counts.get(owner) ?? 0) + 1);
      return counts.size === 2 && [...counts.values()].every((count) => count === 2) && readEach();
    });

    const orphans = childrenOf(first.pid ?? 0);
    first.kill('SIGKILL');
    await until(async () => (await owners()).length === 1 && (await leases()).every(({ owner }) => owner !== null));
    // What the killed worker had started is gone too: nobody else reads its cameras.
    await until(async () => readEach() && orphans.every((pid) => !isAlive(pid)));
    const after = await leases();
    for (const { camera_id, owner, token } of before) {
      const now = after.find((lease) => lease.camera_id === camera_id);
      if (now?.owner !== owner) expect(now?.token).toBeGreaterThan(token);
    }

    const third = startWorker();
    await until(async () => (await owners()).length === 2 && readEach());
    const over = once(second, 'exit');
    second.kill('SIGTERM');
    expect(await over).toEqual([0, null]);
    await until(
      async () => (await owners()).length === 1 && (await leases()).every(({ owner }) => owner !== null) && readEach(),
    );
    const end = once(third, 'exit');
    third.kill('SIGTERM');
    await end;
    expect(await owners()).toEqual([]);
  }, 120_000);

  it('of which one was taken over write nothing any more', async () => {
    const [camera] = CAMERAS as [string];
    const old = createCameraLeases({ db: runtime.db, leaseMs: 500, capacity: 1 });
    const { held } = await old.round([camera]);
    const token = held.get(camera) ?? 0;
    const sink = createPresenceSink(
      { ...runtime, guard: old.guard(camera, token) },
      { id: camera, clinicCode: CLINIC },
    );
    const mark = async (): Promise<number | undefined> => (await watermarksOf(runtime.db, [camera])).get(camera)?.until;
    await sink.write([{ kind: 'watermark', until: 4_000_000_000_000 }], { read: 1, dropped: 0 });
    await sink.flush();
    expect(await mark()).toBe(4_000_000_000_000);

    const other = createCameraLeases({ db: runtime.db, leaseMs: 60_000, capacity: 1 });
    await until(async () => (await other.round([camera])).held.has(camera));
    await expect(
      sink.write(
        [
          { kind: 'void', id: '00000000-0000-4000-8000-000000000000', from: 0 },
          { kind: 'watermark', until: 4_000_000_001_000 },
        ],
        { read: 2, dropped: 0 },
      ),
    ).rejects.toBeInstanceOf(LeaseLost);
    expect(await mark()).toBe(4_000_000_000_000);
    await other.close();
  });

  it('post their watermarks together, and what was taken over meanwhile stays as it is', async () => {
    const [mine, lost] = CAMERAS as [string, string];
    await runtime.db.query('update camera_leases set owner = null');
    await runtime.db.query('delete from camera_workers');
    const leases = createCameraLeases({ db: runtime.db, leaseMs: 60_000, capacity: 2 });
    const { held } = await leases.round([mine, lost]);
    const board = createWatermarkBoard({ ...runtime, leases, log: runtime.log });
    const placeOf = (id: string) => board.placeOf({ id, clinicCode: CLINIC }, held.get(id) ?? 0);
    const marks = () => watermarksOf(runtime.db, [mine, lost]);
    const before = await marks();
    const readBefore = before.get(mine)?.framesRead ?? 0;
    for (const id of [mine, lost]) {
      placeOf(id).post({ until: 4_100_000_000_000, read: 3, dropped: 0 });
      placeOf(id).post({ until: 4_100_000_001_000, read: 2, dropped: 1 });
    }
    await runtime.db.query('update camera_leases set owner = gen_random_uuid() where camera_id = $1', [lost]);
    await board.flush();
    const after = await marks();
    expect(after.get(mine)).toMatchObject({ until: 4_100_000_001_000, framesRead: readBefore + 5 });
    expect(after.get(lost)).toEqual(before.get(lost));
    // What a camera writes itself takes along what waits.
    placeOf(mine).post({ until: 4_100_000_002_000, read: 1, dropped: 0 });
    const sink = createPresenceSink(
      { ...runtime, guard: leases.guard(mine, held.get(mine) ?? 0) },
      { id: mine, clinicCode: CLINIC },
      placeOf(mine),
    );
    await sink.flush();
    expect((await marks()).get(mine)).toMatchObject({ until: 4_100_000_002_000, framesRead: readBefore + 6 });
    await board.close();
    await leases.close();
  });
});
