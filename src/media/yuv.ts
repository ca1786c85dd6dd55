import type { RgbImage } from './image.ts';

/**
 * A decoded frame as video stores it: full-size brightness, colour at half size. Kept like this because most frames are
 * only glanced at; RGB is made of the part that somebody wants to see.
 * `data` holds `height` rows of luma (16..235), then `height / 2` rows with the U row in the left half and the V row in the
 * right half. Width and height are even.
 */
export interface YuvImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly matrix: 'bt601' | 'bt709';
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const bytesOfYuv = (width: number, height: number): number => (width * height * 3) / 2;

// ITU-R BT.601-7 and BT.709-6, limited range, in 1/65536.
const COEFFICIENTS = {
  bt601: { rv: 104_597, gu: 25_675, gv: 53_279, bu: 132_201 },
  bt709: { rv: 117_489, gu: 13_975, gv: 34_925, bu: 138_438 },
} as const;
const LUMA_GAIN = 76_309;

/** `rect` cut to the frame and snapped outwards to even edges; at least 2×2. */
export function evenRect(rect: Rect, frame: { readonly width: number; readonly height: number }): Rect {
  const clampTo = (value: number, limit: number): number => Math.min(Math.max(value, 0), limit);
  const x = clampTo(2 * Math.floor(rect.x / 2), frame.width - 2);
  const y = clampTo(2 * Math.floor(rect.y / 2), frame.height - 2);
  const right = clampTo(2 * Math.ceil((rect.x + rect.width) / 2), frame.width);
  const bottom = clampTo(2 * Math.ceil((rect.y + rect.height) / 2), frame.height);
  return { x, y, width: Math.max(2, right - x), height: Math.max(2, bottom - y) };
}

/** RGB of a part of the frame at full size; `rect` is widened to even edges (see `evenRect`). */
export function toRgb(image: YuvImage, rect?: Rect): RgbImage {
  const area = rect ? evenRect(rect, image) : { x: 0, y: 0, width: image.width, height: image.height };
  const out = new Uint8ClampedArray(area.width * area.height * 3);
  const { data, width } = image;
  const { rv, gu, gv, bu } = COEFFICIENTS[image.matrix];
  const chroma = width * image.height;
  const half = width >> 1;
  for (let row = 0; row < area.height; row++) {
    let y = (area.y + row) * width + area.x;
    let u = chroma + ((area.y + row) >> 1) * width + (area.x >> 1);
    let o = row * area.width * 3;
    for (let col = 0; col < area.width; col += 2, u++) {
      const cu = (data[u] as number) - 128;
      const cv = (data[u + half] as number) - 128;
      const r = rv * cv + 32_768;
      const g = -gu * cu - gv * cv + 32_768;
      const b = bu * cu + 32_768;
      for (let k = 0; k < 2; k++, o += 3) {
        const light = LUMA_GAIN * ((data[y++] as number) - 16);
        out[o] = (light + r) >> 16;
        out[o + 1] = (light + g) >> 16;
        out[o + 2] = (light + b) >> 16;
      }
    }
  }
  return { width: area.width, height: area.height, data: new Uint8Array(out.buffer) };
}

/**
 * RGB of a part of the frame drawn `width`×`height`, each pixel the mean of the luma that it stands for: for finding faces,
 * not for describing them. The part may be of any size from that upwards and reach beyond the frame, which is black there.
 */
export function toRgbSmaller(image: YuvImage, width: number, height: number, part: Rect): RgbImage {
  const out = new Uint8ClampedArray(width * height * 3);
  const { data } = image;
  const { rv, gu, gv, bu } = COEFFICIENTS[image.matrix];
  const chroma = image.width * image.height;
  const half = image.width >> 1;
  const across = stepsOf(part.x, part.width, width, image.width);
  const down = stepsOf(part.y, part.height, height, image.height);
  for (let row = 0; row < height; row++) {
    const top = down[row] as number;
    const bottom = down[row + 1] as number;
    if (top === bottom) continue;
    const colours = chroma + ((top + bottom) >> 2) * image.width;
    for (let col = 0, o = row * width * 3; col < width; col++, o += 3) {
      const left = across[col] as number;
      const right = across[col + 1] as number;
      if (left === right) continue;
      let sum = 0;
      for (let y = top, at = top * image.width; y < bottom; y++, at += image.width)
        for (let i = at + left, end = at + right; i < end; i++) sum += data[i] as number;
      const light = LUMA_GAIN * (sum / ((bottom - top) * (right - left)) - 16) + 32_768;
      const u = colours + ((left + right) >> 2);
      const cu = (data[u] as number) - 128;
      const cv = (data[u + half] as number) - 128;
      out[o] = (light + rv * cv) / 65_536;
      out[o + 1] = (light - gu * cu - gv * cv) / 65_536;
      out[o + 2] = (light + bu * cu) / 65_536;
    }
  }
  return { width, height, data: new Uint8Array(out.buffer) };
}

