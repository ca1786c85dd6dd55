import { describe, expect, it } from 'vitest';
import { OFFSETS, PROFILES } from '../../../../src/faces/presentation/border.ts';
import {
  createPresentationWatch,
  judgePresentation,
  type TimedLook,
} from '../../../../src/faces/presentation/judge.ts';
import { PATCH_SIDE } from '../../../../src/faces/presentation/look.ts';
import { PRESENTATION_KINDS, PRESENTATION_WORDS } from '../../../../src/faces/presentation/presentation.ts';

/** A look at a face of 30 pixels between the eyes, with what a test changes. `stir`: how far points and skin are from usual. */
function look(at: number, more: Partial<TimedLook> & { readonly stir?: number } = {}): TimedLook {
  const { stir = 0, ...rest } = more;
  const wobble = (i: number): number => Math.sin(12.9898 * i + 78.233 * at);
  return {
    ...{ at, x: 300, y: 150, unit: 30, cos: 1, sin: 0, moire: 4 },
    shape: Float32Array.from({ length: 102 }, (_, i) => Math.sin(i) + (0.004 + stir) * wobble(i)),
    patch: Float32Array.from(
      { length: PATCH_SIDE ** 2 },
      (_, i) => 120 + 40 * Math.sin(i / 9) + (2 + 200 * stir) * wobble(i + 3),
    ),
    border: new Uint8Array(PROFILES * OFFSETS),
    ...rest,
  };
}
const times = (count: number, everyMs: number): number[] => Array.from({ length: count }, (_, i) => i * everyMs);
const told = (looks: readonly TimedLook[]) => judgePresentation(looks);
/** Dark edges of a telephone on three sides, as far from the face as `offset` says. */
const framed = (offset: number, sides = 3): Uint8Array => {
  const profile = new Uint8Array(PROFILES * OFFSETS);
  for (let side = 0; side < sides; side++) {
    profile[(2 * side + 1) * OFFSETS + offset] = 255;
    profile[2 * side * OFFSETS + offset + 6] = 255;
  }
  return profile;
};

describe('a picture in a face’s place', () => {
  it('is not suspected of somebody who is there for a moment', () => {
    expect(told(times(5, 500).map((at) => look(at, { moire: 80, border: framed(20), x: at })))).toBeNull();
  });

  it('is suspected where the face shows a screen’s pixels, look for look', () => {
    const screen = times(8, 700).map((at, i) => look(at, { x: 300 + 40 * i, moire: 20 + i }));
    expect(told(screen)).toMatchObject({ suspected: true, kind: 'screen', looks: 8 });
    // A patterned scarf for a moment is no screen.
    const scarf = screen.map((each, i) => ({ ...each, moire: i < 3 ? 30 : 4 }));
    expect(told(scarf)).toMatchObject({ suspected: false });
    const small = screen.map((each) => ({ ...each, moire: null }));
    expect(told(small)).toMatchObject({ suspected: false });
  });

  it('is suspected where a margin moves along with the face, and not where the face only has one behind it', () => {
    const held = times(10, 700).map((at, i) => look(at, { x: 200 + 30 * i, border: framed(20) }));
    expect(told(held)).toMatchObject({ suspected: true, kind: 'held_picture' });
    const before = held.map((each) => ({ ...each, x: 300 }));
    expect(told(before)).toMatchObject({ suspected: false });
    const past = held.map((each, i) => ({ ...each, border: framed(5 + 4 * i) }));
    expect(told(past)).toMatchObject({ suspected: false });
    const twoSides = held.map((each) => ({ ...each, border: framed(20, 2) }));
    expect(told(twoSides)).toMatchObject({ suspected: false });
  });

  it('is not suspected of a face that is moved about as it is: two signs must come together', () => {
    const pasted = times(20, 900).map((at, i) => look(at, { x: 100 + 20 * i }));
    expect(told(pasted)).toMatchObject({ suspected: false });
  });

  it('is suspected after two minutes in which nothing stirred, and never of somebody who blinks or shifts', () => {
    const poster = times(30, 5_000).map((at) => look(at));
    expect(told(poster)).toMatchObject({ suspected: true, kind: 'static_picture' });
    expect(told(poster.slice(0, 20))).toMatchObject({ suspected: false });
    const blinks = poster.map((each, i) => (i % 6 === 3 ? look(each.at, { stir: 0.1 }) : each));
    expect(told(blinks)).toMatchObject({ suspected: false });
    const shifts = poster.map((each, i) => ({ ...each, x: 300 + 3 * Math.sin(i) }));
    expect(told(shifts)).toMatchObject({ suspected: false });
    // Someone's shadow falls on the wall once.
    const shadow = poster.map((each, i) => (i === 9 ? look(each.at, { stir: 0.1 }) : each));
    expect(told(shadow)).toMatchObject({ suspected: true });
  });

  it('keeps the first looks and the newest of a long stay, and those of a person who was lost for a moment', () => {
    const watch = createPresentationWatch();
    for (const at of times(200, 1_000)) watch.add(at, look(at));
    expect(watch.looks.length).toBeLessThan(60);
    expect(watch.looks[0]?.at).toBe(0);
    expect(watch.looks.at(-1)?.at).toBe(199_000);
    expect(watch.presentation).toMatchObject({ suspected: true, kind: 'static_picture' });
    const again = createPresentationWatch();
    again.add(201_000, look(201_000, { x: 900 }));
    watch.absorb(again);
    expect(watch.presentation?.suspected).toBe(true);
    expect(again.presentation).toBeNull();
  });

  it('has words for every kind', () => {
    for (const kind of PRESENTATION_KINDS) expect(PRESENTATION_WORDS[kind].zh).toMatch(/[一-鿿]/);
  });
});
