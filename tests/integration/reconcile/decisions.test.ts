import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimEventTopic } from '../../../src/ledgers/claims/claims.topics.ts';
import { peopleChanged } from '../../../src/people/people.topics.ts';
import { at, CARD, CLINIC, createScene, HOLD_AT_ONCE, HOUR, type Scene, workingClinic } from './support.ts';

let scene: Scene;
beforeEach(async () => {
  scene = await createScene({ now: at('09:00'), decision: HOLD_AT_ONCE });
  await workingClinic(scene, at('08:00'));
  await scene.person('P1', { face: 1 });
  await scene.status('P1', 'dead', at('00:00', '2026-02-01'));
  await scene.drain();
});
afterEach(() => scene.close());

const held = async (visit = 'V1') => {
  await scene.settle(visit, 'P1', scene.runtime.clock.now());
  await scene.drain();
  return scene.decision(visit);
};

it('lets one person release a hold on an ID card seen by a witness, and the history tells', async () => {
  const { id } = await held();
  const after = await scene.reconcile.decisions.release(id, 'user:li', {
    means: 'id_card_witnessed',
    note: '已核对身份证',
    witness: 'D-17',
  });
  expect(after).toMatchObject({
    decision: 'hold',
    state: 'released',
    releaseReason: 'id_card_witnessed',
    everHeld: true,
  });
  await expect(
    scene.reconcile.decisions.release(id, 'user:li', { means: 'reviewer', note: 'again' }),
  ).rejects.toMatchObject({ code: 'conflict' });
  const { rows } = await scene.runtime.db.query(
    'select actor, action, note from decision_events where decision_id = $1 order by id',
    [id],
  );
  expect(rows).toMatchObject([
    { action: 'decided' },
    { actor: 'user:li', action: 'release', note: '已核对身份证 [D-17]' },
  ]);
});

it('keeps holding while nobody is named who saw the ID card', async () => {
  const { id } = await held();
  for (const witness of [undefined, ' ']) {
    await expect(
      scene.reconcile.decisions.release(id, 'user:li', { means: 'id_card_witnessed', note: '已核对', witness }),
    ).rejects.toMatchObject({ code: 'invalid_input' });
  }
  expect(await scene.decision('V1')).toMatchObject({ state: 'standing' });
});

it('needs two different people to confirm, and then no deadline releases', async () => {
  const { id, deadlineAt } = await held();
  await scene.reconcile.decisions.confirm(id, 'user:li', 'first');
  expect(await scene.decision('V1')).toMatchObject({ state: 'standing' });
  await expect(scene.reconcile.decisions.confirm(id, 'user:li', 'twice')).rejects.toMatchObject({ code: 'conflict' });
  expect(await scene.reconcile.decisions.confirm(id, 'user:wang', 'second')).toMatchObject({ state: 'confirmed' });
  await scene.until((deadlineAt ?? 0) + HOUR);
  expect(await scene.decision('V1')).toMatchObject({ state: 'confirmed' });
});

it('releases by itself at the deadline when one person alone confirmed', async () => {
  const { id, deadlineAt } = await held();
  await scene.reconcile.decisions.confirm(id, 'user:li', 'first');
  await scene.until(deadlineAt ?? 0);
  expect(await scene.decision('V1')).toMatchObject({ state: 'released', releaseReason: 'deadline' });
});

it('keeps a release by a person when the settlement follows the trial', async () => {
  const tried = await scene.reconcile.decide({ ...(await scene.trial('V1', 'P1', at('09:00'))), repeat: false });
  await scene.reconcile.decisions.release(tried?.id ?? '', 'user:li', {
    means: 'id_card_witnessed',
    note: 'ok',
    witness: 'D-17',
  });
  await held();
  expect(await scene.decision('V1')).toMatchObject({ decision: 'hold', state: 'released' });
  const asked = await scene.settle('V2', 'P1', at('09:00'));
  expect(await scene.reconcile.decide({ ...asked, repeat: false })).toMatchObject({ decision: 'hold' });
});

it('answers a repeated message with the decision that stands', async () => {
  const ref = await scene.trial('V1', 'P1', at('09:00'));
  const first = await scene.reconcile.decide({ ...ref, repeat: false });
  expect(await scene.reconcile.decide({ ...ref, repeat: true })).toEqual(first);
});

it('lets the hold go when the death turns out to be an error of the list', async () => {
  await held();
  const { db, outbox } = scene.runtime;
  await db.query('delete from person_status');
  await db.transaction((tx) =>
    outbox.add(tx, peopleChanged, {
      psnNo: 'P1',
      staffId: null,
      clinicCode: null,
      what: 'status',
      from: null,
      to: null,
    }),
  );
  await scene.drain();
  expect(await scene.decision('V1')).toMatchObject({
    decision: 'allow',
    state: 'released',
    releaseReason: 'finding_withdrawn',
    everHeld: true,
  });
  expect(scene.published).toContainEqual({
    topic: 'decision.changed',
    payload: expect.objectContaining({ change: 'released' }),
  });
});

it('joins a registration to its visit when the response brings the visit number', async () => {
  const { db, outbox } = scene.runtime;
  const ref = await scene.register('V1', 'P1', at('09:00'));
  await db.query('update claim_events set mdtrt_id = null where id = $1', [ref.eventId]);
  const early = await scene.reconcile.decide({ ...ref, mdtrtId: null, repeat: false });
  expect(early).toMatchObject({ decision: 'review' });
  await db.query('update claim_events set mdtrt_id = $2 where id = $1', [ref.eventId, ref.mdtrtId]);
  await db.transaction((tx) => outbox.add(tx, claimEventTopic, ref));
  await scene.drain();
  const hits = (await scene.findings()).filter(({ outcome }) => outcome === 'hit');
  expect(hits.map(({ incident }) => incident)).toEqual([`visit:${CLINIC}:M-V1`]);
  const { rows } = await db.query('select state from decisions where subject_key = $1', [`message:${ref.msgid}`]);
  expect(rows).toEqual([{ state: 'superseded' }]);
});

it('holds for a face only under the site’s own calibration', async () => {
  await scene.close();
  scene = await createScene({ now: at('09:00'), card: { ...CARD, siteCalibrated: true } });
  await workingClinic(scene, at('08:00'));
  await scene.person('P2', { face: 2 });
  await scene.see({ person: 12, from: at('08:58'), to: at('09:01') });
  await scene.settle('V1', 'P2', at('09:00'));
  await scene.watermark(at('10:00'));
  await scene.until(at('10:00'));
  expect(await scene.decision('V1')).toMatchObject({ decision: 'hold', state: 'standing' });
});

it('decides the same whether asked by HTTP, by the queue, or by both at once', async () => {
  const ref = await scene.settle('V1', 'P1', at('09:00'));
  const answers = await Promise.all([1, 2, 3, 4].map(() => scene.reconcile.decide({ ...ref, repeat: false })));
  await scene.drain();
  expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
  const { rows } = await scene.runtime.db.query<{ n: number }>(
    `select count(*) as n from decision_events where action = 'decided'`,
  );
  expect(rows[0]?.n).toBe(1);
});

it('shows decisions of the caller’s region alone', async () => {
  const { id } = await held();
  const own = { regionPrefix: '4116', clinicCode: null };
  const other = { regionPrefix: '4117', clinicCode: null };
  expect((await scene.reconcile.decisions.list(own, { limit: 10 })).items).toHaveLength(1);
  expect((await scene.reconcile.decisions.list(other, { limit: 10 })).items).toEqual([]);
  await expect(scene.reconcile.decisions.get(other, id)).rejects.toMatchObject({ code: 'not_found' });
});
