import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Kind, type Model, sceneOf } from '../../../bench/support/presentation/cast.ts';
import { modelOf } from '../../../bench/support/presentation/models.ts';
import { film } from '../../../bench/support/presentation/scene.ts';
import { loadModelCard } from '../../../src/faces/load-model-card.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { loadConfig } from '../../../src/platform/config.ts';
import { Draw } from '../../../src/simulation/world/random.ts';
import { type OpenFaces, openFaces } from '../../../src/vision/open-vision.ts';
import { runWatch, type WatchResult } from '../../../src/vision/watch.ts';
import { makeFootage, PEOPLE, photoOf } from '../../support/footage.ts';
import { mediaTools } from '../../support/media-tools.ts';

let faces: OpenFaces;
let dir: string;
let bea: Model;

beforeAll(async () => {
  faces = await openFaces(loadConfig({}));
  dir = await mkdtemp(join(tmpdir(), 'claimsight-presentation-'));
  bea = await modelOf(faces.analyzer, photoOf(PEOPLE.bea.photo), 0);
  const { x, y, width, height, photo } = PEOPLE.bea;
  await mkdir(join(dir, 'gallery', 'bea'), { recursive: true });
  await sharp(photoOf(photo))
    .extract({
      left: Math.round(x - width * 0.4),
      top: Math.round(y - height * 0.3),
      width: Math.round(width * 1.8),
      height: Math.round(height * 1.6),
    })
    .jpeg()
    .toFile(join(dir, 'gallery', 'bea', 'portrait.jpg'));
});
afterAll(async () => {
  await faces.close();
  await rm(dir, { recursive: true, force: true });
});

async function watch(source: string): Promise<WatchResult['appearances']> {
  const { analyzer, reader } = faces;
  const use = { tools: mediaTools(), analyzer, reader, card: await loadModelCard(), clock: systemClock };
  return (await runWatch({ source, gallery: join(dir, 'gallery'), progress: () => undefined, use })).appearances;
}

/** What `claimsight watch` says of bea, or of a picture of her. */
async function told(kind: Kind, seconds: number): Promise<WatchResult['appearances']> {
  const draw = new Draw([11, 0x5eed, 0xcafe, 4]);
  for (let i = 0; i < 20; i++) draw.bits();
  const drawnScene = await sceneOf(kind, bea, draw, { facePx: 90, seconds });
  // A monitor whose pixels are about as large as the camera's.
  const actors = drawnScene.actors.map((actor) =>
    kind.startsWith('monitor') && actor.panel ? { ...actor, panel: { ...actor.panel, pitch: 1.8 } } : actor,
  );
  return watch(await film(mediaTools().binary.path, { ...drawnScene, actors }, join(dir, `${kind}.mp4`)));
}

it.each([
  ['print_margin', 'held_picture'],
  ['print_bent', 'held_picture'],
  ['phone_photo', 'held_picture'],
  ['tablet_video', 'held_picture'],
  ['monitor_photo', 'screen'],
  ['monitor_video', 'screen'],
] as const)('takes %s for what it is: nothing follows from the face in it', async (kind, sign) => {
  const appearances = await told(kind, 16);
  expect(appearances.length).toBeGreaterThan(0);
  for (const { best, presentation } of appearances) {
    expect(presentation).toMatchObject({ suspected: true, kind: sign });
    expect(best?.verdict).toBe('cannot_tell');
  }
  expect(appearances.map(({ best }) => best?.reason)).toContain('presentation_suspected');
});

it('takes a poster for what it is after two minutes, not before', async () => {
  const hung = (seconds: number): Promise<string> =>
    makeFootage(join(dir, `poster-${seconds}.mp4`), {
      ...{ seconds, size: [480, 270], fps: 5 },
      people: [{ who: 'bea', from: 0, to: seconds, start: [0.3, 0.4], facePx: 90 }],
    });
  expect(await watch(await hung(135))).toMatchObject([
    { best: { person: 'bea', verdict: 'cannot_tell' }, presentation: { suspected: true, kind: 'static_picture' } },
  ]);
  expect(await watch(await hung(30))).toMatchObject([
    { best: { person: 'bea', verdict: 'match' }, presentation: { suspected: false } },
  ]);
});

it.each([
  ['walks', 16],
  ['stands', 20],
  ['sits', 40],
  // Photographs that are moved about are no proof of deceit either: films are made of them.
  ['pasted_walks', 16],
  ['pasted_stands', 20],
] as const)('leaves in peace who %s', async (kind, seconds) => {
  const appearances = await told(kind, seconds);
  expect(appearances).toMatchObject([
    { best: { person: 'bea', verdict: 'match' }, presentation: { suspected: false } },
  ]);
});
