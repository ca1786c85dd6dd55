import { expect, it } from 'vitest';
import { galleryThresholds, strictestThresholds, thresholdFor } from '../../../../src/faces/gallery/thresholds.ts';
import type { Calibration } from '../../../../src/faces/model-card.ts';

type Bin = Calibration['bins'][number];
const bin = (name: Bin['name'], minQuality: number, thresholds: Bin['thresholds'], impostorPairs: number): Bin => ({
  ...{ name, minQuality, thresholds, impostorPairs, genuinePeople: 900, genuinePairs: 9_000 },
  llr: [
    { score: 0, llr: -5 },
    { score: 1, llr: 5 },
  ],
  ...{ matchCut: 0.6, fnmrAtMatchCut: 0.1, mismatchCut: 0.2, impostorsBelowMismatchCut: 0.5 },
});

const card = (people: number, bins: Calibration['bins']): { calibration: Calibration } => ({
  calibration: {
    ...{ id: 'test/1', people, bins, dataName: 'none', limits: 'none', mismatchRule: 'none' },
    ...{ peopleWithSeveral: 900, photos: 9_000, photosWithoutFace: 0, genuinePairs: 9_000, impostorPairs: 1e8 },
    ...{ llrCap: 7, llrFloor: -6, matchFmr: 1e-4, mismatchFnmr: 1e-3, maxPortraitAgeYears: 10 },
  },
});

const table = { '1e-2': 0.4, '1e-3': 0.5, '1e-4': 0.6, '1e-5': 0.7 };

it('asks for a stricter score the more people are searched', () => {
  const small = card(3_000, [bin('medium', 0.45, table, 5e6), bin('high', 0.65, table, 3e7)]);
  const scoreAt = (size: number, fpir: number) => {
    const answer = galleryThresholds(small, size, fpir);
    return answer.calibrated ? answer.bins.at(-1)?.score : answer.reason;
  };
  // One search of a hundred: 0.01 / N per comparison.
  expect(scoreAt(1, 0.01)).toBe(0.4);
  expect(scoreAt(2, 0.01)).toBe(0.5);
  expect(scoreAt(10, 0.01)).toBe(0.5);
  expect(scoreAt(11, 0.01)).toBe(0.6);
  expect(scoreAt(100, 0.01)).toBe(0.6);
  expect(scoreAt(1_000, 0.01)).toBe(0.7);
  expect(scoreAt(1_100, 0.01)).toBe('not_calibrated_for_size');
  expect(scoreAt(5_000, 0.05)).toBe(0.7);
});

it('says for how many people the calibration does, in words', () => {
  const answer = galleryThresholds(card(3_000, [bin('high', 0.65, table, 3e7)]), 9_000_000, 0.05);
  expect(answer).toMatchObject({ calibrated: false, reason: 'not_calibrated_for_size', largest: 5_129 });
  expect(answer.calibrated ? '' : answer.zh).toContain('9000000');
  expect(galleryThresholds(card(3_000, [bin('high', 0.65, table, 3e7)]), 5_129, 0.05).calibrated).toBe(true);
});

it('believes no rate that the data cannot prove: too few false matches, or too few people', () => {
  // 1e-5 of 2.9 million pairs: 29 false matches.
  const fewPairs = card(3_000, [bin('high', 0.65, table, 2.9e6)]);
  expect(galleryThresholds(fewPairs, 5_000, 0.05).calibrated).toBe(false);
  // 400 people are 79,800 pairs of people, photographed however often.
  const fewPeople = card(400, [bin('high', 0.65, table, 1e9)]);
  expect(galleryThresholds(fewPeople, 5_000, 0.05)).toMatchObject({ calibrated: false, largest: 512 });
  const many = card(100_000, [bin('high', 0.65, { ...table, '1e-8': 0.9 }, 4e9)]);
  expect(galleryThresholds(many, 4_000_000, 0.05)).toMatchObject({
    calibrated: true,
    bins: [{ score: 0.9, fmr: 1e-8 }],
  });
});

it('gives no threshold to a quality whose own pairs prove none, and none at all without a calibration', () => {
  const mixed = card(3_000, [bin('low', 0.2, table, 1e6), bin('high', 0.65, table, 3e7)]);
  const answer = galleryThresholds(mixed, 5_000, 0.05);
  expect(answer.calibrated && answer.bins.map(({ bin: name }) => name)).toEqual(['high']);
  expect(answer.calibrated && thresholdFor(answer.bins, 0.5)).toBeUndefined();
  expect(answer.calibrated && thresholdFor(answer.bins, 0.7)?.score).toBe(0.7);
  expect(galleryThresholds({ calibration: null }, 10)).toMatchObject({ reason: 'uncalibrated_model', largest: 0 });
});

it('troubles people unasked only at the strictest score that is proven', () => {
  const mixed = card(3_000, [bin('low', 0.2, table, 1e6), bin('high', 0.65, table, 3e7)]);
  expect(strictestThresholds(mixed).map(({ bin: name, fmr, score }) => [name, fmr, score])).toEqual([
    ['low', 1e-4, 0.6],
    ['high', 1e-5, 0.7],
  ]);
  expect(strictestThresholds({ calibration: null })).toEqual([]);
});
