import type { RgbImage } from '../media/image.ts';
import type { Box, Point } from './geometry.ts';
import { luminance } from './resample.ts';

/** What can be said about how well a face can be recognised. Angles in degrees. */
export interface FaceQuality {
  /** 0 (useless) to 1 (a good portrait): the product of what follows, each mapped to 0..1. */
  readonly value: number;
  /** The box's mean side in pixels of the picture. */
  readonly facePx: number;
  /** Distance between the eyes' centres in pixels of the picture. */
  readonly interOcularPx: number;
  /** 0 (a blur) to 1, measured at the aligned chip's size: a small face is never sharp. */
  readonly sharpness: number;
  /** Turned to the picture's right (+) or left (−). */
  readonly yaw: number;
  /** Looking down (+) or up (−). */
  readonly pitch: number;
  /** Tilted clockwise (+). */
  readonly roll: number;
  /** Mean brightness of the face, 0..1. */
  readonly brightness: number;
  /** Brightness of the 95th percentile less that of the 5th, 0..1. */
  readonly contrast: number;
  /** 0..1 */
  readonly detectorScore: number;
}

/** How far the nose's tip stands out from the eyes' plane, in distances between the eyes (anthropometry: about 38 of 63 mm). */
const NOSE_DEPTH = 0.6;
/** From the eyes' line (0) to the mouth's (1) the tip of the nose of an upright face stands here (mean of LFW). */
const NOSE_HEIGHT = 0.55;

/**
 * Measures a face. `landmarks`: 68 points in the picture; `chip`: the aligned face. Pose is an estimate from five points,
 * good to about 10 degrees.
 */
export function assessQuality(input: {
  readonly box: Box;
  readonly landmarks: readonly Point[];
  readonly chip: RgbImage;
  readonly detectorScore: number;
}): FaceQuality {
  const pose = estimatePose(input.landmarks);
  const measures = {
    facePx: Math.sqrt(Math.max(0, input.box.width * input.box.height)),
    detectorScore: input.detectorScore,
    ...pose,
    ...measureLight(input.chip),
    sharpness: measureSharpness(input.chip),
  };
  return { value: overallQuality(measures), ...measures };
}

/** A ramp from 0 at `from` to 1 at `to`; falling when `to` is smaller. */
const ramp = (value: number, from: number, to: number): number =>
  Math.min(1, Math.max(0, (value - from) / (to - from)));

/**
 * The overall value. The ramps' ends were chosen on degraded photographs so that the value orders genuine scores; what a
 * value means is said by the calibration's bins, not here.
 */
export function overallQuality(q: Omit<FaceQuality, 'value'>): number {
  const size = ramp(Math.log2(Math.max(1, q.interOcularPx)), Math.log2(8), Math.log2(40));
  const sharp = ramp(q.sharpness, 0.1, 0.55);
  const frontal = ramp(Math.abs(q.yaw), 65, 15) * ramp(Math.abs(q.pitch), 60, 20);
  const light = ramp(q.brightness, 0.05, 0.25) * ramp(q.brightness, 1, 0.85) * ramp(q.contrast, 0.05, 0.3);
  const certain = ramp(q.detectorScore, 0.1, 0.6);
  return size ** 0.5 * sharp ** 0.5 * frontal * light * certain ** 0.5;
}

function estimatePose(landmarks: readonly Point[]) {
  const at = (i: number): Point => landmarks[i] ?? { x: 0, y: 0 };
  const centreOf = (from: number, to: number): Point => {
    let [x, y] = [0, 0];
    for (let i = from; i <= to; i++) [x, y] = [x + at(i).x, y + at(i).y];
    return { x: x / (to - from + 1), y: y / (to - from + 1) };
  };
  const [left, right] = [centreOf(36, 41), centreOf(42, 47)];
  const interOcularPx = Math.hypot(right.x - left.x, right.y - left.y);
  const roll = Math.atan2(right.y - left.y, right.x - left.x);
  const [cos, sin] = [Math.cos(-roll), Math.sin(-roll)];
  const eyes = { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
  const upright = (p: Point): Point => ({
    x: cos * (p.x - eyes.x) - sin * (p.y - eyes.y),
    y: sin * (p.x - eyes.x) + cos * (p.y - eyes.y),
  });
  const nose = upright(at(30));
  const mouth = upright(centreOf(48, 67));
  const middle = (mouth.x * nose.y) / Math.max(1e-6, mouth.y);
  const unit = Math.max(1e-6, interOcularPx);
  const degrees = (radians: number) => (radians * 180) / Math.PI;
  return {
    interOcularPx,
    yaw: degrees(Math.atan((nose.x - middle) / unit / NOSE_DEPTH)),
    pitch: degrees(Math.atan((nose.y - NOSE_HEIGHT * mouth.y) / unit / NOSE_DEPTH)),
    roll: degrees(roll),
  };
}

/** The middle of the aligned chip, without background and hair: the face from brows to mouth. */
const CORE = { from: 0.22, to: 0.78 };

function coreLuminance(chip: RgbImage): { grey: Float32Array; width: number; height: number } {
  const all = luminance(chip);
  const from = Math.round(chip.width * CORE.from);
  const width = Math.round(chip.width * CORE.to) - from;
  const grey = new Float32Array(width * width);
  for (let y = 0; y < width; y++)
    grey.set(all.subarray((from + y) * chip.width + from, (from + y) * chip.width + from + width), y * width);
  return { grey, width, height: width };
}

function measureLight(chip: RgbImage): { brightness: number; contrast: number } {
  const sorted = coreLuminance(chip).grey.sort();
  const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
  const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return { brightness: mean / 255, contrast: (quantile(0.95) - quantile(0.05)) / 255 };
}

/**
 * How much of the detail a further blur would take away: next to nothing from a picture that is blurred already
 * (Crete et al., The blur effect, 2007; here 1 − blur, the sharper direction left out of account).
 */
function measureSharpness(chip: RgbImage): number {
  const { grey, width, height } = coreLuminance(chip);
  return Math.min(lostDetail(grey, width, height, 1, width), lostDetail(grey, width, height, width, 1));
}

const BLUR_RADIUS = 4;

function lostDetail(grey: Float32Array, width: number, height: number, along: number, across: number): number {
  const length = along === 1 ? width : height;
  const lines = along === 1 ? height : width;
  let before = 0;
  let lost = 0;
  for (let line = 0; line < lines; line++) {
    const value = (i: number) => grey[line * across + Math.min(length - 1, Math.max(0, i)) * along] ?? 0;
    let previousBlurred: number | null = null;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let j = -BLUR_RADIUS; j <= BLUR_RADIUS; j++) sum += value(i + j);
      const blurred = sum / (2 * BLUR_RADIUS + 1);
      if (previousBlurred !== null) {
        const step = Math.abs(value(i) - value(i - 1));
        before += step;
        lost += Math.max(0, step - Math.abs(blurred - previousBlurred));
      }
      previousBlurred = blurred;
    }
  }
  return before > 0 ? lost / before : 0;
}
