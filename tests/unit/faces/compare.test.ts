import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge, llrAt } from '../../../src/faces/compare.ts';
import { defaultModelCardPath, loadModelCard } from '../../../src/faces/load-model-card.ts';
import { type ModelCard, parseModelCard } from '../../../src/faces/model-card.ts';
import { TEMPLATE_VERSION } from '../../../src/faces/template.ts';

const card = await loadModelCard();
const calibration = card.calibration;
if (!calibration) throw new Error('The built-in card has no calibration.');
const high = calibration.bins.at(-1);
if (!high) throw new Error('The built-in card has no bins.');

describe('the built-in model card', () => {
  it('belongs to the templates that this version makes', () => expect(card.templateVersion).toBe(TEMPLATE_VERSION));

  it('says on how many people it rests, what they are not, and that this site has not confirmed it', () => {
    expect(calibration.people).toBeGreaterThan(1000);
    expect(calibration.limits).toMatch(/upper bound/i);
    expect(card.siteCalibrated).toBe(false);
  });

  it('names no person and holds no template', () => {
    expect(JSON.stringify(card).length).toBeLessThan(20_000);
  });

  it('never lets the cut for a poor picture lie above that for a good one', () => {
    const cuts = calibration.bins.map(({ mismatchCut }) => mismatchCut);
    expect(cuts).toEqual([...cuts].sort((a, b) => a - b));
  });

  it('is refused when it is missing or damaged, with a remedy', async () => {
    await expect(loadModelCard(`${defaultModelCardPath}.missing`)).rejects.toMatchObject({ code: 'config_invalid' });
    const damaged = { ...card, dimension: 'many' };
    expect(() => parseModelCard(damaged, 'x')).toThrow(/dimension/);
    const falling = { ...high, llr: [...high.llr].reverse() };
    expect(() => parseModelCard({ ...card, calibration: { ...calibration, bins: [falling] } }, 'x')).toThrow(/rise/);
    const crossed = { ...high, mismatchCut: high.matchCut };
    expect(() => parseModelCard({ ...card, calibration: { ...calibration, bins: [crossed] } }, 'x')).toThrow(/overlap/);
  });
});

describe('judging a comparison', () => {
  const good = { quality: 0.9, portraitQuality: 0.9 };

  it('matches, stays uncertain or lies beyond the genuine tail', () => {
    expect(judge({ cosine: 0.99, ...good }, card)).toMatchObject({ zone: 'match', qualityBin: 'high' });
    const between = (high.matchCut + high.mismatchCut) / 2;
    expect(judge({ cosine: between, ...good }, card)).toMatchObject({ zone: 'uncertain', reason: 'between_cuts' });
    expect(judge({ cosine: 0.5, ...good }, card)).toMatchObject({ zone: 'beyond_genuine_tail' });
  });

  it('never accuses without a calibration', () => {
    const bare: Pick<ModelCard, 'calibration'> = { calibration: null };
    expect(judge({ cosine: -1, ...good }, bare)).toMatchObject({ zone: 'uncertain', reason: 'not_calibrated', llr: 0 });
  });

  it('never accuses by a picture too poor to judge, or by a portrait too poor', () => {
    for (const poor of [{ quality: 0.05 }, { quality: 0.9, portraitQuality: 0.05 }, { quality: Number.NaN }])
      expect(judge({ cosine: 0.2, ...poor }, card)).toMatchObject({
        zone: 'uncertain',
        reason: 'quality_too_low',
        llr: 0,
      });
    expect(judge({ cosine: Number.NaN, quality: 0.9 }, card).zone).toBe('uncertain');
  });

  it('never accuses by an old portrait, which can still match', () => {
    const old = { ...good, portraitAgeYears: 25 };
    expect(judge({ cosine: 0.3, ...old }, card)).toMatchObject({
      zone: 'uncertain',
      reason: 'portrait_too_old',
      llr: 0,
    });
    expect(judge({ cosine: 0.99, ...old }, card).zone).toBe('match');
  });

  it('gives evidence that rises with the score and never exceeds its caps', () => {
    const anyScore = fc.double({ min: -1, max: 1, noNaN: true });
    fc.assert(
      fc.property(anyScore, anyScore, fc.double({ min: 0.2, max: 1, noNaN: true }), (a, b, quality) => {
        const [low, upper] = [Math.min(a, b), Math.max(a, b)].map((cosine) => judge({ cosine, quality }, card).llr);
        expect(low).toBeLessThanOrEqual(upper ?? Number.NaN);
        expect(upper).toBeLessThanOrEqual(calibration.llrCap);
        expect(low).toBeGreaterThanOrEqual(calibration.llrFloor);
      }),
    );
  });

  it('reads between the points of its table', () => {
    const llr = [
      { score: 0.8, llr: -2 },
      { score: 0.9, llr: 2 },
    ];
    expect(llrAt({ llr }, 0.85)).toBeCloseTo(0, 9);
    expect(llrAt({ llr }, 0.1)).toBe(-2);
    expect(llrAt({ llr }, 0.99)).toBe(2);
  });
});
