import { afterEach, beforeEach, expect, it } from 'vitest';
import { readHolding, resumeHolding } from '../../../src/reconcile/holding/holding.routes.ts';
import { createRuleSet } from '../../../src/reconcile/parameters.ts';
import { createPgStores } from '../../../src/reconcile/pg-store.ts';
import { at, createScene, HOLD_AT_ONCE, HOUR, MINUTE, type Scene, workingClinic } from './support.ts';

const DECISION = { ...HOLD_AT_ONCE, breakerMinHolds: 3, breakerCoolMinutes: 30 } as const;
const parameters = { ...createRuleSet().decision, ...DECISION };
let scene: Scene;
beforeEach(async () => {
  scene = await createScene({ now: at('09:00'), decision: DECISION });
  await workingClinic(scene, at('08:00'));
  // A wrong list: half the village is dead on it.
  for (let i = 1; i <= 6; i++) {
    await scene.person(`P${i}`);
    await scene.status(`P${i}`, 'dead', at('00:00', '2026-02-01'));
  }
  await scene.drain();
});
afterEach(() => scene.close());

const ask = async (i: number) => {
  const ref = await scene.trial(`V${i}`, `P${i}`, scene.runtime.clock.now());
  return scene.reconcile.decide({ ...ref, repeat: false });
};
const holding = () =>
  readHolding({ ...scene.runtime, parameters: () => parameters }, { regionPrefix: '4116', clinicCode: null });

it('stops holding when holds jump, goes on reviewing, says so to the operator, and tries again by itself', async () => {
  expect((await ask(1))?.decision).toBe('hold');
  expect((await ask(2))?.decision).toBe('hold');
  const third = await ask(3);
  expect(third).toMatchObject({
    decision: 'review',
    deadline: null,
    reasons: [{ code: 'dead' }, { code: 'holding_paused' }],
  });
  expect(third?.reasons[1]?.zh).toContain('暂停');
  await scene.drain();
  expect(await holding()).toMatchObject({
    paused: true,
    breakers: [
      { scope: '*', state: 'open', wanted: 3 },
      { scope: '411624', state: 'open', withheld: 1 },
    ],
    window: { held: 2, withheld: 1, decided: 3 },
  });
  const told = (await scene.findings()).filter(({ rule }) => rule === 'N2');
  expect(told).toMatchObject([
    { class: 'data', outcome: 'hit', incident: 'holding:*' },
    { class: 'data', outcome: 'hit', incident: 'holding:411624' },
  ]);
  // What is known after a restart is what is stored.
  await scene.until(at('11:00'));
  expect((await ask(4))?.decision).toBe('hold');
  expect(await holding()).toMatchObject({ paused: false });
  expect((await scene.findings()).filter(({ rule, outcome }) => rule === 'N2' && outcome === 'hit')).toEqual([]);
});

it('goes on when a person says so, and counts anew from there', async () => {
  for (let i = 1; i <= 3; i++) await ask(i);
  await scene.until(at('09:00') + MINUTE);
  const { inStore } = createPgStores(scene.runtime);
  const { clock } = scene.runtime;
  for (const scope of ['*', '411624']) await resumeHolding({ clock, inStore }, scope, 'user:li', '名单已核对');
  await expect(resumeHolding({ clock, inStore }, '*', 'user:li', 'again')).rejects.toMatchObject({ code: 'conflict' });
  await scene.until(at('09:00') + 2 * MINUTE);
  expect((await ask(4))?.decision).toBe('hold');
  expect((await ask(5))?.decision).toBe('hold');
  expect((await ask(6))?.decision).toBe('review');
  expect(await holding()).toMatchObject({ paused: true });
});

it('lets holds that stand stand, and releases them at their deadline', async () => {
  for (let i = 1; i <= 3; i++) await ask(i);
  expect(await scene.decision('V1')).toMatchObject({ decision: 'hold', state: 'standing' });
  await scene.until(at('09:00') + HOUR);
  expect(await scene.decision('V1')).toMatchObject({ state: 'released', releaseReason: 'deadline' });
  expect(await scene.decision('V3')).toMatchObject({ decision: 'review', everHeld: false });
});
