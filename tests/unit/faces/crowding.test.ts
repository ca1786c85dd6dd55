import { expect, it } from 'vitest';
import learnt from '../../../models/cards/faceapi-dlib-128.crowding.json' with { type: 'json' };
import { lengthByCrowding } from '../../../src/faces/crowding.ts';
import { seededRandom } from '../../../src/faces/degrade.ts';
import { dotProduct, poolTemplates, scaled } from '../../../src/faces/template.ts';

const bytes = Buffer.from(learnt.mean, 'base64');
const middle = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
const unit = (vector: Float32Array) => vector.map((value) => value / Math.hypot(...vector));
const random = seededRandom(3);
const away = (step: number) => {
  const noise = unit(Float32Array.from({ length: 128 }, () => random() + random() + random() - 1.5));
  return unit(middle.map((value, i) => value + step * (noise[i] ?? 0)));
};

it('shortens a template the more it is like everybody', () => {
  const near = Array.from({ length: 20 }, () => lengthByCrowding(away(0.1)));
  const far = Array.from({ length: 20 }, () => lengthByCrowding(away(0.6)));
  expect(Math.max(...near)).toBeLessThan(Math.min(...far));
  for (const length of [...near, ...far]) {
    expect(length).toBeGreaterThan(0.9);
    expect(length).toBeLessThanOrEqual(1);
  }
});

it('keeps its sense for a descriptor that no face has', () => {
  for (const value of [1, -1]) {
    const odd = new Float32Array(128);
    odd[5] = value;
    expect(lengthByCrowding(odd)).toBeGreaterThan(0);
    expect(lengthByCrowding(odd)).toBeLessThanOrEqual(1);
  }
});

it('is kept by a template of several pictures: its mean direction at their mean length', () => {
  const version = 'any';
  const [a, b] = [scaled(away(0.2), 0.98), scaled(away(0.2), 0.96)];
  const { vector } = poolTemplates([
    { template: { version, vector: a }, weight: 1 },
    { template: { version, vector: b }, weight: 1 },
  ]);
  expect(Math.hypot(...vector)).toBeCloseTo(0.97, 5);
  expect(dotProduct(vector, a)).toBeGreaterThan(0.97 * 0.98 * 0.95);
});
