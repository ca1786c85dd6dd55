import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createFaceAnalyzer, type Face, type FaceAnalyzer } from '../../../src/faces/analyzer.ts';
import { judge } from '../../../src/faces/compare.ts';
import { seededRandom, seenByCamera } from '../../../src/faces/degrade.ts';
import type { FaceEngine } from '../../../src/faces/engine/engine.ts';
import { openFaceEngine } from '../../../src/faces/engine/open-engine.ts';
import { boxCentre } from '../../../src/faces/geometry.ts';
import { loadModelCard } from '../../../src/faces/load-model-card.ts';
import { mainFace } from '../../../src/faces/photo-folder.ts';
import { checkPortrait } from '../../../src/faces/portrait-gate.ts';
import { drawRegion, warp } from '../../../src/faces/resample.ts';
import { compareTemplates, poolTemplates } from '../../../src/faces/template.ts';
import type { RgbImage } from '../../../src/media/image.ts';
import { blank, SAMPLE_FACES, samplePhoto } from './support.ts';

let engine: FaceEngine;
let analyzer: FaceAnalyzer;
const photos = new Map<number, { image: RgbImage; faces: Face[] }>();
beforeAll(async () => {
  engine = await openFaceEngine();
  analyzer = createFaceAnalyzer({ engine });
  for (const number of Object.keys(SAMPLE_FACES).map(Number)) {
    const image = await samplePhoto(number);
    photos.set(number, { image, faces: await analyzer.analyze(image, { mode: 'portrait', minFacePx: 80 }) });
  }
});
afterAll(() => engine?.close());

const sample = (number: number) => {
  const found = photos.get(number);
  if (!found) throw new Error(`No sample ${number}`);
  return found;
};
/** A portrait cut out of a photograph: the face with a margin on each side, `margin` faces wide. */
const portraitOf = (image: RgbImage, { box }: Face, margin: number, side = 250): RgbImage => {
  const centre = boxCentre(box);
  const width = Math.max(box.width, box.height) * (1 + 2 * margin);
  return drawRegion(image, { x: centre.x - width / 2, y: centre.y - width / 2, width, height: width }, side, side);
};
/** The photograph made smaller and laid into a frame of 1280×720, so that its faces become `facePx` high. */
const inFrame = ({ image, faces }: { image: RgbImage; faces: Face[] }, facePx: number): RgbImage => {
  const scale = facePx / Math.max(...faces.map(({ quality }) => quality.facePx));
  const region = { x: -200 / scale, y: -80 / scale, width: 1280 / scale, height: 720 / scale };
  return drawRegion(image, region, 1280, 720);
};

describe('finding faces', () => {
  it('finds every face of the sample photographs', () => {
    for (const [number, count] of Object.entries(SAMPLE_FACES))
      expect(sample(Number(number)).faces).toHaveLength(count);
  });

  it('finds faces of 50 pixels in a 720p frame in the video mode', async () => {
    const found = await analyzer.analyze(inFrame(sample(5), 50), { mode: 'video', minFacePx: 40 });
    expect(found.length).toBeGreaterThanOrEqual(4);
    expect(found.length).toBeLessThanOrEqual(5);
  });

  it('finds faces of 40 pixels in a 720p frame in the thorough mode', async () => {
    expect(await analyzer.analyze(inFrame(sample(6), 42), { mode: 'portrait', minFacePx: 36 })).toHaveLength(4);
  });

  it.each([
    ['portrait', 0.02],
    ['video', 0.25],
  ] as const)('finds a face that fills a 250×250 picture in the mode %s', async (mode, margin) => {
    const { image, faces } = sample(6);
    for (const face of faces) expect(await analyzer.analyze(portraitOf(image, face, margin), { mode })).toHaveLength(1);
  });

  it('finds no face in a dark, a white or a noisy picture', async () => {
    const random = seededRandom(1);
    const noise = { width: 640, height: 360, data: Uint8Array.from({ length: 640 * 360 * 3 }, () => random() * 255) };
    for (const picture of [blank(640, 360), blank(640, 360, 255), noise, blank(3, 3, 128)])
      for (const mode of ['video', 'portrait'] as const) expect(await analyzer.analyze(picture, { mode })).toEqual([]);
  });

  it('looks only where it is told to', async () => {
    const { image, faces } = sample(5);
    const leftmost = [...faces].sort((a, b) => a.box.x - b.box.x)[0];
    if (!leftmost) throw new Error('no face');
    const { x, y, width, height } = leftmost.box;
    const roi = { x: x - width / 2, y: y - height / 2, width: width * 2, height: height * 2 };
    const found = await analyzer.analyze(image, { mode: 'video', minFacePx: 100, roi });
    expect(found).toHaveLength(1);
    await expect(
      analyzer.analyze(image, { mode: 'video', roi: { x: 9999, y: 0, width: 10, height: 10 } }),
    ).rejects.toMatchObject({ code: 'invalid_input' });
  });
});

