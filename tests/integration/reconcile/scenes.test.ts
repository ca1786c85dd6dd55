import { afterEach, expect, it } from 'vitest';
import { tellTouched } from '../../../src/people/conflicts/conflicts.worker.ts';
import { at, CLINIC, createScene, face, HOUR, MINUTE, type Scene, workingClinic } from './support.ts';

let scene: Scene;
afterEach(() => scene.close());

/** Everybody of the morning; the doctor is staff 9. */
async function morning(): Promise<void> {
  scene = await createScene();
  await workingClinic(scene, at('08:00'));
  await scene.staff('D1', { face: 9 });
  for (const [i, psnNo] of ['P0', 'P1', 'P2', 'P3', 'P4'].entries()) await scene.person(psnNo, { face: i });
  await scene.until(at('09:00'));
}

/** The cameras have seen everything until then. */
const processed = async (time: string): Promise<void> => {
  await scene.watermark(at(time));
  await scene.until(at(time));
};

it('passes the right person, at once, without waiting for the window', async () => {
  await morning();
  await scene.see({ person: 1, from: at('08:58'), to: at('09:01') });
  const ref = await scene.settle('V1', 'P1', at('09:00'));
  const answer = await scene.reconcile.decide({ ...ref, repeat: false });
  expect(answer).toMatchObject({ decision: 'allow', reasons: [], results: [], deadline: null });
  expect(await scene.verdict('V1')).toBe('match matched');
  await processed('10:00');
  expect(await scene.hits()).toEqual([]);
});

it('reports someone else with the card, and never holds for a face under a general calibration', async () => {
  await morning();
  await scene.see({ person: 12, from: at('08:58'), to: at('09:01') });
  const ref = await scene.settle('V1', 'P1', at('09:00'));
  const answer = await scene.reconcile.decide({ ...ref, repeat: false });
  expect(answer).toMatchObject({ decision: 'allow', reasons: [{ code: 'not_yet' }], results: [] });
  await processed('09:30');
  expect(await scene.verdict('V1')).toBe('mismatch every_face_differs');
  expect(await scene.hits()).toEqual(['A1 every_face_differs']);
  expect(await scene.decision('V1')).toMatchObject({ decision: 'review', state: 'standing', everHeld: false });
  expect(scene.published).toContainEqual({
    topic: 'finding.changed',
    payload: { incidentKey: `visit:${CLINIC}:M-V1` },
  });
});

it('takes a photograph of the insured person for nobody: no match, no mismatch, no report', async () => {
  await morning();
  const id = await scene.see({ person: 1, from: at('08:58'), to: at('09:01'), state: 'open' });
  const ref = await scene.settle('V1', 'P1', at('09:00'));
  await scene.reconcile.decide({ ...ref, repeat: false });
  expect(await scene.verdict('V1')).toBe('match matched');
  // It takes some looks until a picture is told for what it is: then the match is taken back.
  await scene.see({ id, person: 1, from: at('08:58'), to: at('09:02'), shown: 'held_picture' });
  await processed('10:00');
  expect(await scene.verdict('V1')).toBe('cannot_tell presentation_suspected');
  expect(await scene.hits()).toEqual([]);
});

it('lets a poster neither fill an empty room nor stand for a stranger, and still sees the stranger beside it', async () => {
  await morning();
  await scene.see({ person: 12, from: at('08:05'), to: at('09:50'), shown: 'static_picture' });
  await scene.settle('V1', 'P1', at('08:30'));
  await scene.see({ person: 13, from: at('09:28'), to: at('09:31') });
  await scene.settle('V2', 'P2', at('09:30'));
  await processed('10:30');
  expect(await scene.verdict('V1')).toBe('cannot_tell presentation_suspected');
  expect(await scene.verdict('V2')).toBe('mismatch every_face_differs');
  expect(await scene.hits()).toEqual(['A1 every_face_differs']);
});

it('reports a settlement with nobody there, the camera being healthy, though others came earlier', async () => {
  await morning();
  await scene.see({ person: 2, from: at('08:40'), to: at('08:43') });
  await scene.settle('V2', 'P2', at('08:42'));
  await scene.settle('V1', 'P1', at('09:00'));
  await processed('09:30');
  expect(await scene.verdict('V2')).toBe('match matched');
  expect(await scene.verdict('V1')).toBe('cannot_tell nobody_at_counter');
  expect(await scene.hits()).toEqual(['A2 claimed_not_seen']);
});

