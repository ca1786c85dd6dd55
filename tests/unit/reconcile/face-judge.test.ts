import { describe, expect, it } from 'vitest';
import type { ModelCard } from '../../../src/faces/model-card.ts';
import {
  bestOf,
  clusterFaces,
  createClusterMemory,
  createFaceJudge,
  type FaceSample,
} from '../../../src/reconcile/face-judge.ts';

const card = {
  templateVersion: 'm/1',
  siteCalibrated: false,
  calibration: {
    id: 'c',
    maxPortraitAgeYears: 10,
    bins: [
      {
        name: 'high',
        minQuality: 0.2,
        matchCut: 0.6,
        mismatchCut: 0.2,
        llr: [
          { score: -1, llr: -Math.LN10 * 4 },
          { score: 1, llr: Math.LN10 * 4 },
        ],
      },
    ],
  },
} as unknown as ModelCard;
const judge = createFaceJudge(card);
const sample = (angle: number, over: Partial<FaceSample> = {}): FaceSample => ({
  template: Float32Array.from([Math.cos(angle), Math.sin(angle)]),
  modelVersion: 'm/1',
  quality: 0.9,
  ...over,
});
const MATCHING = 0.9; // cos 0.62
const portrait = (ref: string, angle: number, over: Partial<FaceSample> = {}) => ({
  ...sample(angle, over),
  ref,
  ageYears: 0,
});

it('tells likelihood ratios to the base of ten', () => {
  expect(judge.compare(sample(0), sample(0))).toEqual({ score: 1, llr: 4, zone: 'match', qualityBin: 'high' });
});

it('never compares templates of two models', () => {
  expect(judge.compare(sample(0), sample(0, { modelVersion: 'm/0' }))).toBeNull();
  expect(bestOf(judge, sample(0), [portrait('old', 0, { modelVersion: 'm/0' })])).toBeNull();
});

it('keeps the best of a group', () => {
  expect(bestOf(judge, sample(0), [portrait('a', 1.2), portrait('b', 0.1), portrait('c', 0.5)])).toMatchObject({
    ref: 'b',
    zone: 'match',
  });
});

it('numbers faces by single link: a chain of matches is one face, a template of another model is none', () => {
  const chain = [
    sample(0),
    sample(MATCHING),
    null,
    sample(2 * MATCHING),
    sample(3.2),
    sample(0, { modelVersion: 'm/0' }),
  ];
  expect(clusterFaces(judge, chain)).toEqual([0, 0, null, 0, 1, null]);
});

it('finds the same match whether it is asked for all or for that alone', () => {
  for (let angle = 0; angle < 3.2; angle += 0.05) {
    for (const quality of [0.1, 0.2, 0.9]) {
      const other = sample(angle, { quality });
      expect(judge.matches(sample(0), other)).toBe(judge.compare(sample(0), other)?.zone === 'match');
    }
  }
  expect(judge.matches(sample(0), sample(0, { modelVersion: 'm/0' }))).toBe(false);
});

it('says nothing without a calibration', () => {
  const blind = createFaceJudge({ ...card, calibration: null } as ModelCard);
  expect(blind.card.calibrated).toBe(false);
  expect(blind.compare(sample(0), sample(0))).toMatchObject({ zone: 'uncertain', llr: 0 });
  expect(blind.matches(sample(0), sample(0))).toBe(false);
});

it('numbers the faces of a day the same, whether they were looked at before or not', () => {
  const faces = Array.from({ length: 40 }, (_, i) => (i % 7 === 3 ? null : sample((i * 37) % 40)));
  const memory = createClusterMemory();
  const shown = (count: number, gone = -1) => faces.slice(0, count).filter((_, i) => i !== gone);
  for (const list of [shown(5), shown(20), shown(20), shown(40), shown(40, 8), shown(40, 0), shown(30), shown(40)])
    expect(clusterFaces(judge, list, memory)).toEqual(clusterFaces(judge, list));
});

it('says of an old portrait what it says of it, though the same was compared while it was young', () => {
  const [seen, other] = [sample(0), sample(1.5)];
  expect(judge.compare(seen, other, 1)?.zone).toBe('beyond_genuine_tail');
  expect(judge.compare(seen, other, 11)?.zone).toBe('uncertain');
  expect(judge.compare(seen, other, 1)?.zone).toBe('beyond_genuine_tail');
});

describe('while one model takes another’s place', () => {
  const vector = (angle: number) => Float32Array.from([Math.cos(angle), Math.sin(angle)]);
  const newer = { ...card, templateVersion: 'm/2', calibration: { ...card.calibration, id: 'd' } } as ModelCard;
  const two = createFaceJudge(newer, card);
  /** By both: alike to the newer one, not to the older one. */
  const byBoth = sample(0, { modelVersion: 'm/2', also: [{ modelVersion: 'm/1', template: vector(3) }] });

  it('two faces are compared by a model that described both, and that model is named', () => {
    expect(two.compare(byBoth, sample(0, { modelVersion: 'm/2' }))).toMatchObject({ score: 1 });
    const byOlder = two.compare(byBoth, sample(3));
    expect(byOlder).toMatchObject({ score: 1, modelVersion: 'm/1#c' });
    expect(two.compare(byBoth, byBoth)?.modelVersion).toBeUndefined();
    expect(two.card.modelVersion).toBe('m/2#d');
  });

  it('are never compared across models, and nothing is told from them', () => {
    expect(two.compare(sample(0, { modelVersion: 'm/2' }), sample(0))).toBeNull();
    expect(two.matches(sample(0, { modelVersion: 'm/2' }), sample(0))).toBe(false);
    expect(two.comparable({ modelVersion: 'm/0' })).toBe(false);
    expect(two.comparable({ modelVersion: 'm/0', also: [{ modelVersion: 'm/1', template: vector(0) }] })).toBe(true);
  });

  it('the calibrated one judges where the newer is not calibrated yet', () => {
    const bare = createFaceJudge({ ...newer, calibration: null } as ModelCard, card);
    expect(bare.card).toMatchObject({ calibrated: true, modelVersion: 'm/1#c' });
    expect(bare.compare(byBoth, byBoth)).toMatchObject({ score: 1, zone: 'match' });
    expect(bare.compare(sample(0, { modelVersion: 'm/2' }), byBoth)).toMatchObject({ zone: 'uncertain', llr: 0 });
  });

  it('nothing holds unless both were calibrated on the site’s own visits', () => {
    const own = (of: ModelCard) => ({ ...of, siteCalibrated: true });
    expect(createFaceJudge(own(newer), card).card.siteCalibrated).toBe(false);
    expect(createFaceJudge(own(newer), own(card)).card.siteCalibrated).toBe(true);
  });
});
