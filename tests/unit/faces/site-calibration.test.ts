import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/faces/compare.ts';
import { seededRandom } from '../../../src/faces/degrade.ts';
import { parseModelCard } from '../../../src/faces/model-card.ts';
import { calibrateSite, type SiteFace, type SitePerson, siteCard } from '../../../src/faces/site-calibration.ts';
import { ownCard } from '../../support/own-model.ts';

const random = seededRandom(7);
const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
const unit = (vector: Float32Array): Float32Array => {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};
const anyone = (): Float32Array => unit(Float32Array.from({ length: 48 }, gauss));
const seen = (who: Float32Array, noise: number, quality: number): SiteFace => ({
  vector: unit(who.map((value) => value + noise * 0.144 * gauss())),
  quality,
});
/** People with a portrait and two visits; some visits show somebody else. */
const site = (count: number, options: { wrong?: number; quality?: number } = {}): SitePerson[] =>
  Array.from({ length: count }, (_, i) => {
    const face = anyone();
    const { wrong = 0, quality = 0.7 } = options;
    const visit = () => seen(random() < wrong ? anyone() : face, 0.6, quality);
    return { person: `P${i}`, portrait: seen(face, 0.2, 0.9), visits: [visit(), visit()] };
  });
const card = parseModelCard(ownCard('x.onnx', new Uint8Array()), 'a test');
const asked = { card, dataName: 'visits of a test', limits: 'none' };

describe('a calibration on confirmed visits', () => {
  it('weighs scores by this site’s own people, and says how many they were', () => {
    const outcome = calibrateSite(site(320), asked);
    if (!('calibration' in outcome)) throw new Error(outcome.refusal.en);
    expect(outcome.numbers).toMatchObject({ people: 320, visits: 640, genuinePairs: 640, impostorPairs: 640 * 319 });
    expect(outcome.numbers.rarestProvable).toBeCloseTo(3 / 320, 4);
    const own = siteCard(card, outcome.calibration);
    expect(own).toMatchObject({ siteCalibrated: true, version: expect.stringMatching(/^1\+site-[0-9a-f]{12}$/) });
    const [face, other] = [anyone(), anyone()];
    const score = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
    const portrait = seen(face, 0.2, 0.9).vector;
    const cosine = score(portrait, seen(face, 0.6, 0.7).vector);
    expect(judge({ cosine, quality: 0.7 }, own)).toMatchObject({ zone: 'match', calibrationId: own.calibration?.id });
    const stranger = judge({ cosine: score(portrait, other), quality: 0.7 }, own);
    expect(stranger.llr).toBeLessThan(0);
    // Nothing is told of pictures that nobody was seen in.
    expect(judge({ cosine, quality: 0.3 }, own)).toMatchObject({ zone: 'uncertain', reason: 'quality_too_low' });
  });

  it('is refused for too few people, with how many there are and how little they prove', () => {
    const outcome = calibrateSite(site(40), asked);
    if (!('refusal' in outcome)) throw new Error('it was not refused');
    expect(outcome.refusal.en).toMatch(/Only 40 people.*300.*7\.5 %/);
    expect(outcome.refusal.zh).toContain('40 人');
    expect(outcome.numbers).toMatchObject({ people: 40, wrongLabels: null });
    expect(calibrateSite([], asked)).toMatchObject({ numbers: { people: 0, rarestProvable: null } });
  });

  it('is refused when visits seem to show somebody else: the mismatch cut would rest on strangers', () => {
    const outcome = calibrateSite(site(320, { wrong: 0.08 }), asked);
    if (!('refusal' in outcome)) throw new Error('it was not refused');
    expect(outcome.numbers.wrongLabels).toBeGreaterThan(0.04);
    expect(outcome.numbers.wrongLabels).toBeLessThan(0.13);
    expect(outcome.refusal.en).toMatch(/somebody else/);
  });

  it('counts nobody whose portrait or visit is no use', () => {
    const people = site(320).map((person, i) =>
      i % 2 === 0 ? { ...person, portrait: { ...person.portrait, quality: 0.1 } } : person,
    );
    expect(calibrateSite(people, asked)).toMatchObject({ numbers: { people: 160 }, refusal: expect.anything() });
    expect(calibrateSite(site(320, { quality: 0.05 }), asked)).toMatchObject({ refusal: expect.anything() });
  });
});