it('says nothing about a patient when the camera was out: a device finding only', async () => {
  await morning();
  await scene.device('offline', at('08:30'), at('09:20'));
  await scene.device('ok', at('09:20'), null);
  await scene.settle('V1', 'P1', at('09:00'));
  await processed('10:00');
  expect(await scene.verdict('V1')).toBe('cannot_tell blind_window');
  expect(await scene.hits()).toEqual(['E1 settled_during_outage']);
  const finding = (await scene.findings()).find(({ rule }) => rule === 'E1');
  expect(finding).toMatchObject({ class: 'device', incident: `camera:cam-1:${at('08:30')}`, setlIds: ['S-V1'] });
  expect((await scene.findings()).filter((f) => f.class === 'fraud').map(({ outcome }) => outcome)).not.toContain(
    'hit',
  );
  expect(await scene.decision('V1')).toMatchObject({ decision: 'allow', everHeld: false });
});

it('finds one face that settles for several', async () => {
  await morning();
  await scene.see({ person: 1, from: at('08:58'), to: at('09:08') });
  for (const [i, psnNo] of ['P1', 'P2', 'P3'].entries())
    await scene.settle(`V${i}`, psnNo, at('09:00') + i * 2 * MINUTE);
  await processed('10:00');
  expect(await scene.hits()).toEqual(['A1 every_face_differs', 'A1 every_face_differs', 'A3 many_in_short_time']);
  const finding = (await scene.findings()).find(({ rule }) => rule === 'A3');
  expect(finding).toMatchObject({ incident: `face-day:${CLINIC}:2026-03-17:S-V0`, setlIds: ['S-V0', 'S-V1', 'S-V2'] });
});

it('says who came as soon as he has left, and of others nothing before the window has ended', async () => {
  await morning();
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.drain();
  const assessments = async (): Promise<number> =>
    (
      await scene.runtime.db.query<{ n: number }>(
        "select count(*)::int as n from assessments where subject_kind = 'settlement'",
      )
    ).rows[0]?.n ?? 0;
  const before = await assessments();
  await scene.see({ person: 12, from: at('08:55'), to: at('08:57') });
  await scene.until(at('09:01'));
  expect(await assessments()).toBe(before);
  await scene.see({ person: 1, from: at('08:58'), to: at('09:01') });
  await scene.until(at('09:02'));
  expect(await scene.verdict('V1')).toBe('match matched');
});

it('keeps a warning while something is settled, and takes it back with all that was', async () => {
  await morning();
  await scene.status('P1', 'dead', at('08:00'));
  await scene.register('V1', 'P1', at('08:50'));
  await scene.drain();
  const warned = async (): Promise<string | undefined> =>
    (
      await scene.runtime.db.query<{ outcome: string }>(
        "select outcome from findings where subject_key like 'visit/%' and rule_id = 'A8'",
      )
    ).rows[0]?.outcome;
  expect(await warned()).toBe('hit');
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.drain();
  expect(await warned()).toBe('hit');
  await scene.reverse('V1', at('09:05'));
  await scene.drain();
  expect(await warned()).toBe('clear');
});

it('lets a registered proxy settle in peace', async () => {
  await morning();
  await scene.proxy('P1', 'P2', at('00:00'));
  await scene.see({ person: 2, from: at('08:58'), to: at('09:01') });
  await scene.settle('V1', 'P1', at('09:00'));
  await processed('10:00');
  expect(await scene.verdict('V1')).toBe('cannot_tell proxy_registered');
  expect(await scene.hits()).toEqual([]);
});

it('takes a finding back when the proxy is registered afterwards', async () => {
  await morning();
  await scene.see({ person: 2, from: at('08:58'), to: at('09:01') });
  await scene.settle('V1', 'P1', at('09:00'));
  await processed('10:00');
  expect(await scene.hits()).toEqual(['A1 every_face_differs']);
  await scene.proxy('P1', 'P2', at('08:00'));
  await scene.drain();
  expect(await scene.hits()).toEqual([]);
  expect((await scene.findings()).find(({ rule }) => rule === 'A1')).toMatchObject({
    outcome: 'clear',
    reason: 'proxy_registered',
  });
  expect(await scene.decision('V1')).toMatchObject({ decision: 'allow' });
});

