import { describe, expect, it } from 'vitest';
import {
  compareTemplates,
  poolTemplates,
  TEMPLATE_VERSION,
  templateFromBytes,
  templateToBytes,
  templateVector,
} from '../../../src/faces/template.ts';

const along = (axis: number) => Float32Array.from({ length: 128 }, (_, i) => (i === axis ? 3 : 0));
const template = (axis: number) => ({ version: TEMPLATE_VERSION, vector: templateVector([along(axis), along(axis)]) });
const lengthOf = (vector: Float32Array) => Math.hypot(...vector);

describe('templates', () => {
  it('have unit length and hold the face and its mirror image in equal parts', () => {
    const vector = templateVector([along(0), along(1)]);
    expect(lengthOf(vector)).toBeCloseTo(1, 6);
    expect(vector[0]).toBeCloseTo(vector[1] ?? 0, 6);
  });

  it('pooled lean to the better shot', () => {
    const pooled = poolTemplates([
      { template: template(0), weight: 0.9 },
      { template: template(1), weight: 0.1 },
    ]);
    expect(lengthOf(pooled.vector)).toBeCloseTo(1, 6);
    expect(compareTemplates(pooled, template(0))).toBeGreaterThan(0.99);
  });

  it('of shots without any quality still make a template, so that nobody is dropped', () => {
    expect(lengthOf(poolTemplates([{ template: template(4), weight: 0 }]).vector)).toBeCloseTo(1, 6);
  });

  it('of two versions are never compared or pooled', () => {
    const old = { ...template(0), version: 'older' };
    expect(() => compareTemplates(old, template(0))).toThrow(/versions/);
    expect(() =>
      poolTemplates([
        { template: old, weight: 1 },
        { template: template(0), weight: 1 },
      ]),
    ).toThrow(/versions/);
    expect(() => poolTemplates([])).toThrow();
  });

  it('come back from storage as they were; damaged bytes are refused', () => {
    const stored = templateToBytes(template(7));
    const model = { version: TEMPLATE_VERSION, dimension: 128 };
    expect(templateFromBytes(stored, model)).toEqual(template(7));
    expect(() => templateFromBytes(stored.subarray(1), model)).toThrow(/bytes/);
    expect(() => templateFromBytes(stored, { ...model, dimension: 512 })).toThrow(/2048/);
  });
});
