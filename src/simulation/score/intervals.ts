/** Lower and upper end of a 95 % interval. */
export type Interval = readonly [low: number, high: number];

const Z = 1.959964;

/** Wilson's score interval of a share (1927); right for small counts and shares near 0 and 1 too. null without a denominator. */
export function wilson(hits: number, of: number): Interval | null {
  if (of <= 0) return null;
  const share = hits / of;
  const z2 = Z * Z;
  const middle = (share + z2 / (2 * of)) / (1 + z2 / of);
  const half = (Z / (1 + z2 / of)) * Math.sqrt((share * (1 - share)) / of + z2 / (4 * of * of));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** A stream of numbers from 0 to 1 that is the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** What one clinic adds to some ratios: numerators and denominators in the same order. */
export interface RatioUnit {
  readonly of: readonly number[];
  readonly hits: readonly number[];
}

/**
 * Bootstrap intervals of ratios of sums over clinics: clinics are drawn whole, because what happens in one hangs together
 * (Efron & Tibshirani, 1993, percentile interval). null for a ratio whose denominator is nothing anywhere, or with one clinic
 * only, of which no sample says anything.
 */
export function bootstrapRatios(units: readonly RatioUnit[], rounds: number, seed: number): (Interval | null)[] {
  const ratios = units[0]?.of.length ?? 0;
  return Array.from({ length: ratios }, (_, k) => {
    const mine = units.filter((unit) => (unit.of[k] ?? 0) > 0);
    if (mine.length < 2 || rounds < 1) return null;
    const random = seededRandom(seed + k);
    const of = Float64Array.from(mine, (unit) => unit.of[k] ?? 0);
    const hits = Float64Array.from(mine, (unit) => unit.hits[k] ?? 0);
    const drawn = new Float64Array(rounds);
    for (let round = 0; round < rounds; round++) {
      let sumOf = 0;
      let sumHits = 0;
      for (let i = 0; i < mine.length; i++) {
        const pick = Math.floor(random() * mine.length);
        sumOf += of[pick] ?? 0;
        sumHits += hits[pick] ?? 0;
      }
      drawn[round] = sumHits / sumOf;
    }
    drawn.sort();
    const at = (share: number): number => drawn[Math.min(rounds - 1, Math.max(0, Math.floor(share * rounds)))] ?? 0;
    return [at(0.025), at(0.975)];
  });
}