it('asks a member of the household to register, and accuses nobody', async () => {
  scene = await createScene();
  await workingClinic(scene, at('08:00'));
  await scene.person('P1', { face: 1, household: 'H1' });
  await scene.person('P2', { face: 2, household: 'H1' });
  await scene.until(at('09:00'));
  await scene.see({ person: 2, from: at('08:58'), to: at('09:01') });
  const tried = await scene.reconcile.decide({ ...(await scene.trial('V1', 'P1', at('09:00'))), repeat: false });
  expect(tried).toMatchObject({ decision: 'allow', reasons: [{ code: 'household_member_unregistered' }] });
  await scene.settle('V1', 'P1', at('09:00'));
  await processed('10:00');
  expect(await scene.hits()).toEqual(['A6 household_member_unregistered']);
  expect((await scene.findings()).find(({ rule }) => rule === 'A6')).toMatchObject({ class: 'data' });
});

it('finds the staff alone with several settlements, and not with one', async () => {
  await morning();
  await scene.see({ person: 9, from: at('09:50'), to: at('10:30') });
  await scene.settle('V1', 'P1', at('10:00'));
  await processed('10:11');
  await scene.until(at('10:13'));
  expect(await scene.verdict('V1')).toBe('cannot_tell staff_only');
  expect(await scene.hits()).toEqual([]);
  await scene.settle('V2', 'P2', at('10:15'));
  await scene.settle('V3', 'P3', at('10:20'));
  await processed('11:00');
  expect(await scene.hits()).toEqual(['A4 only_staff_present']);
  expect((await scene.findings()).find(({ rule }) => rule === 'A4')).toMatchObject({
    incident: `clinic-day:${CLINIC}:2026-03-17:A4`,
    setlIds: ['S-V1', 'S-V2', 'S-V3'],
  });
});

it('takes a finding back when the settlement is reversed', async () => {
  await morning();
  await scene.settle('V1', 'P1', at('09:00'));
  await processed('09:30');
  expect(await scene.hits()).toEqual(['A2 nobody_seen']);
  await scene.reverse('V1', at('09:40'));
  await scene.until(at('09:40'));
  expect(await scene.hits()).toEqual([]);
  expect(await scene.decision('V1')).toMatchObject({ decision: 'allow' });
});

it('answers not yet for somebody who has only just appeared, then matches', async () => {
  await morning();
  const ref = await scene.settle('V1', 'P1', at('09:00'));
  const answer = await scene.reconcile.decide({ ...ref, repeat: false });
  expect(answer).toMatchObject({ decision: 'allow', reasons: [{ code: 'not_yet' }] });
  expect(await scene.verdict('V1')).toBe('cannot_tell not_yet');
  await scene.drain();
  await scene.see({ person: 1, from: at('08:59'), to: at('09:01') });
  await scene.drain();
  // Cameras of a clinic tell together: a few seconds, then one look.
  await scene.until(scene.runtime.clock.now() + 5_000);
  expect(await scene.verdict('V1')).toBe('match matched');
  expect(await scene.hits()).toEqual([]);
});

it('counts heads at the end of the day', async () => {
  await morning();
  for (const [i, psnNo] of ['P0', 'P1', 'P2', 'P3', 'P4'].entries()) {
    await scene.settle(`V${i}`, psnNo, at('09:00') + i * HOUR);
  }
  await scene.see({ person: 0, from: at('08:59'), to: at('09:02') });
  await scene.watermark(at('23:00'));
  await scene.until(at('19:00'));
  expect(await scene.hits()).toContain('A5 fewer_visitors');
});

it('tells of a camera that is out before opening, and keeps telling after it recovered', async () => {
  scene = await createScene({ now: at('06:30') });
  await workingClinic(scene, at('06:30'));
  await scene.reconcile.tick();
  await scene.device('offline', at('06:40'), null);
  await scene.until(at('07:40'));
  expect(await scene.hits()).toEqual([]);
  await scene.until(at('07:46'));
  expect(await scene.hits()).toEqual(['P1 not_ready']);
  await scene.device('ok', at('07:55'), null);
  await scene.until(at('08:30'));
  expect(await scene.hits()).toEqual(['P1 not_ready']);
});

