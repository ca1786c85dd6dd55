import { describe, expect, it } from 'vitest';
import { appearances, empty, end, faceAt, final, marks, syntheticCamera, who } from '../../support/synthetic-camera.ts';

describe('an appearance', () => {
  it('is told within 3 s of the first face, with a template, and closed where the person was last seen', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 10, empty);
    const told = camera.events.length;
    await camera.play(10_000, 3, (s) => ({ faces: [faceAt(1, 60 + 20 * s)] }));
    const first = appearances(camera.events.slice(told))[0];
    expect(first).toMatchObject({ state: 'open', from: 10_000 });
    expect(first && who(first)).toBe(1);
    await camera.play(13_000, 10, empty);
    expect(final(camera.events)).toMatchObject([{ state: 'closed', from: 10_000, to: 12_750 }]);
  });

  it('keeps three best shots that are not one picture thrice, and counts what was pooled', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 20, (s) => ({ faces: [faceAt(2, 60 + 8 * s, 80, { quality: 0.3 + 0.6 * Math.sin(s / 8) })] }));
    end(camera);
    const [appearance] = final(camera.events);
    expect(appearance?.shots).toHaveLength(3);
    const times = appearance?.shots.map(({ at }) => at).sort((a, b) => a - b) ?? [];
    expect(times.every((at, i) => i === 0 || at - (times[i - 1] ?? 0) >= 1_000)).toBe(true);
    expect(appearance?.quality).toBeGreaterThan(0.8);
    expect(appearance?.faces).toBeGreaterThan(3);
  });

  it('is revised when it becomes better, not at every picture', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 30, (s) => ({ faces: [faceAt(2, 60 + 5 * s, 80, { quality: s < 10 ? 0.3 : 0.9 })] }));
    const told = appearances(camera.events);
    expect(told.length).toBeGreaterThan(1);
    expect(told.length).toBeLessThan(10);
    expect(told.at(-1)?.quality).toBeCloseTo(0.9);
  });

  it('goes on when the person turns away for some seconds', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 4, (s) => ({ faces: [faceAt(3, 100 + 5 * s)] }));
    await camera.play(4_000, 3.5, empty);
    await camera.play(7_500, 4, (s) => ({ faces: [faceAt(3, 200 + 5 * s)] }));
    await camera.play(11_500, 8, empty);
    expect(final(camera.events)).toMatchObject([{ from: 0, state: 'closed' }]);
    expect(final(camera.events)[0]?.to).toBeGreaterThanOrEqual(11_000);
  });

  it('is another one for the next person in the same place, however soon he comes', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 6, () => ({ faces: [faceAt(4, 100)] }));
    await camera.play(6_000, 1, empty);
    await camera.play(7_000, 6, () => ({ faces: [faceAt(5, 100)] }));
    await camera.play(13_000, 8, empty);
    expect(final(camera.events).map((each) => [who(each), each.from, each.to])).toEqual([
      [4, 0, 5_750],
      [5, 7_000, 12_750],
    ]);
  });

  it('is two for two people who cross, each with a face of his own', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 10, (s) => {
      const left = 30 + 26 * s;
      const right = 290 - 26 * s;
      // Where they meet, one hides the other.
      return { faces: Math.abs(left - right) < 30 ? [faceAt(6, left)] : [faceAt(6, left), faceAt(7, right)] };
    });
    end(camera);
    const told = final(camera.events);
    expect(told.map(who).sort()).toEqual([6, 7]);
    for (const each of told) {
      expect(each.to - each.from).toBeGreaterThan(9_000);
      expect(Math.max(...(each.template?.vector ?? []))).toBeGreaterThan(0.999);
    }
  });

  it.each([
    ['what cannot be described', 3, (mid: number) => faceAt(null, mid, 80, { score: 0.45 })],
    ['what looks like one of them', 6, (mid: number) => faceAt(6, mid - 10, 80, { score: 0.45 })],
    ['what looks like somebody else', 6, (mid: number) => faceAt(8, mid - 10, 80, { score: 0.45 })],
  ])('is two for two people who cross, whatever is seen between their faces: %s', async (_what, from, between) => {
    const camera = syntheticCamera();
    await camera.play(0, 10, (s) => {
      const left = 30 + 26 * s;
      const right = 290 - 26 * s;
      const gap = Math.abs(left - right);
      if (gap < 45) return { faces: [faceAt(6, left)] };
      const faces = [faceAt(6, left), faceAt(7, right)];
      return { faces: s > from && gap < 75 ? [...faces, between((left + right) / 2)] : faces };
    });
    end(camera);
    expect(final(camera.events).map(who).sort()).toEqual([6, 7]);
  });

  it('is put right when somebody takes another’s place between two pictures', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 5, () => ({ faces: [faceAt(8, 100)] }));
    await camera.play(5_000, 8, (s) => ({ faces: [faceAt(9, 102 + 3 * s)] }));
    end(camera);
    const told = final(camera.events);
    expect(told.map(who)).toEqual([8, 9]);
    expect(told[0]?.to).toBeLessThanOrEqual(told[1]?.from ?? 0);
  });

  it('ends when another face stands there, and does not go on beside the one who took the place', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 20, (s) => ({ faces: [faceAt(8, 100 + (s % 2))] }));
    await camera.play(20_000, 12, (s) => ({ faces: [faceAt(9, 100 + (s % 2))] }));
    end(camera);
    const told = final(camera.events);
    expect(told.map(who)).toEqual([8, 9]);
    expect(told[0]?.to).toBeLessThanOrEqual(told[1]?.from ?? 0);
  });

  it('ends soon after somebody else stands in the same place from one picture to the next', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 20, (s) => ({ faces: [faceAt(8, 100 + (s % 2))] }));
    const described = camera.reader.described;
    await camera.play(20_000, 6, (s) => ({ faces: [faceAt(3, 100 + (s % 2))] }));
    end(camera);
    const told = final(camera.events);
    expect(told.map(who)).toEqual([8, 3]);
    expect(told[0]?.to).toBeLessThan(21_500);
    expect(told[1]?.from).toBeLessThan(21_500);
    // And nobody is described more often for it while he is himself.
    expect(described).toBeLessThan(16);
  });

  it('ends where the film is cut to somebody else in the same place, and goes on for one who is in both scenes', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 20, (s) => ({ faces: [faceAt(1, 100 + (s % 2))] }));
    await camera.play(20_000, 10, (s) => ({ scene: 1, faces: [faceAt(2, 100 + (s % 2))] }));
    await camera.play(30_000, 10, (s) => ({ scene: 2, faces: [faceAt(2, 200 + (s % 2))] }));
    end(camera);
    expect(final(camera.events).map((each) => [who(each), each.from, each.to])).toEqual([
      [1, 0, 19_750],
      [2, 20_000, 39_750],
    ]);
  });

  it('is found at once in a room that the film is cut to', async () => {
    const camera = syntheticCamera({ canGoBack: true });
    await camera.play(0, 12, empty, { fps: 1, gear: 'glance' });
    await camera.play(12_000, 1, () => ({ scene: 1, faces: [faceAt(1, 100)] }), { fps: 1, gear: 'glance' });
    expect(camera.wishes).toMatchObject([{ kind: 'closer' }]);
  });

  it('is not made of a flicker', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 3, empty);
    await camera.play(3_000, 0.25, () => ({ faces: [faceAt(1, 100, 80, { score: 0.5 })] }));
    await camera.play(3_250, 10, empty);
    end(camera);
    expect(appearances(camera.events)).toEqual([]);
  });

  it('counts somebody whose face cannot be described, without a template', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 5, (s) => ({ faces: [faceAt(null, 100 + 4 * s)] }));
    end(camera);
    expect(final(camera.events)).toMatchObject([{ template: null, faces: 0, shots: [] }]);
  });
});

