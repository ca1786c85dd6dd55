import { describe, expect, it } from 'vitest';
import { arcfaceAlignment, arcfacePoints } from '../../../src/faces/arcface-align.ts';
import { pictureTensor } from '../../../src/faces/engine/picture-tensor.ts';
import { applySimilarity } from '../../../src/faces/geometry.ts';

const picture = { width: 2, height: 1, data: Uint8Array.from([10, 20, 30, 110, 120, 130]) };
const form = { width: 2, height: 1, channels: 'RGB', layout: 'NCHW', mean: [0, 0, 0], divisor: 1 } as const;

describe('a picture as a network wants it', () => {
  it('goes in channel by channel, or pixel by pixel', () => {
    expect([...pictureTensor([picture], form).data]).toEqual([10, 110, 20, 120, 30, 130]);
    expect(pictureTensor([picture], form).dims).toEqual([1, 3, 1, 2]);
    const last = pictureTensor([picture], { ...form, layout: 'NHWC' });
    expect([...last.data]).toEqual([10, 20, 30, 110, 120, 130]);
    expect(last.dims).toEqual([1, 1, 2, 3]);
  });

  it('has its mean and divisor in the order of the network’s channels, not of ours', () => {
    const blueFirst = { ...form, channels: 'BGR', mean: [30, 20, 10], divisor: [1, 2, 4] } as const;
    expect([...pictureTensor([picture], blueFirst).data]).toEqual([0, 100, 0, 50, 0, 25]);
    expect([...pictureTensor([picture], { ...blueFirst, layout: 'NHWC' }).data]).toEqual([0, 0, 0, 100, 50, 25]);
  });

  it('stands behind the one before it in a batch', () => {
    const other = { ...picture, data: Uint8Array.from([1, 2, 3, 4, 5, 6]) };
    expect([...pictureTensor([picture, other], form).data.slice(6)]).toEqual([1, 4, 2, 5, 3, 6]);
  });
});

describe('ArcFace’s alignment', () => {
  const landmarks = Array.from({ length: 68 }, () => ({ x: 0, y: 0 }));
  const put = (from: number, to: number, x: number, y: number): void => {
    for (let i = from; i <= to; i++) landmarks[i] = { x, y };
  };
  // The reference face, twice as large, turned by 90° and moved.
  const turned = (x: number, y: number): [number, number] => [300 - 2 * y, 40 + 2 * x];
  put(36, 41, ...turned(38.2946, 51.6963));
  put(42, 47, ...turned(73.5318, 51.5014));
  put(30, 30, ...turned(56.0252, 71.7366));
  put(48, 48, ...turned(41.5493, 92.3655));
  put(54, 54, ...turned(70.7299, 92.2041));

  it('takes the picture’s left eye, right eye, nose and mouth in this order', () => {
    expect(arcfacePoints(landmarks)[2]).toEqual({ x: 300 - 2 * 71.7366, y: 40 + 2 * 56.0252 });
  });

  it('finds a turned face again, in the network’s own size', () => {
    for (const side of [112, 224]) {
      const toImage = arcfaceAlignment(landmarks, side);
      if (!toImage) throw new Error('no alignment');
      const nose = applySimilarity(toImage, { x: (56.0252 * side) / 112, y: (71.7366 * side) / 112 });
      expect(nose.x).toBeCloseTo(300 - 2 * 71.7366, 3);
      expect(nose.y).toBeCloseTo(40 + 2 * 56.0252, 3);
    }
  });
});
