import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadModelCard } from '../../../src/faces/load-model-card.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { loadConfig } from '../../../src/platform/config.ts';
import { type OpenFaces, openFaces } from '../../../src/vision/open-vision.ts';
import { runWatch, type WatchResult } from '../../../src/vision/watch.ts';
import { makeFootage, PEOPLE, type PersonName, photoOf } from '../../support/footage.ts';
import { mediaTools } from '../../support/media-tools.ts';

let faces: OpenFaces;
let dir: string;
let gallery: string;

beforeAll(async () => {
  faces = await openFaces(loadConfig({}));
  dir = await mkdtemp(join(tmpdir(), 'claimsight-watch-'));
  gallery = join(dir, 'gallery');
  for (const who of Object.keys(PEOPLE) as PersonName[]) {
    const { x, y, width, height, photo } = PEOPLE[who];
    await mkdir(join(gallery, who), { recursive: true });
    const left = Math.max(0, Math.round(x - width * 0.4));
    const top = Math.max(0, Math.round(y - height * 0.3));
    await sharp(photoOf(photo))
      .extract({ left, top, width: Math.min(Math.round(width * 1.8), 1920 - left), height: Math.round(height * 1.6) })
      .jpeg()
      .toFile(join(gallery, who, 'portrait.jpg'));
  }
});
afterAll(async () => {
  await faces.close();
  await rm(dir, { recursive: true, force: true });
});

async function watch(source: string, more: { gallery?: string } = {}): Promise<WatchResult> {
  const { analyzer, reader } = faces;
  const use = { tools: mediaTools(), analyzer, reader, card: await loadModelCard(), clock: systemClock };
  return runWatch({ source, gallery, progress: () => undefined, use, ...more });
}
const people = (result: WatchResult) => result.appearances.map(({ best }) => `${best?.person} ${best?.verdict}`);

describe('claimsight watch', () => {
  it('tells who came when, also of two who cross', async () => {
    const film = await makeFootage(join(dir, 'cross.mp4'), {
      seconds: 12,
      size: [960, 540],
      fps: 8,
      people: [
        { who: 'cora', from: 1, to: 10, start: [0.12, 0.5], end: [0.88, 0.5], facePx: 130 },
        { who: 'dora', from: 1, to: 10, start: [0.88, 0.5], end: [0.12, 0.5], facePx: 130 },
      ],
    });
    const result = await watch(film);
    expect(people(result).sort()).toEqual(['cora match', 'dora match']);
    for (const { from, to, faces: pooled, quality } of result.appearances) {
      expect(from).toBeCloseTo(1, 0);
      expect(to).toBeGreaterThan(9);
      expect(pooled).toBeGreaterThan(2);
      expect(quality).toBeGreaterThan(0.3);
    }
  });

  it('sees upright footage of another size and rate, and far faces', async () => {
    const film = await makeFootage(join(dir, 'tall.mp4'), {
      seconds: 6,
      size: [540, 960],
      fps: 18,
      people: [{ who: 'bea', from: 1, to: 5, start: [0.5, 0.3], end: [0.5, 0.35], facePx: 75 }],
    });
    const result = await watch(film);
    expect(result.source).toMatchObject({ width: 540, height: 960, fps: 18 });
    expect(people(result)).toEqual(['bea match']);
  });

  it('finds nobody in an empty room, whose camera is dark for a while', async () => {
    const result = await watch(
      await makeFootage(join(dir, 'dark.mp4'), { seconds: 34, size: [320, 240], fps: 8, dark: [8, 26] }),
    );
    expect(result.appearances).toEqual([]);
    expect(result.device.map(({ state }) => state)).toEqual(['ok', 'dark', 'ok']);
  });

  it('works without a gallery, and says what is wrong with a source or a gallery', async () => {
    const film = await makeFootage(join(dir, 'one.mp4'), {
      seconds: 5,
      people: [{ who: 'emma', from: 1, to: 5, start: [0.5, 0.5] }],
    });
    const { analyzer, reader } = faces;
    const use = { tools: mediaTools(), analyzer, reader, card: await loadModelCard(), clock: systemClock };
    const result = await runWatch({ source: film, progress: () => undefined, use });
    expect(result.appearances).toMatchObject([{ best: null }]);
    await expect(watch(photoOf(1))).rejects.toThrow('a single picture');
    await expect(watch(join(dir, 'nowhere.mp4'))).rejects.toThrow('no such file');
    await expect(watch(film, { gallery: join(dir, 'nobody') })).rejects.toMatchObject({ code: 'invalid_input' });
  });
});