describe('describing faces', () => {
  const described = async (by: FaceAnalyzer, faces: readonly Face[]) =>
    (await by.describe(faces)).flatMap((template) => template ?? []);

  const asCamera = async (image: RgbImage, face: Face, facePx: number, seed: number) => {
    const random = seededRandom(seed);
    const effect = { facePx, blurPx: 0.6, noise: 5, gain: 0.8, jpegQuality: 65 };
    const portrait = portraitOf(image, face, 0.5, 500);
    const shots = [];
    for (let i = 0; i < 3; i++) {
      const frame = await seenByCamera(portrait, 250, effect, random);
      const seen = mainFace(await analyzer.analyze(frame, { mode: 'video', minFacePx: 40 }), frame);
      if (seen) shots.push(seen);
    }
    const templates = await described(analyzer, shots);
    const weights = shots.map(({ quality }) => quality.value);
    return {
      template: poolTemplates(templates.map((template, i) => ({ template, weight: weights[i] ?? 0 }))),
      quality: weights.reduce((a, b) => a + b, 0) / weights.length,
    };
  };

  it('knows a person again from a small, noisy, dim picture, and never takes her for a stranger', async () => {
    const card = await loadModelCard();
    const { image, faces } = sample(6);
    const portraits = await described(analyzer, faces);
    for (const [i, face] of faces.entries()) {
      const portrait = portraits[i];
      if (!portrait) throw new Error('no portrait');
      const camera = await asCamera(image, face, 75, i + 1);
      const same = compareTemplates(portrait, camera.template);
      const others = portraits.filter((_, j) => j !== i).map((other) => compareTemplates(other, camera.template));
      expect(same).toBeGreaterThan(Math.max(...others));
      const verdict = judge({ cosine: same, quality: camera.quality, portraitQuality: face.quality.value }, card);
      expect(verdict.zone).not.toBe('beyond_genuine_tail');
    }
  });

  it('matches no two different people of one photograph', async () => {
    const card = await loadModelCard();
    for (const { faces } of photos.values()) {
      const templates = await described(analyzer, faces);
      for (const [i, a] of templates.entries()) {
        for (const [j, b] of templates.slice(0, i).entries()) {
          const quality = Math.min(faces[i]?.quality.value ?? 0, faces[j]?.quality.value ?? 0);
          expect(judge({ cosine: compareTemplates(a, b), quality }, card).zone).not.toBe('match');
        }
      }
    }
  });

  it('brings a tilted head upright: the same template as from a straight picture', async () => {
    const { image, faces } = sample(3);
    const face = faces[0];
    if (!face) throw new Error('no face');
    const straight = portraitOf(image, face, 0.6, 400);
    const [angle, half] = [(25 * Math.PI) / 180, 200];
    const [a, b] = [Math.cos(angle), Math.sin(angle)];
    const tilted = warp(straight, { a, b, tx: half - a * half + b * half, ty: half - b * half - a * half }, 400, 400);
    const [one] = await analyzer.describe((await analyzer.analyze(straight, { mode: 'portrait' })).slice(0, 1));
    const turned = await analyzer.analyze(tilted, { mode: 'portrait' });
    const [two] = await analyzer.describe(turned.slice(0, 1));
    expect(Math.abs((turned[0]?.quality.roll ?? 0) - face.quality.roll)).toBeGreaterThan(15);
    expect(one && two && compareTemplates(one, two)).toBeGreaterThan(0.97);
  });
});

describe('measuring quality', () => {
  const qualityOf = async (picture: RgbImage) => {
    const [face] = await analyzer.analyze(picture, { mode: 'portrait', minFacePx: 24 });
    if (!face) throw new Error('no face');
    return face.quality;
  };

  it('falls when the picture gets smaller, darker or blurred', async () => {
    const { image, faces } = sample(6);
    const face = faces[0];
    if (!face) throw new Error('no face');
    const portrait = portraitOf(image, face, 0.5);
    const clear = await qualityOf(portrait);
    const dark = await qualityOf({ ...portrait, data: portrait.data.map((value) => value * 0.25) });
    const small = await qualityOf(portraitOf(image, face, 0.5, 70));
    const blurred = await qualityOf(
      drawRegion(portraitOf(image, face, 0.5, 60), { x: 0, y: 0, width: 60, height: 60 }, 250, 250),
    );
    expect(dark.brightness).toBeLessThan(clear.brightness * 0.4);
    expect(blurred.sharpness).toBeLessThan(clear.sharpness * 0.8);
    expect(small.interOcularPx).toBeLessThan(clear.interOcularPx * 0.4);
    for (const worse of [dark, small, blurred]) expect(worse.value).toBeLessThan(clear.value * 0.9);
  });
});

describe('the portrait gate on real faces', () => {
  it('accepts portraits cut from the sample photographs, all but the one in profile', async () => {
    const refused: string[] = [];
    for (const [number, { image, faces }] of photos) {
      for (const face of faces) {
        const portrait = portraitOf(image, face, 0.35, 300);
        const decision = checkPortrait(await analyzer.analyze(portrait, { mode: 'portrait' }), portrait);
        if (!decision.accepted) refused.push(`${number}: ${decision.reasons.map(({ code }) => code).join()}`);
      }
    }
    expect(refused).toEqual(['2: turned_away']);
  });

  it('refuses a group photograph and an empty wall', async () => {
    const { image, faces } = sample(5);
    expect(checkPortrait(faces, image)).toMatchObject({ accepted: false, reasons: [{ code: 'several_faces' }] });
    expect(
      checkPortrait(await analyzer.analyze(blank(300, 300, 90), { mode: 'portrait' }), blank(300, 300)),
    ).toMatchObject({
      accepted: false,
      reasons: [{ code: 'no_face' }],
    });
  });
});
