import { describe, expect, it } from 'vitest';
import { empty, end, faceAt, final, marks, type Played, syntheticCamera, who } from '../../support/synthetic-camera.ts';

describe('somebody who stays', () => {
  const sits = (person: number) => () => ({ faces: [faceAt(person, 100)] });
  const seated = async (): Promise<{ camera: Played; at: number }> => {
    const camera = syntheticCamera({ canGoBack: true, glances: 'arrival' });
    let at = await camera.play(0, 4, empty);
    while (camera.wishes.at(-1)?.kind !== 'relax' || at < 10_000) at = await camera.play(at, 1, sits(1));
    expect(at).toBeLessThan(60_000);
    return { camera, at };
  };

  it('is watched by keyframes once he is well known, and told where he left', async () => {
    const { camera, at } = await seated();
    const finds = camera.reader.finds;
    const wishes = camera.wishes.length;
    const later = await camera.play(at, 120, sits(1), { fps: 0.5, gear: 'glance' });
    expect(camera.wishes).toHaveLength(wishes);
    expect(camera.reader.finds).toBe(finds);
    // It waits for the last comparison, which is made every six seconds.
    expect(marks(camera.events).at(-1)).toBeGreaterThan(later - 9_000);
    await camera.play(later, 2, empty, { fps: 0.5, gear: 'glance' });
    expect(camera.wishes.at(-1)).toEqual({ kind: 'closer', fromAt: later - 2_000 });
    await camera.play(later - 2_000, 1, sits(1));
    await camera.play(later - 1_000, 12, empty);
    expect(final(camera.events)).toMatchObject([{ from: 4_000, to: later - 1_250, state: 'closed' }]);
  });

  it('is not taken for another who sits down in his place between two keyframes', async () => {
    const { camera, at } = await seated();
    const later = await camera.play(at, 20, sits(1), { fps: 0.5, gear: 'glance' });
    await camera.play(later, 10, sits(2), { fps: 0.5, gear: 'glance' });
    expect(camera.wishes.at(-1)).toMatchObject({ kind: 'closer' });
  });

  it('hides nobody who comes to him', async () => {
    const { camera, at } = await seated();
    const later = await camera.play(at, 10, sits(1), { fps: 0.5, gear: 'glance' });
    const two = () => ({ faces: [faceAt(1, 100), faceAt(2, 250)] });
    await camera.play(later, 2, two, { fps: 0.5, gear: 'glance' });
    expect(camera.wishes.at(-1)).toEqual({ kind: 'closer', fromAt: later - 2_000 });
    await camera.play(later - 2_000, 4, two);
    expect(final(camera.events)).toHaveLength(2);
  });

  it.each([
    ['beside him', 130],
    ['where only he seemed to move', 150],
  ])('hides nobody who turns up %s', async (_where, x) => {
    const { camera, at } = await seated();
    const later = await camera.play(at, 10, sits(1), { fps: 0.5, gear: 'glance' });
    const two = () => ({ faces: [faceAt(1, 100), faceAt(2, x, 95)] });
    await camera.play(later, 2, two, { fps: 0.5, gear: 'glance' });
    expect(camera.wishes.at(-1)).toEqual({ kind: 'closer', fromAt: later - 2_000 });
  });

  it('is no two people', async () => {
    const camera = syntheticCamera({ canGoBack: true, glances: 'arrival' });
    const two = () => ({ faces: [faceAt(1, 100), faceAt(2, 130, 80, { looksLike: 1 })] });
    let at = 0;
    while (camera.wishes.at(-1)?.kind !== 'relax' && at < 60_000) at = await camera.play(at, 1, two);
    const later = await camera.play(at, 10, two, { fps: 0.5, gear: 'glance' });
    expect(camera.wishes.at(-1)?.kind).toBe('relax');
    // One left, and the other leans to where both faces were.
    const one = () => ({ faces: [faceAt(1, 115)] });
    await camera.play(later, 2, one, { fps: 0.5, gear: 'glance' });
    expect(camera.wishes.at(-1)).toEqual({ kind: 'closer', fromAt: later - 2_000 });
  });

  it('and proves to be another was promised by nobody: all since he was last himself is read again', async () => {
    const { camera, at } = await seated();
    let later = await camera.play(at, 20, sits(1), { fps: 0.5, gear: 'glance' });
    const changedAt = later;
    const another = () => ({ faces: [faceAt(2, 100, 80, { looksLike: 1 })] });
    while (camera.wishes.at(-1)?.kind !== 'closer' && later < changedAt + 20_000)
      later = await camera.play(later, 2, another, { fps: 0.5, gear: 'glance' });
    const wish = camera.wishes.at(-1);
    const fromAt = wish?.kind === 'closer' ? wish.fromAt : Number.NaN;
    expect(fromAt).toBeLessThanOrEqual(changedAt);
    expect(marks(camera.events).at(-1)).toBeLessThanOrEqual(fromAt);
    await camera.play(fromAt, (changedAt - fromAt) / 1000, sits(1));
    await camera.play(changedAt, 20, another);
    end(camera);
    const told = final(camera.events);
    expect(told.map(who)).toEqual([1, 2]);
    expect(told[0]?.to).toBeLessThan(told[1]?.from ?? 0);
  });

  it('is not looked for in hours past when the camera went away before a close look', async () => {
    const { camera, at } = await seated();
    const later = await camera.play(at, 600, sits(1), { fps: 0.5, gear: 'glance' });
    await camera.play(later, 4, empty, { fps: 0.5, gear: 'glance' });
    expect(camera.wishes.slice(-2)).toEqual([
      { kind: 'closer', fromAt: later - 2_000 },
      { kind: 'closer', fromAt: later - 2_000 },
    ]);
  });
});

describe('a camera that was away', () => {
  it.each([
    ['while somebody sat there', [faceAt(1, 100)]],
    ['while nobody was there', []],
  ])('%s is read from its return on: there is nothing before it', async (_when, faces) => {
    const camera = syntheticCamera({ canGoBack: true, glances: 'arrival' });
    let at = 0;
    while (camera.wishes.at(-1)?.kind !== 'relax' && at < 60_000) at = await camera.play(at, 1, () => ({ faces }));
    const gone = await camera.play(at, 10, () => ({ faces }), { fps: 0.5, gear: 'glance' });
    const back = gone + 600_000;
    for (let silent = gone + 4_000; silent < back; silent += 2_000)
      camera.events.push(...camera.session.silent(silent, gone - 2_000, 'no power').events);
    await camera.play(back, 2, () => ({ faces: [faceAt(2, 250)] }), { fps: 0.5, gear: 'glance' });
    expect(camera.wishes.at(-1)).toEqual({ kind: 'closer', fromAt: back });
  });
});
