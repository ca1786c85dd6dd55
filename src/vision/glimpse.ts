import type { Box } from '../faces/geometry.ts';
import type { YuvImage } from '../media/yuv.ts';

/** A face as a handful of grey values, for nothing but to notice that another stands there: it costs next to nothing. */
const SIDE = 12;
/** Samples for each value, across and down. */
const SAMPLES = 3;

/** Light and shade inside the box, without its brightness and contrast: unit length, or all zero where there is none. */
export function glimpseOf(image: YuvImage, box: Box): Float32Array {
  const glimpse = new Float32Array(SIDE * SIDE);
  const { data, width, height } = image;
  const fine = SIDE * SAMPLES;
  const within = (value: number, limit: number): number => Math.min(Math.max(Math.round(value), 0), limit - 1);
  for (let row = 0; row < fine; row++) {
    const y = within(box.y + ((row + 0.5) / fine) * box.height, height) * width;
    const line = Math.floor(row / SAMPLES) * SIDE;
    for (let col = 0; col < fine; col++) {
      const x = within(box.x + ((col + 0.5) / fine) * box.width, width);
      const at = line + Math.floor(col / SAMPLES);
      glimpse[at] = (glimpse[at] as number) + (data[y + x] as number);
    }
  }
  const mean = glimpse.reduce((sum, value) => sum + value, 0) / glimpse.length;
  let square = 0;
  for (let i = 0; i < glimpse.length; i++) {
    const value = (glimpse[i] as number) - mean;
    glimpse[i] = value;
    square += value * value;
  }
  if (square > 0) for (let i = 0; i < glimpse.length; i++) glimpse[i] = (glimpse[i] as number) / Math.sqrt(square);
  return glimpse;
}

/** Faces of one person a moment apart lie above: 0.6 and more where he sways and walks; of two people around 0.3. */
const STARTLING = 0.45;

/** Whether what stands there now looks unlike what stood there a moment ago: turned away, or somebody else. */
export function isStartling(before: Float32Array, now: Float32Array): boolean {
  let [likeness, seen] = [0, 0];
  for (let i = 0; i < before.length; i++) {
    likeness += (before[i] as number) * (now[i] as number);
    seen += Math.abs(before[i] as number) * Math.abs(now[i] as number);
  }
  // Where there is neither light nor shade nothing can be told.
  return seen > 0 && likeness < STARTLING;
}
