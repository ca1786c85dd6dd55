import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';
import type { LongTailed } from './parameters.ts';

const TO_UNIT = 1 / 4_294_967_296;

/**
 * Draws from one stream. A stream belongs to what it is about (seed, clinic, day, …), never to the order in which the
 * city is made: see `createRandomness`.
 */
export class Draw {
  readonly #source: { next(): number };
  #spare: number | null = null;

  constructor(state: readonly [number, number, number, number]) {
    this.#source = xoroshiro128plusFromState([...state]);
  }

  /** 32 random bits, unsigned. */
  bits(): number {
    return this.#source.next() >>> 0;
  }

  /** 0 (inclusive) to 1 (exclusive). */
  unit(): number {
    return (this.#source.next() >>> 0) * TO_UNIT;
  }

  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** 0 to count - 1. */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  chance(share: number): boolean {
    return this.unit() < share;
  }

  pick<T>(items: readonly [T, ...T[]]): T {
    return items[this.below(items.length)] ?? items[0];
  }

  /** Index drawn by cumulated weights (rising, the last one the total). */
  weighted(cumulated: readonly number[]): number {
    const at = this.unit() * (cumulated.at(-1) ?? 0);
    let i = 0;
    while (i < cumulated.length - 1 && (cumulated[i] ?? 0) <= at) i++;
    return i;
  }

  /** Standard normal (Marsaglia's polar method). */
  normal(): number {
    if (this.#spare !== null) {
      const spare = this.#spare;
      this.#spare = null;
      return spare;
    }
    for (;;) {
      const u = this.unit() * 2 - 1;
      const v = this.unit() * 2 - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * Math.log(s)) / s);
        this.#spare = v * factor;
        return u * factor;
      }
    }
  }

  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  lognormal({ median, sigma }: LongTailed): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** Gamma with mean shape × scale (Marsaglia and Tsang 2000). */
  gamma(shape: number, scale: number): number {
    if (shape < 1) return this.gamma(shape + 1, scale) * (1 - this.unit()) ** (1 / shape);
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v <= 0) continue;
      if (Math.log(1 - this.unit()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v * scale;
    }
  }

  /** Beta by mean and standard deviation; a spread that no Beta has is narrowed. */
  beta(mean: number, sd: number): number {
    if (mean <= 0 || mean >= 1 || sd <= 0) return Math.min(1, Math.max(0, mean));
    const spread = Math.min(sd * sd, mean * (1 - mean) * 0.95);
    const total = (mean * (1 - mean)) / spread - 1;
    const a = this.gamma(mean * total, 1);
    const b = this.gamma((1 - mean) * total, 1);
    return a / (a + b);
  }

  poisson(mean: number): number {
    if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let count = 0;
    for (let product = this.unit(); product > limit; product *= this.unit()) count++;
    return count;
  }

  /** Negative binomial with this mean and shape k: variance = mean + mean² / k. */
  negativeBinomial(mean: number, k: number): number {
    return mean <= 0 ? 0 : this.poisson(this.gamma(k, mean / k));
  }
}

/** What a stream is about. */
export const STREAM = {
  clinic: 1,
  fraudPlan: 2,
  block: 3,
  person: 4,
  own: 5,
  kin: 6,
  face: 7,
  day: 8,
  power: 9,
  network: 10,
  camera: 11,
  cameraOutage: 12,
  catalogue: 13,
  clock: 14,
  space: 15,
  special: 16,
  status: 17,
  cover: 18,
  stock: 19,
} as const;
export type StreamName = (typeof STREAM)[keyof typeof STREAM];

/** Gives each stream by its key. The same key is the same stream, whenever it is asked for. */
export type Randomness = (stream: StreamName, a?: number, b?: number, c?: number) => Draw;

export const createRandomness =
  (seed: number): Randomness =>
  (stream, a = 0, b = 0, c = 0) =>
    new Draw(stateOf(seed, stream, a, b, c));

/** 128 bits from a key, by murmur3's rounds with another start each. Never all zero. */
export function stateOf(
  seed: number,
  stream: number,
  a: number,
  b: number,
  c: number,
): [number, number, number, number] {
  const high = Math.floor(seed / 4_294_967_296);
  let h1 = mix(mix(mix(0x9e3779b9 ^ stream, seed | 0), high), a);
  h1 = finish(mix(mix(h1, b), c));
  let h2 = mix(mix(mix(0x85ebca6b ^ h1, c), a), b);
  h2 = finish(mix(mix(h2, stream), seed | 0));
  const h3 = finish(mix(mix(0xc2b2ae35 ^ h2, a), h1));
  const h4 = finish(mix(mix(0x27d4eb2f ^ h3, b), h2)) | 1;
  return [h1, h2, h3, h4];
}

function mix(hash: number, value: number): number {
  let k = Math.imul(value | 0, 0xcc9e2d51);
  k = (k << 15) | (k >>> 17);
  k = Math.imul(k, 0x1b873593);
  const h = hash ^ k;
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) | 0;
}
