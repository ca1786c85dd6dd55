import type { Box } from '../faces/geometry.ts';
import type { RgbImage } from '../media/image.ts';

/** Pure: faces made unknowable in a picture that is only meant to show the place. */

const CELLS = 4;
const MARGIN = 0.35;

/** A copy in which each box, widened by a third on every side, is left as a few squares of one colour. */
export function hideFaces(image: RgbImage, boxes: readonly Box[]): RgbImage {
  const data = Uint8Array.from(image.data);
  for (const box of boxes) {
    const x0 = Math.max(0, Math.floor(box.x - box.width * MARGIN));
    const y0 = Math.max(0, Math.floor(box.y - box.height * MARGIN));
    const x1 = Math.min(image.width, Math.ceil(box.x + box.width * (1 + MARGIN)));
    const y1 = Math.min(image.height, Math.ceil(box.y + box.height * (1 + MARGIN)));
    const cell = Math.max(4, Math.ceil(Math.max(x1 - x0, y1 - y0) / CELLS));
    for (let y = y0; y < y1; y += cell) {
      for (let x = x0; x < x1; x += cell)
        level(data, image.width, x, y, Math.min(x + cell, x1), Math.min(y + cell, y1));
    }
  }
  return { width: image.width, height: image.height, data };
}

function level(data: Uint8Array, width: number, x0: number, y0: number, x1: number, y1: number): void {
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0;
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += data[(y * width + x) * 3 + channel] ?? 0;
    const mean = sum / Math.max(1, (x1 - x0) * (y1 - y0));
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) data[(y * width + x) * 3 + channel] = mean;
  }
}
