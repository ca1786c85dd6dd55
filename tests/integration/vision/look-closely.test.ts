import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loadModelCard } from '../../../src/faces/load-model-card.ts';
import type { Gear, SourceEvent, VideoSource } from '../../../src/media/frame.ts';
import { openSource } from '../../../src/media/source.ts';
import { systemClock } from '../../../src/platform/clock.ts';
import { loadConfig } from '../../../src/platform/config.ts';
import type { AppearanceState } from '../../../src/vision/appearance.ts';
import { type CameraSession, createCameraSession } from '../../../src/vision/camera-session.ts';
import { driveSession } from '../../../src/vision/drive.ts';
import { type OpenFaces, openFaces } from '../../../src/vision/open-vision.ts';
import { runWatch } from '../../../src/vision/watch.ts';
import { makeFootage, type Scene } from '../../support/footage.ts';
import { mediaTools } from '../../support/media-tools.ts';
import { rtspServerMissing, startRtspServer } from '../../support/rtsp-server.ts';

const missing = rtspServerMissing();
const tools = mediaTools();
let faces: OpenFaces;
let dir: string;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  faces = await openFaces(loadConfig({}));
  dir = await mkdtemp(join(tmpdir(), 'claimsight-look-'));
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(async () => {
  await faces.close();
  await rm(dir, { recursive: true, force: true });
});

interface Watched {
  readonly people: AppearanceState[];
  readonly gears: Gear[];
  readonly events: SourceEvent[];
  /** Device time of the film's beginning. */
  readonly zero: number;
}

const segmentsOf = (events: readonly SourceEvent[]) =>
  events.flatMap((event) => (event.kind === 'segment' ? [event.segment] : []));

/** Watches a film as a live camera, until its stream ends. */
async function watchLive(
  name: string,
  scene: Scene,
  each?: (event: SourceEvent, session: CameraSession, source: VideoSource) => void,
  mainUrl?: string,
): Promise<Watched> {
  const film = await makeFootage(join(dir, name), { size: [640, 360], fps: 10, baseline: true, ...scene });
  const server = await startRtspServer(film);
  closers.push(server.stop);
  const stop = new AbortController();
  const source = await openSource({
    tools,
    clock: systemClock,
    url: server.url,
    signal: stop.signal,
    segmentSeconds: 4,
    ...(mainUrl === undefined ? {} : { mainUrl }),
  });
  const session = createCameraSession({
    cameraId: name,
    reader: faces.reader,
    recognise: true,
    canGoBack: source.canGoBack,
    glances: 'arrival',
  });
  const found = new Map<string, AppearanceState>();
  const events: SourceEvent[] = [];
  await driveSession({
    source,
    session,
    before: (event) => {
      events.push(event);
      each?.(event, session, source);
      if (event.kind === 'failed' && event.error.details.gopMs === undefined) stop.abort();
    },
    out: async (told) => {
      for (const event of told) if (event.kind === 'appearance') found.set(event.appearance.id, event.appearance);
    },
  });
  const frames = events.flatMap((event) => (event.kind === 'frame' ? [event.frame] : []));
  return {
    people: [...found.values()].sort((a, b) => a.from - b.from),
    gears: frames.map(({ gear }) => gear),
    events,
    // The first picture comes late, while ffmpeg still finds out what it is.
    zero: segmentsOf(events)[0]?.from ?? 0,
  };
}

