import { join } from 'node:path';
import sharp from 'sharp';
import { createUser } from '../../src/access/users.store.ts';
import { ts } from '../../src/platform/db.ts';
import { newId } from '../../src/platform/ids.ts';
import { CLINIC, NOW, seedPerson, seedSettlement, type World } from '../integration/review/world.ts';

/** Good enough for the rules of passwords; of no use outside a test. */
export const PASSWORD = 'open-sesame-2026';

const FACES = join(import.meta.dirname, '../../node_modules/@vladmandic/face-api/demo');
const MINUTE = 60_000;

export async function seedReviewers(world: World): Promise<void> {
  const { db, clock } = world.runtime;
  const county = { regionCode: '411624', clinicCode: null, password: PASSWORD };
  await createUser(db, clock, { ...county, username: 'wang', displayName: '王监管', role: 'supervisor' });
  await createUser(db, clock, { ...county, username: 'jicheng', displayName: '集成商', role: 'integrator' });
  await seedPerson(world, 'P1', '张三丰');
}

const faceOf = async (sample: number): Promise<Buffer> =>
  sharp(join(FACES, `sample${sample}.jpg`))
    .resize({ width: 240, height: 240, fit: 'cover', position: 'attention' })
    .jpeg({ quality: 85 })
    .toBuffer();

/**
 * A settlement ten minutes ago with everything that stands around it: a camera that saw, a portrait, someone else at the
 * counter, a doctor’s visit before, the camera out for a while, and what was judged.
 */
export async function seedVisit(world: World, cameraId: string): Promise<{ incidentKey: string; setlId: string }> {
  const { db, blobs } = world.runtime;
  const at = NOW - 10 * MINUTE;
  const [setlId, mdtrtId] = ['S2026031700001', 'M2026031700001'];
  const settlementId = await seedSettlement(world, setlId, { at, mdtrtId });
  await db.query(
    `insert into claim_events (id, kind, at, at_offset_min, clinic_code, msgid, message_received_at, psn_no, mdtrt_id, body, created_at)
     values ($1, 'registration', $2, 480, $3, 'msg-registration', $2, 'P1', $4, '{}', $2)`,
    [newId(), ts(at - 6 * MINUTE), CLINIC, mdtrtId],
  );
  const state = (name: string, from: number, to: number | null) =>
    db.query('insert into device_states (id, camera_id, state, from_at, to_at) values ($1, $2, $3, $4, $5)', [
      newId(),
      cameraId,
      name,
      ts(from),
      to === null ? null : ts(to),
    ]);
  await state('ok', at - 240 * MINUTE, at - 27 * MINUTE);
  await state('dark', at - 27 * MINUTE, at - 24 * MINUTE);
  await state('ok', at - 24 * MINUTE, null);
  await db.query(
    'insert into camera_watermarks (camera_id, until_at, frames_read, frames_dropped, updated_at) values ($1, $2, 7200, 3, $2)',
    [cameraId, ts(at + 7 * MINUTE)],
  );

  const appearance = async (from: number, to: number, sample: number | null): Promise<string> => {
    const id = newId();
    await db.query(
      `insert into appearances (id, camera_id, clinic_code, state, from_at, to_at, faces, quality, retention_class, received_at, updated_at)
       values ($1, $2, $3, 'closed', $4, $5, 4, 0.72, 'appearance', $5, $5)`,
      [id, cameraId, CLINIC, ts(from), ts(to)],
    );
    if (sample === null) return id;
    for (const [index, quality] of [0.81, 0.72, 0.55].entries()) {
      const face = await sharp(await faceOf(sample))
        .rotate(index * 2 - 2, { background: '#888' })
        .jpeg()
        .toBuffer();
      const blob = await blobs.put(db, face, { mediaType: 'image/jpeg', retentionClass: 'appearance' });
      await db.query(
        `insert into appearance_shots (id, appearance_id, at, quality, box, blob_sha256) values ($1, $2, $3, $4, '{}', $5)`,
        [newId(), id, ts(from + (index + 1) * 20_000), quality, blob.sha256],
      );
    }
    return id;
  };
  await appearance(at - 2 * MINUTE, at + MINUTE, 2);
  await appearance(at - 15 * MINUTE, at - 13 * MINUTE, null);

  const portrait = await blobs.put(db, await faceOf(1), { mediaType: 'image/jpeg', retentionClass: 'portrait' });
  await db.query(
    `insert into portraits (id, subject_kind, subject_ref, state, taken_on, quality, blob_sha256, template_id, created_at, decided_at)
     values ($1, 'enrollee', 'P1', 'accepted', '2024-05-01', 0.84, $2, null, $3, $3)`,
    [newId(), portrait.sha256, ts(NOW)],
  );
  const still = await sharp(join(FACES, 'sample2.jpg')).resize(960, 540, { fit: 'cover' }).jpeg().toBuffer();
  const stillBlob = await blobs.put(db, still, { mediaType: 'image/jpeg', retentionClass: 'still' });
  await db.query(
    `insert into snapshots (id, trigger_kind, trigger_id, clinic_code, camera_id, planned_at, actual_at, clock_offset_ms, state,
       blob_sha256, retention_class, created_at)
     values ($1, 'settlement', $2, $3, $4, $5, $6, 2300, 'taken', $7, 'still', $5)`,
    [newId(), settlementId, CLINIC, cameraId, ts(at + 2300), ts(at + 2500), stillBlob.sha256],
  );
  await db.query(
    `insert into assessment_heads (subject_kind, subject_id, clinic_code, assessment_id, assessed_at, window_from, window_to,
       facts_hash, verdict, verdict_reason, llr, coverage)
     values ('settlement', $1, $2, $3, $4, $5, $6, '\\x00', 'mismatch', 'every_face_differs', -2.3, 0.93)`,
    [settlementId, CLINIC, newId(), ts(NOW), ts(at - 30 * MINUTE), ts(at + 10 * MINUTE)],
  );
  return { incidentKey: `visit:${CLINIC}:${mdtrtId}`, setlId };
}

/** A hold on a registration of the same person, whom a list calls dead. */
export async function seedHold(world: World): Promise<{ incidentKey: string; setlId: string; decisionId: string }> {
  const { db, clock } = world.runtime;
  const [setlId, mdtrtId] = ['S2026031700009', 'M2026031700009'];
  const settlementId = await seedSettlement(world, setlId, { at: NOW - 5 * MINUTE, mdtrtId });
  const decisionId = newId();
  const reasons = [
    { code: 'listed_dead', rule: 'A8@1', zh: '名单显示此人已死亡。', en: 'A list says this person has died.' },
  ];
  const alternative = {
    kind: 'id_card_witness',
    zh: '出示身份证并由见证人核对',
    en: 'Show the ID card and have a witness check it',
  };
  const incidentKey = `visit:${CLINIC}:${mdtrtId}`;
  await db.query(
    `insert into decisions (id, subject_key, clinic_code, psn_no, mdtrt_id, setl_id, settlement_id, msgid, clearing_month,
       fund_fen, decision, reasons, deadline_at, alternative, state, decided_at, updated_at, ever_held)
     values ($1, $2, $3, 'P1', $4, $5, $6, 'msg-hold', '2026-03', 1742, 'hold', $7, $8, $9, 'standing', $10, $10, true)`,
    [
      decisionId,
      incidentKey,
      CLINIC,
      mdtrtId,
      setlId,
      settlementId,
      JSON.stringify(reasons),
      ts(clock.now() + 3 * 24 * 60 * MINUTE),
      JSON.stringify(alternative),
      ts(clock.now()),
    ],
  );
  return { incidentKey, setlId, decisionId };
}
