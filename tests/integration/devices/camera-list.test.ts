import { afterAll, beforeAll, expect, it } from 'vitest';
import { noteReading } from '../../../src/devices/camera-reading.store.ts';
import { CLINIC } from '../access/access-app.ts';
import { type ConnectWorld, createConnectWorld } from './connect-world.ts';

let world: ConnectWorld;
beforeAll(async () => {
  world = await createConnectWorld();
});
afterAll(() => world.close());

interface Listed {
  readonly id: string;
  readonly reading: {
    readonly kind: string;
    readonly gopMs: number | null;
    readonly at: string;
    readonly remedy: { readonly zh: string; readonly en: string } | null;
  } | null;
}

it('whoever pays for the machines sees which camera is read at several times the cost, and what to set in it', async () => {
  const { db, clock } = world.runtime;
  const wires = await world.logIn('wires');
  const found = {
    cheap: { reading: 'keyframes', gopMs: 2_000 },
    rare: { reading: 'every_frame', gopMs: 10_000 },
    jpeg: { reading: 'every_frame', gopMs: null },
    slow: { reading: 'keyframes', gopMs: 4_500 },
    new: null,
  } as const;
  for (const [id, reading] of Object.entries(found)) {
    await wires.call('PUT', `/v1/cameras/${id}`, {
      ...{ clinicCode: CLINIC, name: id, scenePoint: 'counter', sourceUrl: 'rtsp://10.0.0.9/1' },
    });
    if (reading !== null) await noteReading(db, clock, id, reading);
  }
  const { items } = (await wires.call('GET', '/v1/cameras')).body as { items: Listed[] };
  const told = new Map(items.map(({ id, reading }) => [id, reading]));
  const at = new Date(clock.now()).toISOString();
  expect(told.get('cheap')).toEqual({ kind: 'keyframes', gopMs: 2_000, at, remedy: null });
  expect(told.get('new')).toBeNull();
  for (const id of ['rare', 'jpeg', 'slow']) {
    expect(told.get(id)?.remedy?.zh, id).toMatch(/I 帧间隔/);
    expect(told.get(id)?.remedy?.en, id).toMatch(/I-frame interval/);
  }
  expect(told.get('rare')).toMatchObject({ kind: 'every_frame', gopMs: 10_000 });
  // A shorter interval was set in the camera.
  await noteReading(db, clock, 'rare', { reading: 'keyframes', gopMs: 2_000 });
  const again = (await wires.call('GET', '/v1/cameras')).body as { items: Listed[] };
  expect(again.items.find(({ id }) => id === 'rare')?.reading?.remedy).toBeNull();
});
