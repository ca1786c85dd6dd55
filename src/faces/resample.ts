import type { RgbImage } from '../media/image.ts';
import { applySimilarity, type Box, type Point, type Similarity } from './geometry.ts';

/**
 * Draws a turned, scaled part of a picture: the result's point p shows the picture's point `toImage(p)`. Coordinates
 * are continuous (the first pixel reaches from 0 to 1). What lies outside the picture is black. When it makes the
 * picture much smaller it averages first, so that no pixel is skipped.
 */
export function warp(image: RgbImage, toImage: Similarity, width: number, height: number): RgbImage {
  const pixelsPerStep = Math.hypot(toImage.a, toImage.b);
  const factor = Math.floor(pixelsPerStep + 1e-6);
  if (factor < 2) return sampleBilinear(image, toImage, width, height);
  const region = boundsOf(toImage, width, height, image, factor);
  if (!region) return blank(width, height);
  const small = shrink(image, region, factor);
  const scaled = { a: toImage.a / factor, b: toImage.b / factor };
  const moved = { tx: (toImage.tx - region.x) / factor, ty: (toImage.ty - region.y) / factor };
  return sampleBilinear(small, { ...scaled, ...moved }, width, height);
}

/** Draws the part of a picture inside `region`, which may reach beyond its edges (black there). */
export function drawRegion(image: RgbImage, region: Box, width: number, height: number): RgbImage {
  const scale = Math.max(region.width / width, region.height / height);
  return warp(image, { a: scale, b: 0, tx: region.x, ty: region.y }, width, height);
}

/** The picture's mirror image, left for right. */
export function mirror({ width, height, data }: RgbImage): RgbImage {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      const to = (y * width + width - 1 - x) * 3;
      out[to] = data[from] as number;
      out[to + 1] = data[from + 1] as number;
      out[to + 2] = data[from + 2] as number;
    }
  }
  return { width, height, data: out };
}

/** Brightness per pixel, 0..255 (Rec. 601 weights). */
export function luminance({ width, height, data }: RgbImage): Float32Array {
  const grey = new Float32Array(width * height);
  for (let i = 0, at = 0; i < grey.length; i++, at += 3)
    grey[i] = 0.299 * (data[at] as number) + 0.587 * (data[at + 1] as number) + 0.114 * (data[at + 2] as number);
  return grey;
}

const blank = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: new Uint8Array(width * height * 3),
});

// The indices below stay inside the arrays by construction; a guard per pixel would cost more than the sampling.
function sampleBilinear(image: RgbImage, toImage: Similarity, width: number, height: number): RgbImage {
  const { a: scale, b: turn } = toImage;
  if (scale === 1 && turn === 0 && Number.isInteger(toImage.tx) && Number.isInteger(toImage.ty))
    return copyRows(image, toImage.tx, toImage.ty, width, height);
  const { width: w, height: h, data } = image;
  const out = new Uint8Array(width * height * 3);
  const { a, b, tx, ty } = toImage;
  let at = 0;
  for (let y = 0; y < height; y++) {
    const cy = y + 0.5;
    for (let x = 0; x < width; x++, at += 3) {
      const cx = x + 0.5;
      const u = a * cx - b * cy + tx - 0.5;
      const v = b * cx + a * cy + ty - 0.5;
      if (u <= -1 || v <= -1 || u >= w || v >= h) continue;
      const left = Math.floor(u);
      const top = Math.floor(v);
      const fx = u - left;
      const fy = v - top;
      const x0 = Math.max(0, left);
      const y0 = Math.max(0, top);
      const x1 = left + 1 < w ? left + 1 : w - 1;
      const y1 = top + 1 < h ? top + 1 : h - 1;
      const p00 = (y0 * w + x0) * 3;
      const p01 = (y0 * w + x1) * 3;
      const p10 = (y1 * w + x0) * 3;
      const p11 = (y1 * w + x1) * 3;
      const w11 = fx * fy;
      const w01 = fx - w11;
      const w10 = fy - w11;
      const w00 = 1 - fx - w10;
      for (let c = 0; c < 3; c++) {
        out[at + c] =
          w00 * (data[p00 + c] as number) +
          w01 * (data[p01 + c] as number) +
          w10 * (data[p10 + c] as number) +
          w11 * (data[p11 + c] as number) +
          0.5;
      }
    }
  }
  return { width, height, data: out };
}

/** The part of a picture from column `left` and row `top` on, pixel by pixel. */
function copyRows(image: RgbImage, left: number, top: number, width: number, height: number): RgbImage {
  const out = blank(width, height);
  const from = Math.max(0, left);
  const to = Math.min(image.width, left + width);
  if (to <= from) return out;
  for (let y = Math.max(0, -top); y < height && top + y < image.height; y++) {
    const row = (top + y) * image.width;
    out.data.set(image.data.subarray((row + from) * 3, (row + to) * 3), (y * width + from - left) * 3);
  }
  return out;
}

/** Averages blocks of `factor` × `factor` pixels of a region; the last blocks take what is there. */
function shrink(image: RgbImage, region: Box, factor: number): RgbImage {
  const width = Math.ceil(region.width / factor);
  const height = Math.ceil(region.height / factor);
  const data = new Uint8Array(width * height * 3);
  const right = region.x + region.width;
  const bottom = region.y + region.height;
  let at = 0;
  for (let y = 0; y < height; y++) {
    const fromY = region.y + y * factor;
    const toY = Math.min(fromY + factor, bottom);
    for (let x = 0; x < width; x++, at += 3) {
      const fromX = region.x + x * factor;
      const toX = Math.min(fromX + factor, right);
      let red = 0;
      let green = 0;
      let blue = 0;
      for (let sy = fromY; sy < toY; sy++) {
        let from = (sy * image.width + fromX) * 3;
        for (let sx = fromX; sx < toX; sx++) {
          red += image.data[from++] as number;
          green += image.data[from++] as number;
          blue += image.data[from++] as number;
        }
      }
      const count = (toX - fromX) * (toY - fromY);
      data[at] = red / count + 0.5;
      data[at + 1] = green / count + 0.5;
      data[at + 2] = blue / count + 0.5;
    }
  }
  return { width, height, data };
}

/** The whole pixels of the picture that a warp can touch, with a margin for the interpolation. Null when none. */
function boundsOf(toImage: Similarity, width: number, height: number, image: RgbImage, margin: number): Box | null {
  const corners: Point[] = [
    { x: 0, y: 0 },
    { x: width, y: 0 },
    { x: 0, y: height },
    { x: width, y: height },
  ].map((corner) => applySimilarity(toImage, corner));
  const clampTo = (limit: number, value: number) => Math.min(limit, Math.max(0, value));
  const x = clampTo(image.width, Math.floor(Math.min(...corners.map((c) => c.x))) - margin);
  const y = clampTo(image.height, Math.floor(Math.min(...corners.map((c) => c.y))) - margin);
  const right = clampTo(image.width, Math.ceil(Math.max(...corners.map((c) => c.x))) + margin);
  const bottom = clampTo(image.height, Math.ceil(Math.max(...corners.map((c) => c.y))) + margin);
  return right > x && bottom > y ? { x, y, width: right - x, height: bottom - y } : null;
}
