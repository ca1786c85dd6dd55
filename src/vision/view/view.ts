import { lumaGrid, type YuvImage } from '../../media/yuv.ts';

/**
 * Pure: a camera's picture as far as its health is asked for. 160 cells wide, too coarse to know anybody by; what is compared
 * are edges in proportion to those around them, since light and exposure change all day and the walls do not.
 */
export interface View {
  readonly cols: number;
  readonly rows: number;
  /** Mean luma of each cell, row by row. */
  readonly luma: Float32Array;
  /** Strength of the edge in each cell, luma per cell. */
  readonly slope: Float32Array;
  /** The same in proportion to its surroundings, about 0..4. */
  readonly edges: Float32Array;
  /** No colour: night with infrared light. */
  readonly mono: boolean;
  /** How steep the strongest edges are at full size, 0..1; 0: there are none. */
  readonly acuity: number;
  readonly mean: number;
  /** Standard deviation of the luma. */
  readonly spread: number;
  /** Of the picture it was made from, pixels. */
  readonly width: number;
  readonly height: number;
}

export const VIEW_COLS = 160;
const LEAST_ROWS = 48;
const MOST_ROWS = 284;
/** Camera names and clocks stand in the picture, sharp and in place whatever the lens shows: this share of it, above and below. */
export const TEXT_SHARE = 0.12;
/** Edges weaker than this (luma per cell) are noise. */
const NOISE_SLOPE = 3;
const SURROUNDINGS = 7;
/** Mean distance of colour from grey, below which there is none. */
const MONO_BELOW = 2.2;

export const rowsFor = (width: number, height: number): number =>
  Math.min(MOST_ROWS, Math.max(LEAST_ROWS, Math.round((VIEW_COLS * height) / width)));

export function viewOf(image: YuvImage): View {
  const { width, height } = image;
  const rows = rowsFor(width, height);
  const luma = lumaGrid(image, VIEW_COLS, rows);
  return { ...viewOfLuma(luma, VIEW_COLS, rows), mono: isMono(image), acuity: acuityOf(image), width, height };
}

/** A view that was stored: its cells alone. */
export function storedView(stored: {
  readonly cols: number;
  readonly rows: number;
  readonly luma: Uint8Array;
  readonly mono: boolean;
  readonly acuity: number;
  readonly width: number;
  readonly height: number;
}): View {
  const { cols, rows, mono, acuity, width, height } = stored;
  return { ...viewOfLuma(Float32Array.from(stored.luma), cols, rows), mono, acuity, width, height };
}

/** Edges and figures of a small grey picture. */
export function viewOfLuma(
  luma: Float32Array,
  cols: number,
  rows: number,
): Omit<View, 'mono' | 'acuity' | 'width' | 'height'> {
  const slope = new Float32Array(cols * rows);
  let sum = 0;
  let squares = 0;
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < cols; x++) {
      const i = y * cols + x;
      const value = luma[i] as number;
      sum += value;
      squares += value * value;
      const dx = ((luma[x + 1 < cols ? i + 1 : i] as number) - (luma[x > 0 ? i - 1 : i] as number)) / 2;
      const dy = ((luma[y + 1 < rows ? i + cols : i] as number) - (luma[y > 0 ? i - cols : i] as number)) / 2;
      slope[i] = Math.hypot(dx, dy);
    }
  }
  const mean = sum / luma.length;
  const around = boxMean(slope, cols, rows, SURROUNDINGS);
  const edges = new Float32Array(slope.length);
  for (let i = 0; i < slope.length; i++) edges[i] = (slope[i] as number) / ((around[i] as number) + NOISE_SLOPE);
  return {
    cols,
    rows,
    luma,
    slope,
    edges,
    mean,
    spread: Math.sqrt(Math.max(0, squares / luma.length - mean * mean)),
  };
}