it('works by head count where face recognition is off', async () => {
  scene = await createScene();
  await scene.clinic({ faceRecognition: false });
  await scene.camera();
  await scene.device('ok', at('06:00'), null);
  await scene.see({ from: at('08:58'), to: at('09:01') });
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.settle('V2', 'P2', at('12:00'));
  await scene.watermark(at('14:00'));
  await scene.until(at('14:00'));
  expect(await scene.verdict('V1')).toBe('cannot_tell face_recognition_off');
  expect((await scene.findings()).filter(({ outcome }) => outcome === 'hit').map(({ setlIds }) => setlIds)).toEqual([
    ['S-V2'],
  ]);
});

it('calls footage lost that never comes, and accuses nobody', async () => {
  await morning();
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.until(at('12:00', '2026-03-19'));
  expect(await scene.verdict('V1')).toBe('cannot_tell footage_lost');
  expect(await scene.hits()).toEqual([]);
});

// Of the clinic's hours only the morning was processed: that stays a fault of the recording.
it('does not take erased appearances for nobody', async () => {
  await morning();
  await scene.see({ person: 1, from: at('08:58'), to: at('09:01') });
  await scene.settle('V1', 'P1', at('09:00'));
  await processed('10:00');
  await scene.until(at('10:00', '2026-03-27'));
  await scene.runtime.db.query('delete from appearances');
  await scene.status('P1', 'suspended', at('00:00', '2026-03-20'));
  await scene.drain();
  expect(await scene.verdict('V1')).toBe('match matched');
  expect(await scene.hits()).toEqual(['E6 gaps']);
});

it('believes the national terminal, also when it tells late', async () => {
  await morning();
  await scene.settle('V1', 'P1', at('09:00'));
  await processed('10:00');
  expect(await scene.hits()).toEqual(['A2 nobody_seen']);
  await scene.auth('P1', at('08:59'));
  await scene.drain();
  expect(await scene.hits()).toEqual([]);
  expect(await scene.verdict('V1')).toBe('cannot_tell terminal_confirmed');
});

it('keeps a look-alike in the uncertain zone out of every accusation', async () => {
  await morning();
  await scene.see({ template: face(12, 1, { of: 1, share: 0.45 }), from: at('08:58'), to: at('09:01') });
  await scene.settle('V1', 'P1', at('09:00'));
  await processed('10:00');
  expect(await scene.verdict('V1')).toBe('cannot_tell between');
  expect(await scene.hits()).toEqual([]);
});

it('rests nothing on a portrait in dispute, neither for its owner nor against him, until a person has settled it', async () => {
  await morning();
  const { db } = scene.runtime;
  const portraitOf = async (psnNo: string) =>
    (await db.query<{ id: string }>(`select id from portraits where subject_ref = $1`, [psnNo])).rows[0]?.id;
  await db.query(
    `insert into portrait_conflicts (id, kind, portrait_id, subject_kind, subject_ref, region_code, other_portrait_id,
       other_kind, other_ref, other_region_code, score, threshold, llr, gallery_size, model_version, calibration_id,
       state, disputes, created_at)
     values (gen_random_uuid(), 'same_face_two_people', $1, 'enrollee', 'P1', '', $2, 'enrollee', 'P2', '', 0.99, 0.9, 5, 2,
       'm', 'c', 'open', true, $3)`,
    [await portraitOf('P1'), await portraitOf('P2'), new Date(at('08:00'))],
  );
  await scene.see({ person: 12, from: at('08:58'), to: at('09:01') });
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.see({ person: 2, from: at('09:28'), to: at('09:31') });
  await scene.settle('V2', 'P2', at('09:30'));
  await processed('10:30');
  expect(await scene.verdict('V1')).toBe('cannot_tell portrait_disputed');
  expect(await scene.verdict('V2')).toBe('cannot_tell portrait_disputed');
  expect((await scene.findings()).filter((f) => f.class === 'fraud' && f.outcome === 'hit')).toEqual([]);
  await db.query(`update portrait_conflicts set state = 'closed', disputes = false, resolution = 'twins_or_kin'`);
  const both = ['P1', 'P2'].map((subjectRef) => ({ subjectKind: 'enrollee' as const, subjectRef }));
  await db.transaction((tx) => tellTouched(tx, scene.runtime, both));
  await scene.until(at('11:00'));
  expect(await scene.verdict('V2')).toBe('match matched');
  expect(await scene.verdict('V1')).toBe('mismatch every_face_differs');
});
