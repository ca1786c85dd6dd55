import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAudit } from '../../../src/access/audit.ts';
import { seededRandom } from '../../../src/faces/degrade.ts';
import type { ModelCard } from '../../../src/faces/model-card.ts';
import { ts } from '../../../src/platform/db.ts';
import { calibrationById, calibrationsInForce } from '../../../src/reconcile/face-calibration/calibrations.store.ts';
import {
  askForCalibration,
  decideCalibration,
  reckonCalibration,
} from '../../../src/reconcile/face-calibration/calibrations.ts';
import { gatherVisits } from '../../../src/reconcile/face-calibration/gather.ts';
import { openLiveJudge } from '../../../src/reconcile/face-calibration/live-judge.ts';
import { NOTHING_REVIEWED, type ReviewedVisits } from '../../../src/reconcile/face-calibration/visits.ts';
import { readFeedCard } from '../../../src/simulation/feed/calibration.ts';
import { ownCard } from '../../support/own-model.ts';
import { at, CARD, CLINIC, createScene, MINUTE, type Scene } from './support.ts';

const card: ModelCard = {
  ...readFeedCard({ dimension: 3, calibration: CARD.calibration }).card,
  templateVersion: CARD.templateVersion,
};
const limits = { minAgeYears: 18, portraitMaxAgeYears: 15 };
const span = { from: at('00:00', '2026-01-01'), to: at('00:00', '2026-06-01') };

const random = seededRandom(11);
const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const unit = (vector: Float32Array): Float32Array => {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};
const anyone = (): Float32Array => unit(Float32Array.from({ length: 32 }, gauss));
const again = (who: Float32Array): Float32Array => unit(who.map((value) => value + 0.1 * gauss()));

