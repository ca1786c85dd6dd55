import { afterEach, expect, it } from 'vitest';
import { claimEventTopic } from '../../../src/ledgers/claims/claims.topics.ts';
import { ts } from '../../../src/platform/db.ts';
import { derivedId } from '../../../src/platform/ids.ts';
import { at, CLINIC, createScene, MINUTE, type Scene, workingClinic } from './support.ts';

/** What rules read of books, lists, other places and clocks, gathered from the database. */

let scene: Scene;
afterEach(() => scene.close());

const ELSEWHERE = 'H32010000001';
const OPENS = at('08:00');

async function morning(): Promise<void> {
  scene = await createScene();
  await workingClinic(scene, OPENS);
  await scene.staff('D1', { face: 9 });
  for (const [i, psnNo] of ['P1', 'P2', 'P3', 'P4', 'P5', 'P6', 'P7'].entries()) await scene.person(psnNo, { face: i });
  await scene.until(at('09:00'));
}

const sql = (text: string, values: unknown[]) => scene.runtime.db.query(text, values);
const ended = async (): Promise<void> => {
  await scene.watermark(at('23:00'));
  await scene.until(at('23:30'));
};

/** One drug and one diagnosis of a visit, billed by a doctor. */
async function written(visit: string, when: number, over: { doctor?: string; diagnosis?: string } = {}): Promise<void> {
  const id = derivedId('line', visit);
  await sql(
    `insert into fee_lines (id, at, clinic_code, mdtrt_id, feedetl_sn, msgid, sent_at, med_list_codg, amount_fen, doctor_code)
     values ($1, $2, $3, $4, '1', $5, $2, 'XA01AA00001', 3560, $6)`,
    [id, ts(when), CLINIC, `M-${visit}`, `fee-${visit}`, over.doctor ?? 'D1'],
  );
  const body = {
    request: { diseinfo: [{ diag_type: '1', diag_code: over.diagnosis ?? 'J06.900', vali_flag: '1' }] },
    refused: false,
  };
  await sql(
    `insert into claim_events (id, kind, at, at_offset_min, clinic_code, msgid, message_received_at, mdtrt_id, body, created_at)
     values ($1, 'diagnosis', $2, 480, $3, $4, $2, $5, $6, $2)`,
    [derivedId('diagnosis', visit), ts(when), CLINIC, `diag-${visit}`, `M-${visit}`, JSON.stringify(body)],
  );
}

it('asks who came for somebody who lies in a hospital, and lets him go home first', async () => {
  await morning();
  await sql(
    `insert into person_status (id, psn_no, what, from_at, institution, source, created_at)
     values ($1, 'P1', 'inpatient', $2, 'H41160300001', 'test', $3)`,
    [derivedId('status', 'P1'), ts(at('10:00', '2026-03-14')), ts(at('08:00'))],
  );
  const ref = await scene.trial('V1', 'P1', at('09:00'));
  expect(await scene.reconcile.decide({ ...ref, repeat: false })).toMatchObject({
    decision: 'review',
    reasons: [{ code: 'inpatient_elsewhere' }],
  });
  await sql('update person_status set to_at = $1', [ts(at('08:30'))]);
  await scene.settle('V1', 'P1', at('09:01'));
  await ended();
  expect((await scene.hits()).filter((hit) => hit.startsWith('A9'))).toEqual([]);
});

it('finds a settlement at night, and takes it back when the emergency is approved', async () => {
  await morning();
  await scene.until(at('22:40'));
  await scene.settle('V1', 'P1', at('22:30'));
  await scene.watermark(at('23:00'));
  await scene.until(at('23:30'));
  expect(await scene.hits()).toContain('B1 night');
  await scene.filing('emergency', at('22:00'), at('23:00'));
  await scene.drain();
  expect((await scene.hits()).filter((hit) => hit.startsWith('B1'))).toEqual([]);
});

it('knows of a settlement in another province on the same day, and forgets it when that is reversed', async () => {
  await morning();
  await sql(
    `insert into settlements (id, at, at_offset_min, msgid, setl_id, clinic_code, psn_no, med_type, received_at)
     values ($1, $2, 480, 'far', 'S-far', $3, 'P1', '11', $2)`,
    [derivedId('far'), ts(at('08:40')), ELSEWHERE],
  );
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.drain();
  expect(await scene.hits()).toContain('A10 two_provinces');
  await sql(`update settlements set reversed_at = $1, reversed_by = 'r' where msgid = 'far'`, [ts(at('09:00'))]);
  await scene.runtime.db.transaction((tx) =>
    scene.runtime.outbox.add(tx, claimEventTopic, {
      eventId: derivedId('far-reversal'),
      kind: 'settlement_reversal',
      at: at('09:00'),
      clinicCode: ELSEWHERE,
      msgid: 'r',
      psnNo: 'P1',
      mdtrtId: null,
      setlId: 'S-far',
      settlementId: derivedId('far'),
    }),
  );
  await scene.drain();
  expect((await scene.hits()).filter((hit) => hit.startsWith('A10'))).toEqual([]);
});

it('reads a day when it is over: who billed, who signed in, what was diagnosed, how close together', async () => {
  await morning();
  await sql(`insert into staff_sign_ins (id, staff_id, clinic_code, from_at, to_at) values ($1, $2, $3, $4, $5)`, [
    derivedId('sign-in'),
    derivedId('staff', 'D1'),
    CLINIC,
    ts(at('14:00')),
    ts(at('18:00')),
  ]);
  for (const [i, psnNo] of ['P1', 'P2', 'P3', 'P4', 'P5', 'P6'].entries()) {
    const when = at('09:30') + i * MINUTE;
    await scene.settle(`V${i}`, psnNo, when);
    await written(`V${i}`, when, { diagnosis: i === 0 ? 'N40.x00' : 'J06.900' });
  }
  await scene.until(at('12:00'));
  expect((await scene.hits()).filter((hit) => hit.startsWith('B'))).toEqual([]);
  await ended();
  const hits = await scene.hits();
  expect(hits).toContain('B2 burst');
  expect(hits).toContain('B3 in_order');
  expect(hits).toContain('B9 mismatch');
  expect(hits).toContain('B13 nobody_signed_in');
});

const measuredOf = (camera: string, when: number, offsetMs: number) =>
  sql(
    `insert into camera_clock_offsets (camera_id, measured_at, offset_ms, uncertainty_ms, source) values ($1, $2, $3, 0, 'test')`,
    [camera, ts(when), offsetMs],
  );

it('tells of a clock that shows another time zone, and no more of it once it is set', async () => {
  await morning();
  const { rows } = await scene.runtime.db.query<{ id: string }>('select id from cameras');
  const camera = rows[0]?.id ?? '';
  await measuredOf(camera, at('09:00'), 8 * 60 * MINUTE);
  await scene.device('ok', at('17:00'), null);
  await scene.drain();
  expect(await scene.hits()).toContain('E5 time_zone');
  await scene.until(at('10:00'));
  await measuredOf(camera, at('10:00'), 0);
  await scene.device('ok', at('10:00'), null);
  await scene.drain();
  expect((await scene.hits()).filter((hit) => hit.startsWith('E5'))).toEqual([]);
});
