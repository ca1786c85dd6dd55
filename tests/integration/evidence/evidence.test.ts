import { afterAll, beforeAll, expect, it } from 'vitest';
import { createEvidence } from '../../../src/evidence/evidence.ts';
import { pinFootage, pinsCovering, releasePins } from '../../../src/evidence/footage-pins.ts';
import { loadEvidenceSettings } from '../../../src/evidence/settings.ts';
import { ts } from '../../../src/platform/db.ts';
import { newId } from '../../../src/platform/ids.ts';
import { CLINIC, createWorld, NOW, seedCamera, seedSettlement, type World } from '../review/world.ts';

const DAY_MS = 86_400_000;
let world: World;
const listeners: { close(): Promise<void> }[] = [];
beforeAll(async () => {
  world = await createWorld();
  await seedCamera(world, 'cam-1', { offsetMs: -42_000 });
  await seedCamera(world, 'cam-14', { medTypes: ['14'] });
});
afterAll(() => world.close());

async function evidence() {
  const settings = await loadEvidenceSettings('config/evidence.yaml');
  return createEvidence({ ...world.runtime, settings });
}

const stills = async (triggerId: string) =>
  (
    await world.runtime.db.query<{ camera_id: string; planned_at: number; state: string; reason: string | null }>(
      'select camera_id, planned_at, state, reason from snapshots where trigger_id = $1 order by camera_id',
      [triggerId],
    )
  ).rows;

it('orders a still of each settlement once, of the cameras it needs, and wakes the camera process', async () => {
  const { db } = world.runtime;
  const settlementId = await seedSettlement(world, 'S-still');
  const woken = new Promise<string>(
    (resolve) => void db.listen('claimsight_snapshots', resolve).then((l) => listeners.push(l)),
  );
  const [handler] = (await evidence()).handlers;
  const deliver = async () =>
    handler?.handle({
      payload: { settlementId, clinicCode: CLINIC, at: NOW },
      once: (effects) => db.transaction(effects),
    });
  while (listeners.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await deliver();
  await deliver();
  expect(await stills(settlementId)).toEqual([
    { camera_id: 'cam-1', planned_at: NOW - 42_000, state: 'pending', reason: null },
  ]);
  expect(await woken).toBe('cam-1');
  for (const listener of listeners) await listener.close();
});

it('gives a still up with the camera’s state as its reason when the footage has passed it', async () => {
  const { db } = world.runtime;
  const planned = ts(NOW);
  const triggerId = newId();
  await db.query(
    `insert into snapshots (id, trigger_kind, trigger_id, clinic_code, camera_id, planned_at, clock_offset_ms, state, retention_class, created_at)
     values ($1, 'settlement', $2, $3, 'cam-14', $4, 0, 'pending', 'still', $4)`,
    [newId(), triggerId, CLINIC, planned],
  );
  await db.query(`insert into device_states (id, camera_id, state, from_at) values ($1, 'cam-14', 'offline', $2)`, [
    newId(),
    ts(NOW - 1_000),
  ]);
  const room = await evidence();
  expect((await room.housekeeping()).missed).toBe(0);
  await db.query(`insert into camera_watermarks (camera_id, until_at, updated_at) values ('cam-14', $1, $1)`, [
    ts(NOW + 61_000),
  ]);
  expect((await room.housekeeping()).missed).toBe(1);
  expect(await stills(triggerId)).toEqual([expect.objectContaining({ state: 'missed', reason: 'camera_offline' })]);
});

it('forgets faces that nothing refers to after their days, and keeps those that an alert rests on', async () => {
  const { db, clock, keyring, blobs } = world.runtime;
  const rows: Record<string, string> = {};
  for (const retentionClass of ['appearance', 'alert']) {
    const id = newId();
    const template = newId();
    rows[retentionClass] = id;
    const shot = await blobs.put(db, Buffer.from(`face of ${id}`), { mediaType: 'image/jpeg', retentionClass });
    await db.query(
      `insert into biometric.templates (id, template_enc, dimension, model_version, quality, retention_class, created_at)
       values ($1, $2, 1, 'm', 0.5, $3, $4)`,
      [template, keyring.seal('biometric', Buffer.alloc(4), template), retentionClass, ts(NOW)],
    );
    await db.query(
      `insert into appearances (id, camera_id, clinic_code, state, from_at, to_at, faces, quality, template_id, retention_class, received_at, updated_at)
       values ($1, 'cam-1', $2, 'closed', $3, $3, 1, 0.5, $4, $5, $3, $3)`,
      [id, CLINIC, ts(NOW), template, retentionClass],
    );
    await db.query(
      `insert into appearance_shots (id, appearance_id, at, quality, box, blob_sha256) values ($1, $2, $3, 0.5, '{}', $4)`,
      [newId(), id, ts(NOW), shot.sha256],
    );
  }
  clock.advance(4 * DAY_MS);
  expect((await (await evidence()).housekeeping()).appearances).toBe(1);
  const left = await db.query<{ id: string; template_id: string | null; shots: number }>(
    `select id, template_id, (select count(*) from appearance_shots s where s.appearance_id = a.id) as shots from appearances a`,
  );
  expect(left.rows.find(({ id }) => id === rows.appearance)).toMatchObject({ template_id: null, shots: 0 });
  expect(left.rows.find(({ id }) => id === rows.alert)).toMatchObject({ shots: 1 });
  const templates = await db.query('select 1 from biometric.templates');
  expect(templates.rowCount).toBe(1);
});

it('keeps footage that was written at the very moment in which an alert pinned it', async () => {
  const { db, clock, blobs } = world.runtime;
  const at = clock.now();
  const alertId = newId();
  await db.transaction((tx) =>
    pinFootage(tx, { clock, blobs }, { alertId, spans: [{ cameraId: 'cam-1', from: at - 30_000, to: at + 90_000 }] }),
  );
  const segment = await blobs.put(db, Buffer.from('late'), { mediaType: 'video/mp4', retentionClass: 'ring' });
  await db.query(
    `insert into footage_segments (id, camera_id, from_at, to_at, blob_sha256, size_bytes, created_at) values ($1, 'cam-1', $2, $3, $4, 4, $2)`,
    [newId(), ts(at), ts(at + 10_000), segment.sha256],
  );
  expect((await (await evidence()).housekeeping()).footageKept).toBe(1);
  clock.advance(DAY_MS);
  await blobs.sweep(db);
  expect((await blobs.get(segment.sha256)).toString()).toBe('late');
  // Taken back: what arrives now is not kept for it.
  await db.transaction((tx) => releasePins(tx, clock, alertId));
  expect(await pinsCovering(db, 'cam-1', at, at + 1)).toEqual([]);
});
