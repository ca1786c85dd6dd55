import { describe, expect, it } from 'vitest';
import {
  BORDER_REACH,
  BORDER_SIDE,
  borderFound,
  borderProfile,
  meanBorder,
} from '../../../../src/faces/presentation/border.ts';
import { MOIRE_SIDE, moireOf } from '../../../../src/faces/presentation/moire.ts';
import { fitPlane, shapeOf } from '../../../../src/faces/presentation/rigid.ts';
import { Draw } from '../../../../src/simulation/world/random.ts';

const drawn = (seed: number): Draw => {
  const draw = new Draw([seed, 0x9e37, 0x79b9, 0x1234]);
  for (let i = 0; i < 8; i++) draw.bits();
  return draw;
};

describe('fine patterns of a screen', () => {
  /** Light and shade of a cheek and an eye, with a sensor's noise. */
  const skin = (seed: number, more: (x: number, y: number) => number = () => 0): Float32Array => {
    const draw = drawn(seed);
    return Float32Array.from({ length: MOIRE_SIDE ** 2 }, (_, i) => {
      const [x, y] = [i % MOIRE_SIDE, Math.floor(i / MOIRE_SIDE)];
      const eye = Math.hypot(x - 20, 2 * (y - 30)) < 9 ? -60 : 0;
      return 130 + 40 * Math.sin(x / 25) + 20 * Math.cos(y / 18) + eye + 4 * draw.normal() + more(x, y);
    });
  };

  it('stand out of noise, however faint and turned', () => {
    for (const [fx, fy] of [
      [0.31, 0.12],
      [0.2, -0.22],
      [0.11, 0.4],
    ] as const) {
      expect(moireOf(skin(3, (x, y) => 5 * Math.sin(2 * Math.PI * (fx * x + fy * y))))).toBeGreaterThan(12);
    }
  });

  it('are not found in skin, nor in the blocks of an encoder', () => {
    for (let seed = 0; seed < 40; seed++) expect(moireOf(skin(seed))).toBeLessThan(6);
    expect(moireOf(skin(7, (x, y) => (x % 8 === 0 ? 5 : 0) + (y % 8 === 0 ? 5 : 0)))).toBeLessThan(6);
    expect(moireOf(new Float32Array(MOIRE_SIDE ** 2))).toBe(0);
  });
});

describe('a border around a face', () => {
  const PER_FACE = BORDER_SIDE / 2 / BORDER_REACH;
  /** A room with a window frame and a board, seen `moved` face widths further on; in it a sheet with the given margin. */
  const around = (moved: number, sheet: { half: number; margin: number; shade: number } | null): Float32Array =>
    Float32Array.from({ length: BORDER_SIDE ** 2 }, (_, i) => {
      const x = ((i % BORDER_SIDE) - BORDER_SIDE / 2) / PER_FACE;
      const y = (Math.floor(i / BORDER_SIDE) - BORDER_SIDE / 2) / PER_FACE;
      const out = Math.max(Math.abs(x), Math.abs(y) / 1.2);
      if (sheet && out < sheet.half) return 90 + 30 * Math.sin(9 * x) * Math.cos(7 * y);
      if (sheet && out < sheet.half + sheet.margin) return sheet.shade;
      const across = Math.max(Math.abs(x + moved), Math.abs(y));
      return across > 0.95 && across < 1.1 ? 240 : across >= 1.1 ? 150 : 120;
    });
  const found = (sheet: Parameters<typeof around>[1], moves: readonly number[]) =>
    borderFound(meanBorder(moves.map((moved) => borderProfile(around(moved, sheet)))));
  const MOVES = [-0.9, -0.5, -0.1, 0.3, 0.7];

  it('is told where paper, or a telephone, moves along with the face', () => {
    expect(found({ half: 1.1, margin: 0.2, shade: 235 }, MOVES).margin).toBeGreaterThan(0.9);
    expect(found({ half: 0.9, margin: 0.12, shade: 18 }, MOVES).margin).toBeGreaterThan(0.9);
  });

  it('is not told of a window that somebody walks past, nor of a picture without a margin', () => {
    expect(found(null, MOVES).margin).toBeLessThan(0.6);
    // The same window behind somebody who does not move cannot be told apart: who calls asks for places that lie apart.
    expect(found(null, [0, 0]).margin).toBeGreaterThan(0.9);
    const pasted = found({ half: 1, margin: 0, shade: 0 }, MOVES);
    expect(pasted.margin).toBeLessThan(0.7);
  });

  it('reaches no further than the picture', () => {
    const half = around(0, { half: 1.1, margin: 0.2, shade: 235 }).map((value, i) =>
      i % BORDER_SIDE > BORDER_SIDE / 2 ? Number.NaN : value,
    );
    expect(borderFound(meanBorder([borderProfile(half)])).margin).toBeLessThan(0.6);
    expect(borderFound(meanBorder([])).margin).toBe(0);
  });
});

describe('a face that moves as one plane', () => {
  const draw = drawn(5);
  /** Points of a head: x, y and how far they stand out, in eye distances about the eyes' middle. */
  const head = Array.from({ length: 68 }, (_, i) => {
    const eye = i >= 36 && i < 48;
    const x = eye ? (i < 42 ? -0.5 : 0.5) + 0.18 * Math.cos(i) : draw.between(-0.8, 0.8);
    const y = eye ? 0.07 * Math.sin(i) : draw.between(-0.4, 1.2);
    const nose = i >= 27 && i < 36 ? 0.45 : 0;
    return { x, y, z: 0.5 * (1 - x * x) + nose };
  });
  /** Seen turned by so much, somewhere in a picture, by a network that is off by a fraction of a pixel. */
  const view = (yaw: number, flat: boolean, blink = 0): Float32Array => {
    const noise = (): number => 0.08 * draw.normal();
    const [s, c] = [Math.sin(yaw), Math.cos(yaw)];
    const points = head.map(({ x, y, z }, i) => ({
      x: 200 + 30 * (c * x + (flat ? 0 : s * z)) + noise(),
      y: 120 + 30 * (i >= 36 && i < 48 ? y * (1 - blink) : y) + noise(),
    }));
    return shapeOf(points) ?? new Float32Array();
  };
  const turns = [-0.5, -0.3, -0.1, 0, 0.2, 0.4, 0.5];
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

  it('leaves nothing over and is squeezed, as a photograph that is tilted', () => {
    const photo = fitPlane(turns.map((yaw) => view(yaw, true)));
    const person = fitPlane(turns.map((yaw) => view(yaw, false)));
    const carried = fitPlane(turns.map(() => view(0, true)));
    expect(mean(photo.map(({ residual }) => residual)) * 30).toBeLessThan(0.15);
    expect(mean(person.map(({ residual }) => residual)) * 30).toBeGreaterThan(0.6);
    expect(mean(photo.map(({ squeeze }) => squeeze))).toBeGreaterThan(0.03);
    expect(mean(carried.map(({ squeeze }) => squeeze))).toBeLessThan(0.01);
  });

  it('does not blink', () => {
    const blinking = fitPlane([0, 0, 0.9, 0, 0].map((blink) => view(0, true, blink)));
    expect(Math.max(...blinking.map(({ residual }) => residual)) * 30).toBeGreaterThan(0.5);
  });

  it('needs eyes', () => {
    expect(shapeOf([])).toBeNull();
    expect(fitPlane([])).toEqual([]);
  });
});
