import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CameraView, coverageOf } from '../../../src/ledgers/presence/coverage.ts';

const camera = (watermark: number | null, ...states: [string, number, number | null][]): CameraView => ({
  cameraId: 'c',
  watermark,
  states: states.map(([state, from, to]) => ({ state, from, to })),
});
const window = { from: 100, to: 200 };

describe('coverage of a window', () => {
  it('is nothing without a camera, without a word of it, or before anything was processed', () => {
    expect(coverageOf([], window)).toEqual({ share: 0, gaps: [window], complete: false });
    expect(coverageOf([camera(500)], window)).toMatchObject({ share: 0, complete: true });
    expect(coverageOf([camera(null, ['ok', 0, null])], window)).toMatchObject({ share: 0, complete: false });
  });

  it('ends at the watermark: what has not been processed was not seen', () => {
    expect(coverageOf([camera(150, ['ok', 0, null])], window)).toEqual({
      share: 0.5,
      gaps: [{ from: 150, to: 200 }],
      complete: false,
    });
  });

  it('counts a moment once however many cameras saw it, and any camera makes up for another', () => {
    const left = camera(500, ['ok', 0, 150], ['offline', 150, null]);
    const right = camera(500, ['dark', 0, 140], ['ok', 140, null]);
    expect(coverageOf([left, right], window)).toEqual({ share: 1, gaps: [], complete: true });
    expect(coverageOf([left], window).gaps).toEqual([{ from: 150, to: 200 }]);
  });

  it('takes an interval without an end to last until the next begins', () => {
    expect(coverageOf([camera(500, ['ok', 0, null], ['frozen', 160, null])], window).share).toBeCloseTo(0.6);
  });

  it('stays between nothing and all, and never grows when a camera is worse', () => {
    const states = fc.array(fc.tuple(fc.constantFrom('ok', 'dark', 'offline'), fc.nat(300), fc.option(fc.nat(300))), {
      maxLength: 6,
    });
    fc.assert(
      fc.property(states, fc.nat(300), (list, mark) => {
        const good = camera(mark, ...list.map(([s, f, t]): [string, number, number | null] => [s, f, t]));
        const bad = camera(mark, ...list.map(([, f, t]): [string, number, number | null] => ['dark', f, t]));
        const { share, gaps } = coverageOf([good], window);
        expect(share).toBeGreaterThanOrEqual(0);
        expect(share).toBeLessThanOrEqual(1);
        expect(gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0)).toBeCloseTo((1 - share) * 100);
        expect(coverageOf([bad], window).share).toBe(0);
      }),
    );
  });
});
