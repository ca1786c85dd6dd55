import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/faces/compare.ts';
import { defaultModelCardPath, loadModelCard } from '../../../src/faces/load-model-card.ts';
import { readFeedCard } from '../../../src/simulation/feed/calibration.ts';
import { normalQuantile } from '../../../src/simulation/feed/calibration-bin.ts';

const bin = {
  name: 'high',
  minQuality: 0.4,
  llr: [
    { score: 0.2, llr: -5 },
    { score: 0.6, llr: 5 },
  ],
  matchCut: 0.55,
  mismatchCut: 0.25,
};

describe('the calibration of a feed', () => {
  it('is our own card, whole or only its calibration', async () => {
    const ours = await loadModelCard();
    const whole = JSON.parse(await readFile(defaultModelCardPath, 'utf8'));
    for (const calibration of [whole, whole.calibration]) {
      const { card, warnings } = readFeedCard({ dimension: 128, calibration });
      expect(warnings).toEqual([]);
      // How the table came about and what it costs says nothing about a score.
      const bins = ours.calibration?.bins.map(
        ({ llrModel: _model, llrImpostors: _impostors, cllr: _cllr, minCllr: _min, lookAlikes: _alike, ...bin }) => bin,
      );
      expect(card.calibration).toEqual({ ...ours.calibration, bins });
    }
    expect(readFeedCard({ calibration: whole }).card).toMatchObject({
      id: ours.id,
      dimension: 128,
      templateVersion: ours.templateVersion,
    });
  });

  it('may leave out what only describes, and have any number of bins', () => {
    const bins = [0.8, 0, 0.2, 0.5].map((minQuality) => ({
      ...bin,
      name: `q${minQuality}`,
      minQuality,
      more: 'fields',
    }));
    const { card, warnings } = readFeedCard({ dimension: 4, calibration: { bins, colour: 'blue' } });
    expect(warnings).toEqual([]);
    expect(card.calibration?.bins.map(({ name, minQuality }) => `${name} ${minQuality}`)).toEqual([
      'low 0',
      'medium 0.2',
      'medium 0.5',
      'high 0.8',
    ]);
    expect(card).toMatchObject({ dimension: 4, siteCalibrated: false });
    expect(judge({ cosine: 0.56, quality: 0.9 }, card)).toMatchObject({ zone: 'match' });
    expect(judge({ cosine: 0.24, quality: 0.9 }, card)).toMatchObject({ zone: 'beyond_genuine_tail' });
  });

  it('may be a single bin, and write points as pairs', () => {
    const { card } = readFeedCard({
      calibration: {
        ...bin,
        llr: [
          [0.6, 5],
          [0.2, -5],
        ],
      },
    });
    expect(judge({ cosine: 0.4, quality: 0.5 }, card).llr).toBeCloseTo(0);
  });

  it('may be two normal distributions, from which the table and the cuts follow', () => {
    const genuine = { mean: 0.6, sd: 0.1 };
    const impostor = { mean: 0.1, sd: 0.08 };
    const { card, warnings } = readFeedCard({ calibration: { bins: [{ minQuality: 0, genuine, impostor }] } });
    expect(warnings).toEqual([]);
    const [only] = card.calibration?.bins ?? [];
    // One impostor in ten thousand passes 0.1 + 3.719 × 0.08; one right person in a thousand lies below 0.6 − 3.090 × 0.1.
    expect(only?.matchCut).toBeCloseTo(0.3975, 3);
    expect(only?.mismatchCut).toBeCloseTo(0.291, 3);
    // At 0.3: ln(0.08/0.1) + (0.2/0.08)²/2 − (0.3/0.1)²/2
    expect(judge({ cosine: 0.3, quality: 1 }, card).llr).toBeCloseTo(Math.log(0.8) + 3.125 - 4.5, 1);
    const rising = only?.llr.every((point, i) => i === 0 || point.llr >= (only.llr[i - 1]?.llr ?? 0));
    expect(rising).toBe(true);
    // With unequal spread the ratio turns again below: a stranger's still lower score must not count for him.
    expect(judge({ cosine: -0.25, quality: 1 }, card).llr).toBeLessThan(-5);
  });

  it('takes cuts that are not told from what the table can prove', () => {
    const { card } = readFeedCard({
      calibration: {
        bins: [
          {
            llr: [
              [-1, -12],
              [1, 12],
            ],
          },
        ],
        llrCap: 12,
        llrFloor: -12,
      },
    });
    const [only] = card.calibration?.bins ?? [];
    expect(only?.matchCut).toBeCloseTo(Math.log(1e4) / 12, 2);
    expect(only?.mismatchCut).toBeCloseTo(-Math.log(1e3) / 12, 2);
    const narrow = readFeedCard({
      calibration: {
        bins: [
          {
            llr: [
              [0, -2],
              [1, 2],
            ],
          },
        ],
      },
    }).card;
    expect(judge({ cosine: -1, quality: 1 }, narrow).zone).not.toBe('beyond_genuine_tail');
  });

  it('lowers a mismatch cut that overlaps the match cut rather than harm somebody', () => {
    const { card, warnings } = readFeedCard({ calibration: { bins: [{ ...bin, mismatchCut: 0.58 }] } });
    expect(card.calibration?.bins[0]?.mismatchCut).toBeLessThan(0.55);
    expect(warnings).toHaveLength(1);
  });

  it.each([
    [undefined],
    [null],
    ['none'],
    [{}],
    [{ bins: [] }],
    [{ bins: [{ minQuality: 0 }] }],
    [{ bins: [{ genuine: { mean: 0.1, sd: 0.1 }, impostor: { mean: 0.5, sd: 0.1 } }] }],
    [{ bins: [{ llr: 'steep' }] }],
  ])('that cannot be used is none, with a warning: %j', (calibration) => {
    const { card, warnings } = readFeedCard({ dimension: 4, calibration });
    expect(card.calibration).toBeNull();
    expect(warnings.join()).toContain('every verdict is uncalibrated_model');
  });

  it('knows the quantiles of the normal distribution', () => {
    expect(normalQuantile(0.5)).toBeCloseTo(0, 8);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 6);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232, 6);
    expect(normalQuantile(0.9999)).toBeCloseTo(3.719016, 6);
  });
});
