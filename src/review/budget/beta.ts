/** Pure: what a few answers say of a share (Beta distribution; the interval of Jeffreys, which is honest with small numbers). */

export interface Estimate {
  readonly n: number;
  readonly hits: number;
  /** null: nothing is known. */
  readonly share: number | null;
  readonly low: number;
  readonly high: number;
}

/** @param confidence of the two-sided interval */
export function estimateShare(hits: number, n: number, confidence = 0.95): Estimate {
  if (n <= 0) return { n: 0, hits: 0, share: null, low: 0, high: 1 };
  const tail = (1 - confidence) / 2;
  const [a, b] = [hits + 0.5, n - hits + 0.5];
  return {
    n,
    hits,
    share: hits / n,
    low: hits <= 0 ? 0 : betaQuantile(tail, a, b),
    high: hits >= n ? 1 : betaQuantile(1 - tail, a, b),
  };
}

/** The value below which a Beta(a, b) variable lies with probability p; within 1e-10. */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  while (high - low > 1e-10) {
    const middle = (low + high) / 2;
    if (betaCdf(middle, a, b) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The regularised incomplete beta function, by its continued fraction (DLMF 8.17.22). */
export function betaCdf(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  // The fraction converges fast below the mean; above it, the other tail does.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCdf(1 - x, b, a);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x));
  return (front * fraction(x, a, b)) / a;
}

const TINY = 1e-300;
const notZero = (value: number): number => (Math.abs(value) < TINY ? TINY : value);

/** Lentz's way of working a continued fraction out from its beginning. */
function fraction(x: number, a: number, b: number): number {
  let c = 1;
  let d = 1 / notZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / notZero(1 + even * d);
    c = notZero(1 + even / c);
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / notZero(1 + odd * d);
    c = notZero(1 + odd / c);
    const step = d * c;
    value *= step;
    if (Math.abs(step - 1) < 1e-13) break;
  }
  return value;
}

/** Stirling's series, after the argument has been raised to where it is exact. */
function logGamma(z: number): number {
  let shift = 0;
  let x = z;
  for (; x < 12; x += 1) shift += Math.log(x);
  const x2 = x * x;
  const series = 1 / (12 * x) - 1 / (360 * x * x2) + 1 / (1260 * x * x2 * x2) - 1 / (1680 * x * x2 * x2 * x2);
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