describe('without face recognition', () => {
  it('people are counted, and no face is described or kept', async () => {
    const camera = syntheticCamera({ recognise: false });
    await camera.play(0, 5, (s) => ({ faces: [faceAt(1, 60 + 4 * s), faceAt(2, 220 - 4 * s)] }));
    end(camera);
    expect(final(camera.events)).toMatchObject([
      { template: null, shots: [], state: 'closed' },
      { template: null, shots: [], state: 'closed' },
    ]);
    expect(camera.reader.described).toBe(0);
  });
});

describe('the watermark', () => {
  it('never passes somebody who has been seen and not told', async () => {
    const camera = syntheticCamera();
    for (let at = 0; at < 30_000; at += 1_000) {
      await camera.play(at, 1, (s) => ({ faces: at >= 10_000 && at < 15_000 ? [faceAt(1, 100 + s)] : [] }));
      const mark = marks(camera.events).at(-1) ?? 0;
      const told = appearances(camera.events);
      if (mark > 10_000) expect(told.some(({ from }) => from === 10_000)).toBe(true);
    }
    const all = marks(camera.events);
    expect(all.at(-1)).toBeGreaterThan(28_000);
    expect([...all].sort((a, b) => a - b)).toEqual(all);
  });

  it('waits for a moment while somebody else may stand there, not for as long as his face cannot be seen', async () => {
    const camera = syntheticCamera();
    const at = await camera.play(0, 15, (s) => ({ faces: [faceAt(1, 100 + (s % 2))] }));
    const another = (person: number | null) => () => ({ faces: [faceAt(person, 100, 80, { looksLike: 1 })] });
    // Described every 5 s by now: he is seen to be another once, and then looks down.
    let changed = at;
    const described = () => camera.reader.described;
    for (let before = described(); described() === before; ) changed = await camera.play(changed, 0.25, another(2));
    const struckAt = changed - 250;
    await camera.play(changed, 3, another(null));
    expect(marks(camera.events).at(-1)).toBeLessThanOrEqual(struckAt);
    const before = described();
    await camera.play(changed + 3_000, 20, another(null));
    expect(marks(camera.events).at(-1)).toBeGreaterThan(changed + 20_000);
    expect(described() - before).toBeLessThan(30);
  });

  it('waits while the camera may be dark, and passes once that is said', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 20, empty);
    await camera.play(20_000, 8, () => ({ light: 18 }));
    expect(marks(camera.events).at(-1)).toBeLessThanOrEqual(20_000);
    await camera.play(28_000, 10, () => ({ light: 18 }));
    expect(marks(camera.events).at(-1)).toBeGreaterThan(36_000);
    expect(camera.events).toContainEqual(
      expect.objectContaining({
        kind: 'device',
        interval: expect.objectContaining({ state: 'dark', from: 20_000, to: null }),
      }),
    );
  });

  it('passes an outage', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 10, empty);
    for (let at = 12_000; at <= 60_000; at += 2_000)
      camera.events.push(...camera.session.silent(at, 10_000, 'no power').events);
    expect(marks(camera.events).at(-1)).toBe(60_000);
    expect(camera.events).toContainEqual(
      expect.objectContaining({
        interval: expect.objectContaining({ state: 'offline', from: 10_000, reason: 'no power' }),
      }),
    );
  });
});

