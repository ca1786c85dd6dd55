import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadFacts } from '../../../src/reconcile/assessment.store.ts';
import { at, createScene, HOUR, MINUTE, type Scene, settlementId } from './support.ts';

describe('a portrait of long ago', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene();
    await scene.clinic();
    await scene.camera();
    await scene.person('P1', { face: 1 });
    await scene.person('P2', { face: 2 });
    // The calibration knows portraits of ten years at most; the rule set would allow fifteen.
    await scene.runtime.db.query(`update portraits set taken_on = '2014-01-01'`);
    await scene.device('ok', at('07:00'), null);
  });
  afterAll(() => scene.close());

  const visit = async (name: string, psnNo: string, person: number, when: number): Promise<string> => {
    await scene.until(when - HOUR / 2);
    await scene.register(name, psnNo, when - 20 * MINUTE);
    await scene.see({ person, from: when - 10 * MINUTE, to: when + MINUTE });
    await scene.settle(name, psnNo, when);
    await scene.until(when + HOUR);
    await scene.watermark(when + HOUR);
    await scene.until(when + HOUR + MINUTE);
    return scene.verdict(name);
  };

  it('never makes a stranger of anybody: the verdict names it, and says how old it was', async () => {
    expect(await visit('v1', 'P1', 5, at('09:00'))).toContain('portrait_too_old');
    const { db } = scene.runtime;
    const { rows } = await db.query<{ facts_hash: Buffer }>(
      'select facts_hash from assessment_heads where subject_id = $1',
      [settlementId('v1')],
    );
    const facts = await loadFacts(db, rows[0]?.facts_hash ?? Buffer.alloc(0));
    if (!('presence' in facts) || facts.presence === null) throw new Error('no presence');
    const { claimedPortrait, limits } = facts.presence;
    expect(claimedPortrait).toMatchObject({ takenOn: '2014-01-01', ageYears: 12.2 });
    expect(limits.portraitMaxAgeYears).toBe(10);
    expect(await scene.hits()).toEqual([]);
  });

  it('still shows its owner for himself', async () => {
    expect(await visit('v2', 'P2', 2, at('12:00'))).toContain('match');
  });
});
