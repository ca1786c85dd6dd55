import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadFacts } from '../../../src/reconcile/assessment.store.ts';
import { replayAssessment } from '../../../src/reconcile/replay.ts';
import { at, createScene, MINUTE, type Scene, settlementId } from './support.ts';

/** A small deterministic shuffle. */
function shuffled<T>(items: readonly T[], seed: number): T[] {
  let state = seed;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return items
    .map((item) => ({ item, key: random() }))
    .toSorted((a, b) => a.key - b.key)
    .map(({ item }) => item);
}

/** A morning in pieces that may arrive in any order: a match, an impostor with a late proxy, nobody, an outage, the doctor alone, a reversal, a dead person. */
const pieces: readonly ((scene: Scene) => Promise<unknown>)[] = [
  (scene) => scene.device('ok', at('06:00'), null),
  (scene) => scene.device('offline', at('11:00'), at('11:50')),
  (scene) => scene.device('ok', at('11:50'), null),
  (scene) => scene.watermark(at('16:00')),
  (scene) => scene.see({ person: 1, from: at('08:58'), to: at('09:01') }),
  (scene) => scene.settle('V1', 'P1', at('09:00')),
  (scene) => scene.see({ person: 12, from: at('09:58'), to: at('10:06') }),
  (scene) => scene.settle('V2', 'P2', at('10:00')),
  (scene) => scene.settle('V3', 'P3', at('10:02')),
  (scene) => scene.settle('V4', 'P4', at('10:04')),
  (scene) => scene.person('P12', { face: 12 }),
  (scene) => scene.proxy('P4', 'P12', at('00:00')),
  (scene) => scene.settle('V5', 'P1', at('11:20')),
  (scene) => scene.settle('V6', 'P2', at('13:00')),
  (scene) => scene.see({ person: 9, from: at('14:20'), to: at('15:20') }),
  (scene) => scene.settle('V7', 'P1', at('15:00')),
  (scene) => scene.settle('V8', 'P2', at('15:02')),
  (scene) => scene.settle('V9', 'P3', at('15:04')),
  (scene) => scene.status('P3', 'dead', at('15:03')),
  async (scene) => {
    await scene.settle('V0', 'P4', at('13:30'));
    await scene.drain();
    await scene.reverse('V0', at('13:40'));
  },
];

async function play(order: readonly (typeof pieces)[number][]): Promise<{ scene: Scene; outcome: unknown }> {
  const scene = await createScene({ now: at('17:00') });
  await scene.clinic();
  await scene.camera();
  await scene.staff('D1', { face: 9 });
  for (let i = 1; i <= 4; i++) await scene.person(`P${i}`, { face: i });
  for (const piece of order) {
    await piece(scene);
    await scene.drain();
  }
  await scene.until(at('17:00') + 40 * MINUTE);
  const verdicts = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => scene.verdict(`V${n}`)));
  const decisions = await Promise.all(
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(async (n) => {
      const { decision, state } = await scene.decision(`V${n}`);
      return `${decision} ${decision === 'hold' ? state : ''}`;
    }),
  );
  const findings = (await scene.findings()).filter(({ outcome }) => outcome !== 'clear');
  return { scene, outcome: { verdicts, decisions, findings } };
}

let first: Awaited<ReturnType<typeof play>>;
beforeAll(async () => {
  first = await play(pieces);
});
afterAll(() => first.scene.close());

it('comes to what the morning means', async () => {
  expect(await first.scene.hits()).toEqual([
    'A1 every_face_differs',
    'A1 every_face_differs',
    'A2 nobody_seen',
    'A4 only_staff_present',
    'A8 dead',
    'E1 settled_during_outage',
  ]);
});

it.each([1, 2, 3, 4, 5])('comes to the same in any order of arrival (%i)', async (seed) => {
  const { scene, outcome } = await play(shuffled(pieces, seed));
  try {
    expect(outcome).toEqual(first.outcome);
  } finally {
    await scene.close();
  }
});

it('says the same of stored facts for ever, without a name or a template in them', async () => {
  const { db } = first.scene.runtime;
  const { rows } = await db.query<{ id: string; facts_hash: Buffer }>('select id, facts_hash from assessments');
  expect(rows.length).toBeGreaterThan(20);
  await db.query('delete from appearances');
  await db.query('delete from biometric.templates');
  for (const row of rows) expect(await replayAssessment(db, row.id)).toMatchObject({ identical: true, obstacles: [] });
  const text = JSON.stringify(await Promise.all(rows.map((row) => loadFacts(db, row.facts_hash))));
  expect(text).not.toMatch(/template_enc|name_enc|certno|"vector"/);
});

it('writes nothing when nothing changed, and does each thing once however often it is told', async () => {
  const { scene } = first;
  const count = async () =>
    (await scene.runtime.db.query<{ n: number }>('select count(*) as n from assessments')).rows[0]?.n;
  const before = await count();
  const told = scene.published.filter(
    ({ topic, payload }) => topic === 'settlement.assessed' && payload.settlementId === settlementId('V1'),
  );
  expect(told).toHaveLength(1);
  await scene.watermark(at('16:00'));
  await scene.drain();
  expect(await count()).toBe(before);
});
