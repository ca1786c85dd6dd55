/**
 * Periodic fine patterns of a face's picture: what the grid of a screen's pixels leaves in a camera's, nothing that skin has.
 */

/** Side of the square that is looked at, in the picture's own pixels: a power of two. */
export const MOIRE_SIDE = 64;
/** Coarser than this (cycles per pixel) a face has structure of its own. */
const FINE_FROM = 0.12;
/** A ring of the spectrum is so wide, in steps of the transform. */
const RING = 2;
/** Block edges of the encoder stand on the axes. */
const AXIS = 1;
const SILENT = 1e-6;

/**
 * How far the strongest fine pattern of a square of brightness stands out from others as fine, as a ratio of amplitudes: noise
 * and skin stay near 3, which is what the largest of a thousand random ones does; a visible grid is far beyond.
 * @param grey MOIRE_SIDE × MOIRE_SIDE values
 */
export function moireOf(grey: Float32Array): number {
  const re = windowed(grey);
  const im = new Float32Array(re.length);
  transformRows(re, im, false);
  transformRows(re, im, true);
  const rings = BINS_OF_RINGS.map((bins) =>
    Float32Array.from(bins, (at) => (re[at] as number) ** 2 + (im[at] as number) ** 2).sort(),
  );
  let most = 0;
  for (const powers of rings) {
    const middle = powers[powers.length >> 1] ?? 0;
    if (middle > SILENT) most = Math.max(most, (powers.at(-1) ?? 0) / middle);
  }
  return Math.sqrt(most);
}

/** Places of the spectrum's fine half, those of one fineness together. */
const BINS_OF_RINGS: readonly Uint16Array[] = ringsOf();

function ringsOf(): Uint16Array[] {
  const n = MOIRE_SIDE;
  const rings = new Map<number, number[]>();
  for (let y = 0; y < n; y++) {
    const fy = y <= n / 2 ? y : y - n;
    if (Math.abs(fy) <= AXIS || Math.abs(fy) === n / 2) continue;
    // The other half is the same once more.
    for (let x = AXIS + 1; x < n / 2; x++) {
      const radius = Math.hypot(x, fy);
      if (radius < FINE_FROM * n || radius >= n / 2) continue;
      const ring = Math.floor(radius / RING);
      rings.set(ring, [...(rings.get(ring) ?? []), y * n + x]);
    }
  }
  return [...rings.values()].map((bins) => Uint16Array.from(bins));
}

const HANN = Float32Array.from(
  { length: MOIRE_SIDE },
  (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / MOIRE_SIDE),
);

/** Without its mean, fading towards the edges. */
function windowed(grey: Float32Array): Float32Array {
  const n = MOIRE_SIDE;
  const mean = grey.reduce((sum, value) => sum + value, 0) / (n * n);
  const out = new Float32Array(n * n);
  for (let y = 0; y < n; y++)
    for (let x = 0; x < n; x++)
      out[y * n + x] = ((grey[y * n + x] as number) - mean) * (HANN[x] as number) * (HANN[y] as number);
  return out;
}

const BITS = Math.log2(MOIRE_SIDE);
const REVERSED = Uint8Array.from({ length: MOIRE_SIDE }, (_, i) => {
  let reversed = 0;
  for (let bit = 0; bit < BITS; bit++) if (i & (1 << bit)) reversed |= 1 << (BITS - 1 - bit);
  return reversed;
});
const COS = Float32Array.from({ length: MOIRE_SIDE / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / MOIRE_SIDE));
const SIN = Float32Array.from({ length: MOIRE_SIDE / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / MOIRE_SIDE));

/** The discrete Fourier transform of each row (or column), in place (Cooley and Tukey 1965). */
function transformRows(re: Float32Array, im: Float32Array, columns: boolean): void {
  const n = MOIRE_SIDE;
  const [step, next] = columns ? [n, 1] : [1, n];
  const [a, b] = [new Float32Array(n), new Float32Array(n)];
  for (let line = 0; line < n; line++) {
    const start = line * next;
    for (let i = 0; i < n; i++) {
      const from = start + (REVERSED[i] as number) * step;
      a[i] = re[from] as number;
      b[i] = im[from] as number;
    }
    for (let size = 2; size <= n; size *= 2) {
      const half = size / 2;
      const stride = n / size;
      for (let from = 0; from < n; from += size) {
        for (let k = 0; k < half; k++) {
          const c = COS[k * stride] as number;
          const s = SIN[k * stride] as number;
          const i = from + k;
          const j = i + half;
          const x = a[j] as number;
          const y = b[j] as number;
          const tr = c * x - s * y;
          const ti = c * y + s * x;
          a[j] = (a[i] as number) - tr;
          b[j] = (b[i] as number) - ti;
          a[i] = (a[i] as number) + tr;
          b[i] = (b[i] as number) + ti;
        }
      }
    }
    for (let i = 0; i < n; i++) {
      re[start + i * step] = a[i] as number;
      im[start + i * step] = b[i] as number;
    }
  }
}
