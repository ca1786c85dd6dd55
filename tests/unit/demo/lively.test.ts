import { expect, it } from 'vitest';
import { createLivelyFace, expressionAt, type Raster } from '../../../src/demo/footage/lively.ts';

const SIDE = 240;
/** Red tells the column and green the row, so that a pixel says where it was taken from. */
const map: Raster = {
  ...{ width: SIDE, height: SIDE, channels: 3 },
  data: Uint8Array.from({ length: SIDE * SIDE * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)];
    return [x, y, 200][i % 3] as number;
  }),
};
/** Eyes 60 pixels apart about (120, 90), a mouth below. */
const landmarks = Array.from({ length: 68 }, (_, i) => {
  if (i >= 36 && i < 48) {
    const angle = Math.PI + ((i - 36) % 6) * (Math.PI / 3);
    return { x: 120 + (i < 42 ? -30 : 30) + 9 * Math.cos(angle), y: 90 + 4 * Math.sin(angle) };
  }
  if (i >= 48) return { x: 120 + 22 * Math.cos((i - 48) / 3 + Math.PI), y: 150 + (i < 60 ? 8 * Math.sin(i) : 0) };
  return { x: 120, y: 100 };
});
const draw = createLivelyFace(map, landmarks);
const NEUTRAL = { yaw: 0, pitch: 0, blink: 0, mouth: 0 };
/** Where the pixel of the drawn picture was taken from. */
const source = (picture: Raster, x: number, y: number): readonly [number, number] => {
  const at = (y * SIDE + x) * 3;
  return [picture.data[at] as number, picture.data[at + 1] as number];
};

it('leaves a face at rest as it is', () => {
  const drawn = draw(NEUTRAL);
  for (const [x, y] of [
    [120, 100],
    [60, 60],
    [200, 220],
  ] as const) {
    const [u, v] = source(drawn, x, y);
    expect(Math.hypot(u - x, v - y)).toBeLessThan(2);
  }
});

it('turns a head, not a sheet: the nose moves farther than the cheek, and what is behind it stays', () => {
  const drawn = draw({ ...NEUTRAL, yaw: 0.2 });
  const moved = (x: number, y: number): number => Math.abs(source(drawn, x, y)[0] - x);
  expect(moved(120, 128)).toBeGreaterThan(moved(175, 128) + 3);
  expect(moved(175, 128)).toBeGreaterThan(1);
  expect(moved(5, 5)).toBeLessThan(2);
});

it('closes the eyes with the skin above them, and opens the mouth', () => {
  const blinking = draw({ ...NEUTRAL, blink: 1 });
  expect(source(blinking, 90, 91)[1]).toBeLessThan(88);
  expect(Math.abs(source(blinking, 120, 120)[1] - 120)).toBeLessThan(2);
  const speaking = draw({ ...NEUTRAL, mouth: 1 });
  const at = (157 * SIDE + 120) * 3;
  expect(speaking.data[at + 2]).toBeLessThan(100);
});

it('blinks some times in half a minute, moves all the time, and each person in his own way', () => {
  const moments = Array.from({ length: 600 }, (_, i) => i / 20);
  const blinks = moments.filter(
    (t, i) => expressionAt(1, t).blink > 0.5 && (i === 0 || expressionAt(1, t - 0.05).blink <= 0.5),
  );
  expect(blinks.length).toBeGreaterThan(4);
  expect(blinks.length).toBeLessThan(14);
  const yaws = moments.map((t) => expressionAt(1, t, 0.15).yaw);
  expect(Math.max(...yaws) - Math.min(...yaws)).toBeGreaterThan(0.05);
  expect(expressionAt(1, 7).yaw).not.toBeCloseTo(expressionAt(2, 7).yaw, 3);
});