describe('an empty room', () => {
  it('is searched for faces only now and then', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 120, empty);
    expect(camera.reader.finds).toBeLessThan(40);
  });

  it('does not hide somebody who never moves', async () => {
    const camera = syntheticCamera();
    await camera.play(0, 30, () => ({ faces: [faceAt(1, 100)] }));
    expect(final(camera.events)).toMatchObject([{ from: 0, state: 'open' }]);
  });

  it('is only glanced at, and read again from before the moment when something comes', async () => {
    const camera = syntheticCamera({ canGoBack: true });
    await camera.play(0, 10, empty, { fps: 1, gear: 'glance' });
    expect(camera.wishes).toEqual([]);
    await camera.play(10_000, 1, () => ({ faces: [faceAt(1, 100)] }), { fps: 1, gear: 'glance' });
    expect(camera.wishes).toEqual([{ kind: 'closer', fromAt: 8_500 }]);
    expect(marks(camera.events).at(-1)).toBeLessThanOrEqual(8_500);
    await camera.play(8_500, 1, empty);
    await camera.play(9_500, 4, (s) => ({ faces: [faceAt(1, 100 + s)] }));
    await camera.play(13_500, 12, empty);
    expect(final(camera.events)).toMatchObject([{ from: 9_500, state: 'closed' }]);
    expect(camera.wishes.at(-1)).toEqual({ kind: 'relax' });
  });
});

describe('footage that is read again after a crash', () => {
  it('keeps the ids of what is found again, and voids what is not', async () => {
    const camera = syntheticCamera({
      resume: {
        watermark: 9_000,
        device: { state: 'ok', from: 0 },
        adoptable: [
          { id: 'here', from: 4_250, to: 8_000 },
          { id: 'gone', from: 6_000, to: 7_000 },
        ],
      },
    });
    await camera.play(4_000, 8, (s) => ({ faces: [faceAt(1, 100 + s)] }));
    await camera.play(12_000, 8, empty);
    expect(final(camera.events)).toMatchObject([{ id: 'here', from: 4_250, to: 11_750, state: 'closed' }]);
    expect(camera.events).toContainEqual({ kind: 'void', id: 'gone', from: 6_000 });
    expect(Math.min(...marks(camera.events))).toBeGreaterThan(9_000);
    expect(camera.events.filter(({ kind }) => kind === 'device')).toEqual([]);
  });

  it('gives the same ids when it is read twice', async () => {
    const ids = async (): Promise<string[]> => {
      const camera = syntheticCamera();
      await camera.play(0, 6, (s) => ({ faces: [faceAt(1, 60 + s), faceAt(2, 220 + s)] }));
      end(camera);
      return final(camera.events).map(({ id }) => id);
    };
    const first = await ids();
    expect(first).toHaveLength(2);
    expect(await ids()).toEqual(first);
  });
});