describe('which face a confirmed visit shows', () => {
  let scene: Scene;
  let moment = at('08:00');
  beforeAll(async () => {
    scene = await createScene({ now: at('20:00') });
    await scene.clinic();
    await scene.camera();
    await scene.staff('D1', { face: 19 });
  });
  afterAll(() => scene.close());

  const gather = (reviewed: ReviewedVisits = { present: [], doubtful: [] }) =>
    gatherVisits(
      { ...scene.runtime, card, limits, reviewed: async () => reviewed },
      { from: moment - MINUTE, to: moment + MINUTE },
    );
  /** Somebody's check at the terminal, half an hour after the one before. */
  const check = async (psnNo: string, person: number, ok = true): Promise<number> => {
    moment += 30 * MINUTE;
    await scene.auth(psnNo, moment, ok);
    await scene.see({ person, from: moment - MINUTE, to: moment + MINUTE });
    return moment;
  };

  it('is the only guest at the counter, whoever he looks like, with the doctor beside him', async () => {
    await scene.person('P1', { face: 1 });
    const when = await check('P1', 7);
    await scene.see({ person: 19, from: when - 5 * MINUTE, to: when + 5 * MINUTE });
    const { people, confirmed } = await gather();
    expect(people.map(({ person, visits }) => [person, visits.length])).toEqual([['P1', 1]]);
    // Not the face that is nearest to his portrait: no face of his own was asked for.
    expect(people[0]?.visits[0]?.vector[7]).toBeGreaterThan(0.9);
    expect(confirmed).toEqual({ terminal: 1, witness: 0, review: 0 });
  });

  it.each([
    [
      'two guests',
      'several_at_counter',
      async (when: number) => void (await scene.see({ person: 8, from: when, to: when + MINUTE })),
    ],
    [
      'a head without a face beside him',
      'several_at_counter',
      async (when: number) => void (await scene.see({ person: 9, template: null, from: when, to: when + MINUTE })),
    ],
  ])('is nobody’s with %s', async (_, why, also) => {
    const when = await check('P1', 1);
    await also(when);
    expect(await gather()).toMatchObject({ people: [], left: { [why]: 1 } });
  });

  it('is nobody’s when the terminal refused him, or nobody was at the counter', async () => {
    await check('P1', 1, false);
    expect((await gather()).confirmed.terminal).toBe(0);
    moment += 30 * MINUTE;
    await scene.auth('P1', moment);
    expect(await gather()).toMatchObject({ people: [], left: { nobody_at_counter: 1 } });
  });

  it('is nobody’s when he stays like one who belongs there, or may be a picture', async () => {
    moment += 120 * MINUTE;
    await scene.auth('P1', moment);
    const id = await scene.see({ person: 1, from: moment - 50 * MINUTE, to: moment + MINUTE });
    expect(await gather()).toMatchObject({ left: { stayed_too_long: 1 } });
    await scene.runtime.db.query('update appearances set presentation = $2 where id = $1', [
      id,
      JSON.stringify({ suspected: true, kind: 'screen', strength: 1, looks: 3 }),
    ]);
    expect(await gather()).toMatchObject({ left: { maybe_a_picture: 1 } });
  });

  it('does not count where a reviewer found that somebody else stood there, and counts where he met the person', async () => {
    const when = await check('P1', 1);
    const visit = { clinicCode: CLINIC, psnNo: 'P1', at: when + 3 * MINUTE };
    expect(await gather({ present: [], doubtful: [visit] })).toMatchObject({ people: [], left: { doubtful: 1 } });
    const met = await gather({ present: [{ ...visit, at: when }], doubtful: [] });
    expect(met.confirmed).toEqual({ terminal: 1, witness: 0, review: 1 });
    expect(met.people[0]?.visits).toHaveLength(2);
  });

  it('is of one person a household, of nobody without a portrait, of no staff, and of nobody by another model', async () => {
    await scene.person('K1', { face: 2, household: 'h' });
    await scene.person('K2', { face: 3, household: 'h' });
    await scene.person('N1');
    await scene.person('D1', { face: 4 });
    await scene.runtime.db.query(`update staff set psn_no = 'D1'`);
    const from = moment + MINUTE;
    for (const [psnNo, person] of [
      ['K1', 2],
      ['K1', 2],
      ['K2', 3],
      ['N1', 5],
      ['D1', 4],
    ] as const)
      await check(psnNo, person);
    const all = () =>
      gatherVisits({ ...scene.runtime, card, limits, reviewed: NOTHING_REVIEWED }, { from, to: moment + MINUTE });
    const { people, left } = await all();
    expect(people.map(({ person }) => person)).toEqual(['K1']);
    expect(left).toMatchObject({ household_of_another: 1, no_portrait: 1, of_staff: 1 });
    const newer = { ...card, templateVersion: 'another/1' };
    expect(
      (await gatherVisits({ ...scene.runtime, card: newer, limits, reviewed: NOTHING_REVIEWED }, { from, to: moment }))
        .people,
    ).toEqual([]);
  });
});