/** Where each of `count` equal steps over `from` … `from + length` begins, in whole pixels of a line of `limit`. */
function stepsOf(from: number, length: number, count: number, limit: number): Int32Array {
  const steps = new Int32Array(count + 1);
  for (let i = 0; i <= count; i++) steps[i] = Math.min(limit, Math.max(0, Math.round(from + (i * length) / count)));
  return steps;
}

/** The whole frame at half its size: the usual case, written out since it is most of what a quick look costs. */
export function toRgbHalf(image: YuvImage): RgbImage {
  const { data, width } = image;
  const w = width >> 1;
  const h = image.height >> 1;
  const out = new Uint8ClampedArray(w * h * 3);
  const { rv, gu, gv, bu } = COEFFICIENTS[image.matrix];
  const chroma = width * image.height;
  let o = 0;
  for (let row = 0; row < h; row++) {
    let top = 2 * row * width;
    let u = chroma + row * width;
    for (let col = 0; col < w; col++, top += 2, u++, o += 3) {
      const sum =
        (data[top] as number) +
        (data[top + 1] as number) +
        (data[top + width] as number) +
        (data[top + width + 1] as number);
      const light = (LUMA_GAIN * (sum - 64)) >> 2;
      const cu = (data[u] as number) - 128;
      const cv = (data[u + w] as number) - 128;
      out[o] = (light + rv * cv + 32_768) >> 16;
      out[o + 1] = (light - gu * cu - gv * cv + 32_768) >> 16;
      out[o + 2] = (light + bu * cu + 32_768) >> 16;
    }
  }
  return { width: w, height: h, data: new Uint8Array(out.buffer) };
}

/** Block means of the luma: `cols * rows` values 0..255, row by row, each from about sixteen samples of its block. */
export function lumaGrid(image: YuvImage, cols: number, rows: number): Float32Array {
  const grid = new Float32Array(cols * rows);
  const { data, width, height } = image;
  for (let r = 0; r < rows; r++) {
    const y0 = Math.floor((r * height) / rows);
    const y1 = Math.max(y0 + 1, Math.floor(((r + 1) * height) / rows));
    const dy = Math.max(1, (y1 - y0) >> 2);
    for (let c = 0; c < cols; c++) {
      const x0 = Math.floor((c * width) / cols);
      const x1 = Math.max(x0 + 1, Math.floor(((c + 1) * width) / cols));
      const dx = Math.max(1, (x1 - x0) >> 2);
      let sum = 0;
      let n = 0;
      for (let y = y0; y < y1; y += dy) {
        for (let i = y * width + x0, end = y * width + x1; i < end; i += dx, n++) sum += data[i] as number;
      }
      grid[r * cols + c] = sum / n;
    }
  }
  return grid;
}

/** About `count` single luma samples spread over the frame: keeps the sensor's noise, which block means would average away. */
export function lumaSamples(image: YuvImage, count = 4_096): Uint8Array {
  const luma = image.width * image.height;
  // A step that shares no factor with usual widths, so that the samples do not stand in columns.
  const step = Math.max(1, Math.floor(luma / count)) | 1;
  const samples = new Uint8Array(Math.floor((luma - 1) / step) + 1);
  for (let i = 0, at = 0; i < samples.length; i++, at += step) samples[i] = image.data[at] as number;
  return samples;
}

/** A frame from RGB, for pictures that do not come from ffmpeg. Sides are cut to even numbers. BT.601. */
export function fromRgb(image: RgbImage): YuvImage {
  const width = image.width & ~1;
  const height = image.height & ~1;
  const data = new Uint8Array(bytesOfYuv(width, height));
  const at = (x: number, y: number, channel: number): number =>
    image.data[(y * image.width + x) * 3 + channel] as number;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[y * width + x] = Math.round(
        16 + 0.256_788 * at(x, y, 0) + 0.504_129 * at(x, y, 1) + 0.097_906 * at(x, y, 2),
      );
    }
  }
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2) {
      const mean = (channel: number): number =>
        (at(x, y, channel) + at(x + 1, y, channel) + at(x, y + 1, channel) + at(x + 1, y + 1, channel)) / 4;
      const [r, g, b] = [mean(0), mean(1), mean(2)];
      const i = width * height + (y >> 1) * width + (x >> 1);
      data[i] = Math.round(128 - 0.148_223 * r - 0.290_993 * g + 0.439_216 * b);
      data[i + (width >> 1)] = Math.round(128 + 0.439_216 * r - 0.367_788 * g - 0.071_427 * b);
    }
  }
  return { width, height, data, matrix: 'bt601' };
}
