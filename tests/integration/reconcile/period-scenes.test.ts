import { afterEach, describe, expect, it } from 'vitest';
import { replayAssessment } from '../../../src/reconcile/replay.ts';
import { at, CLINIC, createScene, HOUR, MINUTE, type Scene } from './support.ts';

const [FIRST, SECOND, NEXT] = ['2026-03-10', '2026-03-17', '2026-03-18'];
const PEOPLE = ['P1', 'P2', 'P3', 'P4', 'P5'];

let scene: Scene;
afterEach(() => scene.close());

async function begin(day: string): Promise<void> {
  scene = await createScene({ now: at('07:00', day) });
  await scene.clinic();
}

/** Five people, two minutes apart. */
async function block(day: string): Promise<void> {
  await scene.until(at('12:00', day));
  for (const [i, psnNo] of PEOPLE.entries())
    await scene.settle(`${day}-${psnNo}`, psnNo, at('12:00', day) + i * 2 * MINUTE);
}

const ofRule = async (rule: string): Promise<string[]> =>
  (await scene.findings()).flatMap((row) => (row.rule === rule ? [`${row.outcome} ${row.reason}`] : []));

describe('cards that are kept at a clinic', () => {
  it('are told in the night after the second time, once for the month, with what they paid', async () => {
    await begin(FIRST);
    await block(FIRST);
    await scene.until(at('08:00', '2026-03-11'));
    expect(await ofRule('A14')).toEqual([]);
    await block(SECOND);
    await scene.until(at('20:00', SECOND));
    expect(await ofRule('A14')).toEqual([]);
    await scene.until(at('08:00', NEXT));
    const found = (await scene.findings()).filter(({ rule }) => rule === 'A14');
    expect(found).toMatchObject([{ outcome: 'hit', class: 'fraud', incident: `clinic-month:${CLINIC}:2026-03:A14` }]);
    expect(found[0]?.setlIds).toHaveLength(10);

    const { rows } = await scene.runtime.db.query<{ id: string }>(
      `select id from assessments where subject_kind = 'clinic_period' order by at desc limit 1`,
    );
    expect(await replayAssessment(scene.runtime.db, rows[0]?.id ?? '')).toMatchObject({ identical: true });
  }, 60_000);

  it('are taken back when the settlements are', async () => {
    await begin(FIRST);
    await block(FIRST);
    await block(SECOND);
    await scene.until(at('08:00', NEXT));
    expect(await ofRule('A14')).toEqual(['hit same_people_same_order']);
    for (const psnNo of PEOPLE.slice(0, 3)) await scene.reverse(`${SECOND}-${psnNo}`, at('08:00', NEXT));
    await scene.until(at('12:00', NEXT));
    expect(await ofRule('A14')).toEqual(['clear no_longer_applies']);
  }, 60_000);

  it('are taken back when it is filed afterwards that the day was a vaccination day', async () => {
    await begin(FIRST);
    await block(FIRST);
    await block(SECOND);
    await scene.until(at('08:00', NEXT));
    await scene.filing('vaccinationDay', at('08:00', SECOND), at('18:00', SECOND));
    await scene.until(at('11:00', NEXT));
    expect(await ofRule('A14')).toEqual(['clear filed_days']);
  }, 60_000);
});

describe('a person’s month', () => {
  it('tells four visits of a day in the night after it, and takes it back when one is reversed later', async () => {
    await begin(SECOND);
    for (const hour of ['09:00', '10:00', '11:00', '12:00']) await scene.settle(hour, 'P1', at(hour, SECOND));
    await scene.until(at('08:00', NEXT));
    expect(await ofRule('B10')).toEqual(['hit many_in_day']);
    await scene.reverse('11:00', at('09:00', NEXT));
    await scene.until(at('15:00', NEXT));
    expect(await ofRule('B10')).toEqual(['clear usual']);
  }, 60_000);

  it('tells a proxy who comes for six people who are not his own', async () => {
    await begin(SECOND);
    await scene.camera();
    await scene.device('ok', at('06:00', SECOND), null);
    await scene.person('Q', { face: 12 });
    for (let i = 1; i <= 6; i++) {
      await scene.person(`P${i}`, { face: i, household: `h${i % 2}` });
      await scene.proxy(`P${i}`, 'Q', at('00:00', SECOND));
      const when = at('08:30', SECOND) + i * HOUR;
      await scene.see({ person: 12, from: when - MINUTE, to: when + MINUTE });
      await scene.settle(`V${i}`, `P${i}`, when);
    }
    await scene.watermark(at('23:00', SECOND));
    await scene.until(at('09:00', NEXT));
    expect(await scene.verdict('V1')).toBe('cannot_tell proxy_registered');
    const found = (await scene.findings()).filter(({ rule }) => rule === 'A7');
    expect(found).toMatchObject([{ outcome: 'hit', reason: 'many_people', incident: 'person-month:Q:2026-03:A7' }]);
    expect(found[0]?.setlIds).toHaveLength(6);
  }, 60_000);
});
