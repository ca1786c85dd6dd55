import { afterEach, beforeEach, expect, it } from 'vitest';
import { at, CLINIC, createScene, HOLD_AT_ONCE, HOUR, MINUTE, type Scene, workingClinic } from './support.ts';

let scene: Scene;
const morning = async (decision: Parameters<typeof createScene>[0] = {}): Promise<void> => {
  await scene.close();
  scene = await createScene({ now: at('09:00'), ...decision });
  await workingClinic(scene, at('08:00'));
  await scene.person('P1', { face: 1 });
  await scene.status('P1', 'dead', at('00:00', '2026-02-01'));
  await scene.drain();
};
beforeEach(async () => {
  scene = await createScene();
});
afterEach(() => scene.close());

it('asks a clinic that picked a dead person to check the name, and never holds what it reverses', async () => {
  await morning();
  const tried = await scene.reconcile.decide({ ...(await scene.trial('V1', 'P1', at('09:00'))), repeat: false });
  expect(tried).toMatchObject({ decision: 'review', deadline: null, alternative: { kind: 'check_person' } });
  await scene.settle('V1', 'P1', at('09:01'));
  await scene.until(at('09:01'));
  expect(await scene.decision('V1')).toMatchObject({ decision: 'review' });
  await scene.until(at('09:40'));
  await scene.reverse('V1', at('09:40'));
  await scene.until(at('10:00', '2026-03-19'));
  expect(await scene.decision('V1')).toMatchObject({ decision: 'allow', everHeld: false });
});

it('holds a dead person’s settlement that still stands after the grace, before the month’s clearing', async () => {
  await morning();
  await scene.settle('V1', 'P1', at('09:00'));
  await scene.until(at('09:00', '2026-03-18') - MINUTE);
  expect(await scene.decision('V1')).toMatchObject({ decision: 'review', state: 'standing' });
  await scene.until(at('09:00', '2026-03-18'));
  expect(await scene.decision('V1')).toMatchObject({
    decision: 'hold',
    state: 'standing',
    deadlineAt: at('09:00', '2026-03-23'),
  });
  await scene.reverse('V1', at('09:00', '2026-03-18') + HOUR);
  await scene.until(at('12:00', '2026-03-18'));
  expect(await scene.decision('V1')).toMatchObject({ state: 'released', releaseReason: 'finding_withdrawn' });
});

it('warns at the registration of a dead person, holds the trial where the operator wants it, and then the settlement, with deadlines', async () => {
  await morning({ decision: HOLD_AT_ONCE });
  const registered = await scene.reconcile.decide({
    ...(await scene.register('V1', 'P1', at('09:00'))),
    repeat: false,
  });
  expect(registered).toMatchObject({ decision: 'review', reasons: [{ code: 'dead', rule: 'A8@1' }] });
  await scene.until(at('09:01'));
  const tried = await scene.reconcile.decide({ ...(await scene.trial('V1', 'P1', at('09:01'))), repeat: false });
  expect(tried).toMatchObject({
    decision: 'hold',
    deadline: new Date(at('09:11')).toISOString(),
    alternative: { kind: 'id_card_witness' },
    results: [{ rule_id: 'A8@1', sev_deg: '1' }],
  });
  await scene.until(at('09:05'));
  await scene.settle('V1', 'P1', at('09:05'));
  await scene.until(at('09:06'));
  expect(await scene.decision('V1')).toMatchObject({
    decision: 'hold',
    state: 'standing',
    deadlineAt: at('09:05', '2026-03-20'),
  });
  expect((await scene.findings()).filter((f) => f.outcome === 'hit').map((f) => f.incident)).toEqual([
    `visit:${CLINIC}:M-V1`,
    `visit:${CLINIC}:M-V1`,
    `visit:${CLINIC}:M-V1`,
  ]);
  await scene.until(at('09:05', '2026-03-20'));
  expect(await scene.decision('V1')).toMatchObject({ state: 'released', releaseReason: 'deadline', everHeld: true });
  expect(
    scene.published.filter(({ topic }) => topic === 'decision.changed').map(({ payload }) => payload.change),
  ).toEqual(['revised', 'held', 'revised', 'released']);
});
