import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadFacts } from '../../../src/reconcile/assessment.store.ts';
import { at, CAMERA, createScene, HOUR, MINUTE, type Scene, settlementId, workingClinic } from './support.ts';

const OTHER = 'cam-2';
let scene: Scene;
beforeEach(async () => {
  scene = await createScene();
  await workingClinic(scene, at('08:00'));
  await scene.camera(OTHER, 'consulting');
  await scene.device('ok', at('06:00'), null, OTHER);
});
afterEach(() => scene.close());

/** Both cameras go dark at the same time, and somebody settles meanwhile. */
async function bothDark(): Promise<void> {
  for (const camera of [CAMERA, OTHER]) {
    await scene.device('offline', at('09:00'), at('10:00'), camera);
    await scene.device('ok', at('10:00'), null, camera);
  }
  await scene.person('P1');
  await scene.settle('V1', 'P1', at('09:30'));
  for (const camera of [CAMERA, OTHER]) await scene.watermark(at('11:00'), camera);
  await scene.until(at('11:00'));
}
/** Cameras whose outage a person is asked about. */
const asked = async (): Promise<(string | undefined)[]> =>
  (await scene.findings())
    .filter(({ rule, outcome }) => rule === 'E1' && outcome === 'hit')
    .map(({ incident }) => incident.split(':')[1])
    .sort();

it('the repair of one camera does not explain that another was silent', async () => {
  await scene.filing('outage', at('08:30'), at('10:30'), null, OTHER);
  await bothDark();
  expect(await asked()).toEqual([CAMERA]);
});

it('an outage of the whole clinic explains both', async () => {
  await scene.filing('outage', at('08:30'), at('10:30'));
  await bothDark();
  expect(await asked()).toEqual([]);
});

it('what is filed afterwards for one camera takes back its own alert alone', async () => {
  await bothDark();
  expect(await asked()).toEqual([CAMERA, OTHER]);
  await scene.filing('outage', at('08:30'), at('10:30'), null, OTHER);
  await scene.drain();
  expect(await asked()).toEqual([CAMERA]);
});

it.each([
  ['of the whole clinic', undefined, true],
  ['of the camera at the counter', CAMERA, true],
  ['of the camera in another room', OTHER, false],
])('a filed outage %s, and a settlement while the counter is dark', async (_, camera, inFavour) => {
  await scene.filing('outage', at('08:30'), at('10:30'), null, camera);
  await bothDark();
  const { rows } = await scene.runtime.db.query<{ facts_hash: Buffer }>(
    'select facts_hash from assessment_heads where subject_id = $1',
    [settlementId('V1')],
  );
  const facts = await loadFacts(scene.runtime.db, rows[0]?.facts_hash ?? Buffer.alloc(0));
  expect(facts).toMatchObject({ kind: 'settlement', filings: { outage: inFavour } });
  expect(await scene.verdict('V1')).toBe('cannot_tell blind_window');
});

it('months of outages that go with bursts are asked about until those of this camera are filed, not another’s', async () => {
  const days = [12, 9, 6, 3, 0];
  for (const [i, ago] of days.entries()) {
    const ten = at('10:00') - ago * 24 * HOUR;
    const next = days[i + 1];
    await scene.device('covered', ten, ten + 30 * MINUTE);
    await scene.device('ok', ten + 30 * MINUTE, next === undefined ? null : at('10:00') - next * 24 * HOUR);
    for (let n = 0; n < 6; n++) await scene.settle(`V${ago}-${n}`, 'P1', ten + n * MINUTE);
  }
  await scene.until(at('11:00'));
  const together = async (): Promise<number> =>
    new Set(
      (await scene.findings()).filter(({ rule, outcome }) => rule === 'E7' && outcome === 'hit').map((f) => f.incident),
    ).size;
  expect(await together()).toBe(1);
  const file = (camera: string, ago: number): Promise<void> => {
    const ten = at('10:00') - ago * 24 * HOUR;
    return scene.filing('outage', ten - HOUR, ten + HOUR, null, camera);
  };
  for (const ago of days) await file(OTHER, ago);
  await scene.drain();
  expect(await together()).toBe(1);
  // Three of five are explained: of the alert, which rests on the newest outage, too few are left.
  for (const ago of days.slice(0, 3)) await file(CAMERA, ago);
  await scene.drain();
  expect(await together()).toBe(0);
});
