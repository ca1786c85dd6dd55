import { describe, expect, it } from 'vitest';
import { checkPortrait, type PortraitFace, portraitReason } from '../../../src/faces/portrait-gate.ts';
import type { FaceQuality } from '../../../src/faces/quality.ts';

const good: FaceQuality = {
  value: 0.9,
  facePx: 120,
  interOcularPx: 50,
  sharpness: 0.5,
  yaw: 3,
  pitch: -4,
  roll: 1,
  brightness: 0.5,
  contrast: 0.4,
  detectorScore: 0.97,
};
const face = (change: Partial<FaceQuality> = {}, box = { x: 60, y: 50, width: 110, height: 130 }): PortraitFace => ({
  box,
  quality: { ...good, ...change },
});
const image = { width: 250, height: 250 };
const codesOf = (faces: PortraitFace[]) => {
  const decision = checkPortrait(faces, image);
  return decision.accepted ? 'accepted' : decision.reasons.map(({ code }) => code);
};

describe('the portrait gate', () => {
  it('accepts a plain portrait', () => expect(codesOf([face()])).toBe('accepted'));

  it('accepts a face that fills the frame, as ID photographs have it', () => {
    expect(codesOf([face({ facePx: 260, interOcularPx: 108 }, { x: -8, y: -20, width: 262, height: 280 })])).toBe(
      'accepted',
    );
  });

  it.each([
    ['too_small', { facePx: 40, interOcularPx: 15 }],
    ['blurred', { sharpness: 0.1 }],
    ['too_dark', { brightness: 0.05 }],
    ['too_bright', { brightness: 0.97 }],
    ['low_contrast', { contrast: 0.05 }],
    ['turned_away', { yaw: -60 }],
    ['turned_away', { pitch: 50 }],
    ['turned_away', { interOcularPx: 22 }],
    ['low_detector_score', { detectorScore: 0.31 }],
  ] as const)('refuses with the reason %s', (code, change) => expect(codesOf([face(change)])).toEqual([code]));

  it('gives all reasons at once, so that the next photograph can be right', () => {
    expect(codesOf([face({ brightness: 0.05, sharpness: 0.1 })])).toEqual(['blurred', 'too_dark']);
  });

  it('refuses a picture without a face, or with none but a cut-off one', () => {
    expect(codesOf([])).toEqual(['no_face']);
    expect(codesOf([face({}, { x: -80, y: 50, width: 110, height: 130 })])).toEqual(['no_face']);
  });

  it('refuses two people, but not one with a passer-by far behind', () => {
    expect(codesOf([face(), face({ facePx: 90 })])).toEqual(['several_faces']);
    expect(codesOf([face(), face({ facePx: 20 })])).toBe('accepted');
  });

  it('speaks Chinese and English', () => {
    expect(portraitReason('no_face').zh).toMatch(/人脸/);
    expect(portraitReason('no_face').en).toMatch(/face/);
  });
});