describe.skipIf(missing)('a live camera', () => {
  it('is watched by its keyframes; around somebody every frame is looked at, from before the keyframe that showed him', async () => {
    const { people, gears, events, zero } = await watchLive('visit.mp4', {
      seconds: 22,
      people: [{ who: 'ann', from: 5, to: 11, start: [0.3, 0.5], end: [0.6, 0.5], facePx: 110 }],
    });
    expect(people).toHaveLength(1);
    const [ann] = people;
    expect(ann?.template).not.toBeNull();
    // The keyframes stand at even seconds: he came in the middle of a group.
    expect(Math.abs((ann?.from ?? 0) - zero - 5_000)).toBeLessThan(800);
    expect(Math.abs((ann?.to ?? 0) - (ann?.from ?? 0) - 6_000)).toBeLessThan(1_000);
    expect(gears[0]).toBe('glance');
    expect(gears).toContain('close');
    expect(events.find(({ kind }) => kind === 'reading')).toMatchObject({ reading: 'keyframes' });
    const segments = segmentsOf(events);
    expect(segments.length).toBeGreaterThan(2);
    for (const [i, segment] of segments.entries())
      expect(segment.from).toBeGreaterThanOrEqual(segments[i - 1]?.to ?? 0);
  });

  it('with nobody there is never decoded but for its keyframes, until a settlement says that somebody is', async () => {
    let expected = false;
    const { gears, people } = await watchLive('empty.mp4', { seconds: 14 }, (event, session) => {
      if (event.kind !== 'frame') return;
      if (event.frame.gear === 'glance' && !expected && event.frame.seq >= 3) {
        expected = true;
        session.expect(event.frame.at + 2_000);
      }
    });
    expect(people).toEqual([]);
    expect(gears.slice(0, 3)).toEqual(['glance', 'glance', 'glance']);
    expect(gears).toContain('close');
  });

  it('has its main stream opened while somebody stays, and loses nobody by the change', async () => {
    const scene: Scene = {
      seconds: 26,
      people: [{ who: 'dora', from: 4, to: 20, start: [0.35, 0.5], end: [0.6, 0.5], facePx: 60 }],
    };
    const large = await makeFootage(join(dir, 'main.mp4'), {
      ...{ fps: 10, baseline: true, ...scene, size: [1280, 720] },
      people: scene.people?.map((walk) => ({ ...walk, facePx: 120 })) ?? [],
    });
    const main = await startRtspServer(large);
    closers.push(main.stop);
    const { people, events } = await watchLive('sub.mp4', scene, undefined, main.url);
    const widths = new Set(events.flatMap((event) => (event.kind === 'frame' ? [event.frame.image.width] : [])));
    expect([...widths]).toEqual([640, 1280]);
    expect(people.length).toBeGreaterThan(0);
    const [dora] = people;
    expect(dora?.shots.some((shot) => shot.frame.width === 1280)).toBe(true);
    const times = events.flatMap((event) =>
      event.kind === 'frame' && event.frame.gear === 'close' ? [event.frame.at] : [],
    );
    expect(times.every((at, i) => i === 0 || at > (times[i - 1] ?? 0))).toBe(true);
  });

  it('whose keyframes are too rare is reported and decoded in full: nobody is lost', async () => {
    const { people, events, gears } = await watchLive('rare.mp4', {
      seconds: 30,
      keyframeSeconds: 5,
      people: [{ who: 'bea', from: 1, to: 28, start: [0.4, 0.5], end: [0.6, 0.5], facePx: 110 }],
    });
    const reading = events.filter((event) => event.kind === 'reading');
    expect(reading[0]).toMatchObject({ reading: 'every_frame', gopMs: expect.closeTo(5_000, -3) });
    expect(gears.at(-1)).toBe('close');
    expect(people.length).toBeGreaterThan(0);
  });
});

describe('recorded footage', () => {
  it('of 1920×1080 shows a face of 40 pixels', async () => {
    const film = await makeFootage(join(dir, 'far.mp4'), {
      seconds: 10,
      size: [1920, 1080],
      fps: 12,
      kbps: 6_000,
      people: [{ who: 'cora', from: 2, to: 8, start: [0.3, 0.4], end: [0.36, 0.4], facePx: 40 }],
    });
    const { analyzer, reader } = faces;
    const use = { tools, analyzer, reader, card: await loadModelCard(), clock: systemClock };
    const result = await runWatch({ source: film, progress: () => undefined, use });
    expect(result.appearances).toHaveLength(1);
    expect(result.appearances[0]?.from).toBeCloseTo(2, 0);
  });
});
