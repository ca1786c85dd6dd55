import type { YuvImage } from '../media/yuv.ts';

/** Between samples of colour so far apart, in samples: noise that an encoder smeared over some of them is seen too. */
const APART = 4;
const SAMPLED_EVERY = 211;
/** Most of the picture's colours jump by so much from place to place: no scene does, a sensor in the dark may. */
const JUMP = 6;

/** Whether the picture's colours are noise rather than colours. Looks at some hundred places. */
function coloursAreNoise({ width, height, data }: YuvImage): boolean {
  let jumps = 0;
  let places = 0;
  for (let at = width * height; at < data.length - APART; at += SAMPLED_EVERY, places++)
    if (Math.abs((data[at] as number) - (data[at + APART] as number)) >= JUMP) jumps++;
  return jumps > places / 2;
}

/** The picture as it is found best: grey where its colours are noise, which hides faces from the detector. */
export function calmed(image: YuvImage): YuvImage {
  if (!coloursAreNoise(image)) return image;
  return { ...image, data: image.data.slice().fill(128, image.width * image.height) };
}
