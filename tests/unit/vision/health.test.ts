import { describe, expect, it } from 'vitest';
import { lumaGrid, lumaSamples } from '../../../src/media/yuv.ts';
import { createHealthMonitor, type StateInterval } from '../../../src/vision/health.ts';
import { changedBlocks } from '../../../src/vision/motion-gate.ts';
import { type SyntheticFrame, syntheticImage } from '../../support/synthetic-camera.ts';

/** Plays seconds of scenes at 1 fps and lists the states that began. */
function play(scenes: readonly [number, SyntheticFrame][], monitor = createHealthMonitor()): StateInterval[] {
  const all: StateInterval[] = [];
  let at = 0;
  for (const [seconds, scene] of scenes) {
    for (let i = 0; i < seconds; i++, at += 1_000) {
      const image = syntheticImage(scene, scene.noise === 0 ? 1 : at + 1);
      all.push(...monitor.frame(at, lumaGrid(image, 80, 45), lumaSamples(image)));
    }
  }
  return all;
}
const begun = (intervals: readonly StateInterval[]): [string, number][] =>
  intervals.filter(({ to }) => to === null).map(({ state, from }) => [state, from]);

describe('what pictures say of the camera', () => {
  it('ok from the first picture', () => {
    expect(begun(play([[5, {}]]))).toEqual([['ok', 0]]);
  });

  it('dark from where it became dark, once it lasts; light again at once', () => {
    const states = play([
      [30, {}],
      [40, { light: 18 }],
      [30, {}],
    ]);
    expect(begun(states)).toEqual([
      ['ok', 0],
      ['dark', 30_000],
      ['ok', 70_000],
    ]);
    expect(states.filter(({ to }) => to !== null).map(({ state, to }) => [state, to])).toEqual([
      ['ok', 30_000],
      ['dark', 70_000],
    ]);
  });

  it('not dark for a blink of the light', () => {
    expect(
      begun(
        play([
          [30, {}],
          [5, { light: 18 }],
          [30, {}],
        ]),
      ),
    ).toEqual([['ok', 0]]);
  });

  it('frozen when not even noise is left, after a minute and from its beginning', () => {
    const states = begun(
      play([
        [40, {}],
        [90, { noise: 0 }],
        [20, {}],
      ]),
    );
    expect(states.map(([state]) => state)).toEqual(['ok', 'frozen', 'ok']);
    expect(Math.abs((states[1]?.[1] ?? 0) - 40_000)).toBeLessThanOrEqual(3_000);
    expect(Math.abs((states[2]?.[1] ?? 0) - 130_000)).toBeLessThanOrEqual(3_000);
  });

  it('not frozen when an encoder is silent for less than a minute, or a quiet room is only noise', () => {
    expect(
      begun(
        play([
          [40, {}],
          [50, { noise: 0 }],
          [40, {}],
        ]),
      ),
    ).toEqual([['ok', 0]]);
    expect(begun(play([[200, { noise: 1 }]]))).toEqual([['ok', 0]]);
  });

  it('offline from the last picture, and only when it lasts', () => {
    const monitor = createHealthMonitor();
    play([[10, {}]], monitor);
    expect(monitor.silent(12_000, 10_000, 'x')).toEqual([]);
    expect(monitor.doubtFrom).toBe(10_000);
    expect(begun(monitor.silent(15_000, 10_000, 'no power'))).toEqual([['offline', 10_000]]);
    expect(monitor.doubtFrom).toBeNull();
  });
});

describe('motion', () => {
  const grid = (frame: SyntheticFrame, seed: number) => lumaGrid(syntheticImage(frame, seed), 80, 45);

  it('is not noise, and not a cloud over the sun', () => {
    expect(changedBlocks(grid({}, 1), grid({}, 2))).toBeLessThan(4);
    expect(changedBlocks(grid({}, 1), grid({ light: 125 }, 2))).toBeLessThan(4);
  });

  it('is somebody, even far away', () => {
    const far = { faces: [{ person: 1, box: { x: 100, y: 60, width: 14, height: 16 } }] };
    expect(changedBlocks(grid({}, 1), grid(far, 2))).toBeGreaterThan(6);
  });
});
