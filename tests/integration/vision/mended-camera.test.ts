import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createCameraGuard } from '../../../src/devices/camera-guard.ts';
import { type GuardedMedia, openGuardedMedia } from '../../../src/devices/guarded-tools.ts';
import { type Clock, systemClock } from '../../../src/platform/clock.ts';
import { runCameraProcess } from '../../../src/vision/camera-process.ts';
import { type OpenFaces, openFaces } from '../../../src/vision/open-vision.ts';
import { mediaTools } from '../../support/media-tools.ts';
import { type Caller, CLINIC } from '../access/access-app.ts';
import { type ConnectWorld, createConnectWorld } from '../devices/connect-world.ts';

const RIGHT = `Basic ${Buffer.from('admin:right').toString('base64')}`;
const LONG_MS = 20_000;

let world: ConnectWorld;
let wires: Caller;
let faces: OpenFaces;
let guarded: GuardedMedia;
/** A camera that asks who we are, and remembers what it was told. */
let server: ReturnType<typeof createServer>;
let port: number;
const told = { wrong: 0, right: 0 };

beforeAll(async () => {
  const resolve = async (host: string) => (host === 'cam.lan' ? ['127.0.0.1'] : [host]);
  world = await createConnectWorld({ guard: createCameraGuard({ networks: '127.0.0.0/8', resolve }) });
  wires = await world.logIn('wires');
  faces = await openFaces(world.runtime.config);
  // The worker's own name server has gone: it never answers.
  const silent = (host: string) =>
    host === 'cam.lan' ? new Promise<string[]>(() => undefined) : Promise.resolve([host]);
  guarded = await openGuardedMedia(createCameraGuard({ networks: '127.0.0.0/8', resolve: silent }));
  server = createServer((request, response) => {
    const { authorization } = request.headers;
    if (authorization === RIGHT) told.right++;
    else if (authorization !== undefined) told.wrong++;
    if (authorization !== RIGHT) return response.writeHead(401, { 'www-authenticate': 'Basic realm="cam"' }).end();
    response.writeHead(200, { 'content-type': 'video/x-flv' });
    response.flushHeaders();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await guarded.close();
  await faces.close();
  await world.close();
});

/** Pauses between attempts are short here; what is longer than any attempt may last never ends by itself. */
const longWaits: { ms: number; afterWrong: number }[] = [];
const timer: Clock = {
  ...systemClock,
  sleep: (ms, signal) => {
    if (ms < 3_000) return systemClock.sleep(ms / 20, signal);
    if (ms < LONG_MS) return systemClock.sleep(ms, signal);
    longWaits.push({ ms, afterWrong: told.wrong });
    return new Promise((_, reject) => {
      if (signal?.aborted) reject(signal.reason as Error);
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
  },
};

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setImmediate(resolve));
}

describe('a camera that is mended in its settings', () => {
  const stop = new AbortController();
  let running: Promise<void> = Promise.resolve();
  beforeAll(() => {
    const { runtime } = world;
    running = runCameraProcess(
      {
        ...runtime,
        tools: guarded.wrap({ ...mediaTools(), timer }),
        reader: faces.reader,
        faceRecognition: false,
        // What is told at once is not found by looking each round.
        leaseMs: 60_000 * 20,
        capacity: 10,
      },
      stop.signal,
    );
  });
  afterEach(() => {
    told.wrong = 0;
    told.right = 0;
  });
  afterAll(async () => {
    stop.abort();
    await running;
  });
  const put = async (id: string, sourceUrl: string): Promise<void> => {
    // Two changes of the same camera are never in the same millisecond but here.
    world.runtime.clock.advance(1_000);
    const { status } = await wires.call('PUT', `/v1/cameras/${id}`, {
      ...{ clinicCode: CLINIC, name: id, scenePoint: 'counter', sourceUrl },
    });
    expect(status).toBe(200);
  };
  const url = (login: string, host = '127.0.0.1'): string => `http://${login}@${host}:${port}/live.flv`;

  it('is connected at once with its new password, though wrong ones had made us ask but once a minute', async () => {
    await put('locked', url('admin:wrong'));
    await until(() => longWaits.some(({ ms, afterWrong }) => afterWrong >= 7 && ms > 30_000 && ms <= 60_000));
    const { wrong } = told;
    await put('locked', url('admin:right'));
    await until(() => told.right > 0);
    expect(told.wrong).toBe(wrong);
  });

  it('is connected at its new address, though nobody ever answers what its old name means', async () => {
    await put('named', url('admin:right', 'cam.lan'));
    await until(async () => {
      const { rows } = await world.runtime.db.query("select 1 from camera_leases where camera_id = 'named'");
      return rows.length > 0;
    });
    await put('named', url('admin:right'));
    await until(() => told.right > 0);
  });

  it('is let go of at once when it is switched off', async () => {
    await put('off', url('admin:right', 'cam.lan'));
    const held = async (): Promise<boolean> => {
      const { rows } = await world.runtime.db.query(
        "select 1 from camera_leases where camera_id = 'off' and owner is not null",
      );
      return rows.length > 0;
    };
    await until(held);
    world.runtime.clock.advance(1_000);
    await wires.call('PUT', '/v1/cameras/off', {
      ...{ clinicCode: CLINIC, name: 'off', scenePoint: 'counter', enabled: false },
    });
    await until(async () => !(await held()));
  });
});