/** Means over squares of 2·reach+1 cells, smaller at the border. */
export function boxMean(values: Float32Array, cols: number, rows: number, reach: number): Float32Array {
  const sums = new Float64Array((cols + 1) * (rows + 1));
  for (let y = 0; y < rows; y++) {
    let line = 0;
    for (let x = 0; x < cols; x++) {
      line += values[y * cols + x] as number;
      sums[(y + 1) * (cols + 1) + x + 1] = (sums[y * (cols + 1) + x + 1] as number) + line;
    }
  }
  const out = new Float32Array(values.length);
  const at = (x: number, y: number): number => sums[y * (cols + 1) + x] as number;
  for (let y = 0; y < rows; y++) {
    const [top, bottom] = [Math.max(0, y - reach), Math.min(rows, y + reach + 1)];
    for (let x = 0; x < cols; x++) {
      const [left, right] = [Math.max(0, x - reach), Math.min(cols, x + reach + 1)];
      out[y * cols + x] =
        (at(right, bottom) - at(left, bottom) - at(right, top) + at(left, top)) / ((right - left) * (bottom - top));
    }
  }
  return out;
}

function isMono({ data, width, height }: YuvImage): boolean {
  const begins = width * height;
  const step = Math.max(1, Math.floor((data.length - begins) / 2_000)) | 1;
  let sum = 0;
  let n = 0;
  for (let i = begins; i < data.length; i += step, n++) sum += Math.abs((data[i] as number) - 128);
  return n > 0 && sum / n < MONO_BELOW;
}

const LINES = 48;
const WINDOW = 16;
const STRIDE = 8;
/** Of all windows the share with the strongest contrast is judged … */
const JUDGED_SHARE = 0.03;
const LEAST_WINDOWS = 12;
/** … and the quieter ones tell how much of a step and a contrast is noise. */
const QUIET_SHARE = 0.25;
/** Contrast beyond noise below this is none, luma. */
const LEAST_CONTRAST = 10;

/**
 * Steepest step between neighbours over the contrast around it, in the windows of most contrast, noise taken off: near 0.3 and
 * above in a sharp picture, 0.1 in a blurred one, whatever the light. 0: no contrast at all. Names and clocks in the picture,
 * above and below, are left out.
 */
export function acuityOf({ data, width, height }: Pick<YuvImage, 'data' | 'width' | 'height'>): number {
  const [top, bottom] = [Math.ceil(height * TEXT_SHARE), Math.floor(height * (1 - TEXT_SHARE))];
  const step = Math.max(1, Math.floor((bottom - top) / LINES));
  const most = Math.ceil((bottom - top) / step) * Math.ceil(width / STRIDE);
  const contrasts = new Uint8Array(most);
  const steeps = new Uint8Array(most);
  let n = 0;
  for (let y = top; y < bottom; y += step) {
    for (let x = 0; x + WINDOW <= width; x += STRIDE, n++) {
      const begin = y * width + x;
      let least = 255;
      let peak = 0;
      let steep = 0;
      let before = data[begin] as number;
      for (let i = begin; i < begin + WINDOW; i++) {
        const value = data[i] as number;
        if (value < least) least = value;
        if (value > peak) peak = value;
        const by = value > before ? value - before : before - value;
        if (by > steep) steep = by;
        before = value;
      }
      contrasts[n] = peak - least;
      steeps[n] = steep;
    }
  }
  // Windows by contrast: a histogram is a sort for so few values.
  const count = new Uint32Array(256);
  const steepOf = new Float64Array(256);
  for (let i = 0; i < n; i++) {
    const contrast = contrasts[i] as number;
    count[contrast] = (count[contrast] as number) + 1;
    steepOf[contrast] = (steepOf[contrast] as number) + (steeps[i] as number);
  }
  const quiet = { n: 0, steep: 0, contrast: 0 };
  for (let c = 0; c < 256 && quiet.n < QUIET_SHARE * n; c++) {
    quiet.n += count[c] as number;
    quiet.steep += steepOf[c] as number;
    quiet.contrast += c * (count[c] as number);
  }
  const noise = { steep: quiet.steep / Math.max(1, quiet.n), contrast: quiet.contrast / Math.max(1, quiet.n) };
  const judged = { n: 0, sum: 0 };
  for (let c = 255; c >= noise.contrast + LEAST_CONTRAST && judged.n < JUDGED_SHARE * n; c--) {
    const here = count[c] as number;
    if (here === 0) continue;
    judged.n += here;
    judged.sum += (here * Math.max(0, (steepOf[c] as number) / here - noise.steep)) / (c - noise.contrast);
  }
  return judged.n < LEAST_WINDOWS ? 0 : judged.sum / judged.n;
}
