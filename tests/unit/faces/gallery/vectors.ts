import { seededRandom } from '../../../../src/faces/degrade.ts';

export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

export function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

/** People in families: each family around a centre, all around a face that everybody has a little of. */
export function families(count: number, dimension: number, seed = 1): Float32Array[] {
  const random = seededRandom(seed);
  const draw = (): Float32Array => Float32Array.from({ length: dimension }, () => gaussian(random));
  const everybody = draw();
  let centre = draw();
  return Array.from({ length: count }, (_, i) => {
    if (i % 8 === 0) centre = draw();
    const own = draw();
    return unit(own.map((value, k) => 0.35 * value + 0.6 * (centre[k] ?? 0) + (everybody[k] ?? 0)));
  });
}

export const idOf = (n: number): string => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;

export const dot = (a: Float32Array, b: Float32Array): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
};