describe('a calibration on confirmed visits', () => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene({ now: at('20:00', '2026-05-01') });
    await scene.clinic();
    await scene.camera();
  });
  afterAll(() => scene.close());

  const deps = () => ({ ...scene.runtime, audit: createAudit(scene.runtime) });
  const ask = () => askForCalibration(deps(), { card, by: 'user:ann', ...span, note: null });
  const reckon = (id: string, of: ModelCard = card) =>
    reckonCalibration({ ...deps(), card: of, limits, reviewed: NOTHING_REVIEWED }, id);
  let serial = 0;
  const visitors = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      serial += 1;
      const who = anyone();
      const when = at('08:00', '2026-02-01') + serial * 12 * MINUTE;
      await scene.person(`P${serial}`, { template: who });
      await scene.auth(`P${serial}`, when);
      await scene.see({ template: again(who), from: when - MINUTE, to: when + MINUTE, person: serial });
    }
  };

  it('is refused with the numbers while there are too few people', async () => {
    await visitors(20);
    const asked = await ask();
    expect(asked.state).toBe('waiting');
    const refused = await reckon(asked.id);
    expect(refused).toMatchObject({
      state: 'refused',
      calibration: null,
      numbers: { people: 20, left: { several_at_counter: 0 } },
    });
    expect(refused.refusal?.zh).toContain('20 人');
    await expect(
      decideCalibration(deps(), { id: asked.id, by: 'user:bob', approve: true, note: null, card }),
    ).rejects.toMatchObject({ code: 'conflict' });
  });

  it('comes into force by two people, and takes the place of the one before', async () => {
    await visitors(290);
    const first = await reckon((await ask()).id);
    expect(first.refusal).toBeNull();
    expect(first).toMatchObject({
      state: 'proposed',
      numbers: { people: 310, genuinePairs: 310, confirmed: { terminal: 310 } },
    });
    const decide = (id: string, by: string, approve = true) =>
      decideCalibration(deps(), { id, by, approve, note: 'looked at', card });
    await expect(decide(first.id, 'user:ann')).rejects.toMatchObject({ code: 'forbidden' });
    expect(await decide(first.id, 'user:bob')).toMatchObject({ state: 'in_force', decidedBy: 'user:bob' });
    await expect(decide(first.id, 'user:bob')).rejects.toMatchObject({ code: 'conflict' });

    const second = await reckon((await ask()).id);
    await decide(second.id, 'user:cleo');
    expect((await calibrationById(scene.runtime.db, first.id)).state).toBe('superseded');
    const inForce = await calibrationsInForce(scene.runtime.db, [card.templateVersion, 'another/1']);
    expect(inForce.map(({ id }) => id)).toEqual([second.id]);
    expect(await decide((await reckon((await ask()).id)).id, 'user:bob', false)).toMatchObject({ state: 'rejected' });
    const { rows } = await scene.runtime.db.query<{ n: number }>(
      `select count(*)::int as n from face_calibrations where state = 'in_force' and in_force_from = $1`,
      [ts(scene.runtime.clock.now())],
    );
    expect(rows[0]?.n).toBe(1);
  });

  it('weighs every comparison from then on, in processes that run, and only then may a face finding hold', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'claimsight-calibration-'));
    const { files: _files, mirror: _mirror, format: _format, ...plain } = ownCard('x.onnx', new Uint8Array());
    const cardFile = { ...plain, templateVersion: card.templateVersion, licence: { package: 'a', weights: 'b' } };
    await writeFile(join(dir, 'card.json'), JSON.stringify(cardFile));
    const { db, log } = scene.runtime;
    await db.query(`update face_calibrations set state = 'superseded' where state = 'in_force'`);
    const live = await openLiveJudge({ db, log, config: { MODEL_CARD: join(dir, 'card.json') } });
    const watching = await live.watch();
    const seen = (angle: number) => ({
      template: unit(
        Float32Array.from({ length: 32 }, (_, i) => (i === 0 ? Math.cos(angle) : i === 1 ? Math.sin(angle) : 0)),
      ),
      modelVersion: card.templateVersion,
      quality: 0.9,
    });
    try {
      expect(live.current().card).toMatchObject({ calibrated: false, siteCalibrated: false });
      expect(live.current().compare(seen(0), seen(0.1))).toMatchObject({ zone: 'uncertain', llr: 0 });
      const { id, calibration } = await reckon((await ask()).id);
      await decideCalibration(deps(), { id, by: 'user:bob', approve: true, note: null, card });
      await expect.poll(() => live.current().card.siteCalibrated, { timeout: 10_000 }).toBe(true);
      expect(live.current().card.modelVersion).toBe(`${card.templateVersion}#${calibration?.id}`);
      expect(live.current().compare(seen(0), seen(0.1))).toMatchObject({ zone: 'match' });
    } finally {
      await watching.close();
      await rm(dir, { recursive: true, force: true });
    }
  });

  it('of a model that was replaced meanwhile judges nothing', async () => {
    const asked = await ask();
    expect(await reckon(asked.id, { ...card, templateVersion: 'another/1' })).toMatchObject({
      state: 'refused',
      refusal: { zh: expect.stringContaining('更换') },
    });
  });
});
