import { describe, expect, it } from 'vitest';
import { drawRegion, mirror, warp } from '../../../src/faces/resample.ts';
import type { RgbImage } from '../../../src/media/image.ts';

const picture = (width: number, height: number, value: (x: number, y: number) => number): RgbImage => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return value(pixel % width, Math.floor(pixel / width)) + (i % 3);
  }),
});
const red = (image: RgbImage, x: number, y: number) => image.data[(y * image.width + x) * 3];

describe('drawing parts of a picture', () => {
  const slope = picture(20, 10, (x, y) => x * 5 + y * 10);

  it('gives the picture itself when nothing is turned, scaled or moved', () => {
    expect(warp(slope, { a: 1, b: 0, tx: 0, ty: 0 }, 20, 10).data).toEqual(slope.data);
  });

  it('shows what is outside as black, not as the edge repeated', () => {
    const drawn = drawRegion(slope, { x: -5, y: -5, width: 30, height: 30 }, 30, 30);
    expect(red(drawn, 0, 0)).toBe(0);
    expect(red(drawn, 29, 29)).toBe(0);
    expect(red(drawn, 5, 5)).toBe(red(slope, 0, 0));
  });

  it('averages when it makes a picture small, so that stripes become grey and not noise', () => {
    const stripes = picture(64, 64, (x) => (x % 2) * 200);
    const small = drawRegion(stripes, { x: 0, y: 0, width: 64, height: 64 }, 16, 16);
    for (let x = 0; x < 16; x++) expect(red(small, x, 8)).toBe(100);
  });

  it('turns about the right point', () => {
    const dot = picture(21, 21, (x, y) => (x === 15 && y === 10 ? 250 : 0));
    const quarter = warp(dot, { a: 0, b: 1, tx: 21, ty: 0 }, 21, 21);
    expect(red(quarter, 10, 5)).toBe(250);
  });

  it('survives a part that lies wholly outside', () => {
    expect(drawRegion(slope, { x: 500, y: 500, width: 90, height: 90 }, 9, 9).data.every((v) => v === 0)).toBe(true);
    expect(drawRegion(slope, { x: -900, y: 0, width: 90, height: 90 }, 9, 9).data.every((v) => v === 0)).toBe(true);
  });

  it('mirrors left for right, and twice is the picture again', () => {
    expect(red(mirror(slope), 0, 3)).toBe(red(slope, 19, 3));
    expect(mirror(mirror(slope)).data).toEqual(slope.data);
  });
});
