import sharp from 'sharp';
import type { RgbImage } from '../media/image.ts';
import { drawRegion } from './resample.ts';

/** A random number in 0..1 (mulberry32): the same seed gives the same series. */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What a ceiling camera does to a face. */
export interface CameraEffect {
  /** The face's mean side in the camera's picture, pixels. */
  readonly facePx: number;
  /** Standard deviation of the lens's and the motion's blur, camera pixels. */
  readonly blurPx: number;
  /** Standard deviation of the noise, in 0..255. */
  readonly noise: number;
  /** Light: all values times this. */
  readonly gain: number;
  readonly jpegQuality: number;
}

/** A camera effect at random: faces of 40 to 120 pixels, little to much blur and noise, dim to normal light. */
export const randomCameraEffect = (random: Random): CameraEffect => ({
  facePx: 40 * 3 ** random(),
  blurPx: 0.3 + random() * 1.1,
  noise: 2 + random() * 10,
  gain: 0.45 + random() * 0.65,
  jpegQuality: Math.round(45 + random() * 40),
});

/**
 * The photograph as such a camera would have seen it. `faceSidePx`: the face's mean side in the photograph. Noise and the
 * place on the pixel grid come from `random`.
 */
export async function seenByCamera(
  photo: RgbImage,
  faceSidePx: number,
  effect: CameraEffect,
  random: Random,
): Promise<RgbImage> {
  const scale = effect.facePx / faceSidePx;
  const shift = { x: random() / scale, y: random() / scale };
  const width = Math.max(32, Math.round(photo.width * scale));
  const height = Math.max(32, Math.round(photo.height * scale));
  const small = drawRegion(photo, { ...shift, width: width / scale, height: height / scale }, width, height);
  const raw = { width, height, channels: 3 } as const;
  const blurred = await sharp(small.data, { raw }).blur(Math.max(0.3, effect.blurPx)).raw().toBuffer();
  const noisy = blurred.map((value) =>
    Math.min(255, Math.max(0, value * effect.gain + gaussian(random) * effect.noise)),
  );
  const jpeg = await sharp(noisy, { raw }).jpeg({ quality: effect.jpegQuality }).toBuffer();
  return { width, height, data: await sharp(jpeg).removeAlpha().raw().toBuffer() };
}

/** Box and Muller, 1958. */
const gaussian = (random: Random): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
