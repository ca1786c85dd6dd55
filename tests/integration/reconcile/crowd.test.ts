import { afterEach, beforeEach, expect, it } from 'vitest';
import { at, createScene, MINUTE, type Scene } from './support.ts';

/** Work for many settlements at once grows with their number, not with its square: alerts elsewhere must not wait for it. */

const CROWD = 12;
let scene: Scene;
beforeEach(async () => {
  scene = await createScene({ now: at('09:00') });
  await scene.clinic();
  await scene.camera();
  await scene.device('ok', at('07:00'), null);
});
afterEach(() => scene.close());

const settleAll = async (): Promise<void> => {
  for (let i = 0; i < CROWD; i++) await scene.person(`P${i}`, { face: i });
  await scene.drain();
  for (let i = 0; i < CROWD; i++) {
    await scene.settle(`V${i}`, `P${i}`, at('09:00'));
    await scene.drain();
  }
};
const workOn = async (kind: string): Promise<number> =>
  (
    await scene.runtime.db.query<{ n: number }>(
      `select count(*)::int as n from outbox where topic = 'reconcile.subject' and payload ->> 'subjectKind' = $1
         and payload ->> 'trigger' = 'claim:settlement'`,
      [kind],
    )
  ).rows[0]?.n ?? 0;

it('looks at no neighbour where nobody was seen, and at no visit of which no rule says anything', async () => {
  await settleAll();
  await scene.until(at('09:00') + MINUTE);
  expect([await workOn('settlement'), await workOn('visit')]).toEqual([0, 0]);
});

it('looks once at each neighbour of a crowd, and still learns whose face it was', async () => {
  await scene.see({ person: CROWD - 1, from: at('08:59'), to: at('09:00') });
  await settleAll();
  await scene.until(at('09:00') + MINUTE);
  expect(await workOn('settlement')).toBeLessThanOrEqual(CROWD);
  await scene.watermark(at('09:15'));
  await scene.until(at('09:15'));
  expect(await scene.verdict(`V${CROWD - 1}`)).toBe('match matched');
});
