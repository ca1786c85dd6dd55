import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portraitOf } from '../../src/demo/footage/cutouts.ts';
import { compareTemplates } from '../../src/faces/compare.ts';
import { createFaceApiEngine } from '../../src/faces/engine/face-api-engine.ts';
import type { FaceTemplate } from '../../src/faces/template.ts';
import { decodeImage } from '../../src/media/decode-image.ts';
import type { RgbImage } from '../../src/media/image.ts';
import type { MediaTools } from '../../src/media/probe.ts';
import { openSource } from '../../src/media/source.ts';
import { toRgb } from '../../src/media/yuv.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { Draw } from '../../src/simulation/world/random.ts';
import type { AppearanceState } from '../../src/vision/appearance.ts';
import { createCameraSession } from '../../src/vision/camera-session.ts';
import { driveSession } from '../../src/vision/drive.ts';
import { lookBox } from '../../src/vision/look-policy.ts';
import type { OpenFaces } from '../../src/vision/open-vision.ts';
import type { Clip, FilmStyle, People } from './clinic-film.ts';
import { letterboxed, NAIVE_FPS, NAIVE_INPUT, NAIVE_SIZE } from './naive.ts';

export interface CaptureFigures {
  readonly visits: number;
  readonly captured: number;
  readonly share: number;
  /** Of different films among them. */
  readonly films: number;
  readonly timesFasterThanRealTime: number;
  readonly framesDropped: number;
  readonly missed: readonly { readonly film: number; readonly facePx: number; readonly seconds: number }[];
  /** Ours against naive's on the same films: similarity to the person's own portrait, and quality. */
  readonly bestShots: {
    readonly films: number;
    readonly atLeastAsLike: number;
    readonly atLeastAsGood: number;
    readonly naiveFoundNone: number;
  } | null;
}

const VISITS_PER_FILM = 20;
/** Two pictures of one face differ by noise alone by so much. */
const LIKE_TOLERANCE = 0.01;
const GOOD_TOLERANCE = 0.02;

/** Visits one after the other with gaps between them, read as recorded footage, as fast as it goes. */
export async function replayVisits(options: {
  readonly tools: MediaTools;
  readonly faces: OpenFaces;
  readonly people: People;
  readonly films: { readonly empty: readonly Clip[]; readonly visits: readonly Clip[] };
  readonly style: FilmStyle;
  readonly visits: number;
  readonly shots: number;
  readonly seed: number;
  readonly say: (text: string) => void;
}): Promise<CaptureFigures> {
  const { films, style, say } = options;
  const draw = new Draw([options.seed, 11, 13, 17]);
  const dir = await mkdtemp(join(tmpdir(), 'claimsight-bench-replay-'));
  const best = new Map<Clip, AppearanceState>();
  const missed: { film: number; facePx: number; seconds: number }[] = [];
  let captured = 0;
  let filmSeconds = 0;
  let dropped = 0;
  const beganAt = performance.now();
  try {
    const order = Array.from({ length: options.visits }, (_, i) => films.visits[i % films.visits.length] as Clip);
    for (let first = 0; first < order.length; first += VISITS_PER_FILM) {
      const film = await compose(
        options.tools,
        dir,
        order.slice(first, first + VISITS_PER_FILM),
        options.films,
        style,
        draw,
      );
      filmSeconds += film.seconds;
      const { people, framesDropped } = await watched(options, film.file);
      dropped += framesDropped;
      for (const { clip, from, to } of film.visits) {
        const found = people.filter((each) => each.template !== null && each.from < to * 1000 && each.to > from * 1000);
        if (found.length > 0) captured++;
        else {
          const visit = clip.visit;
          missed.push({
            film: films.visits.indexOf(clip),
            facePx: visit?.facePx ?? 0,
            seconds: Math.round((visit?.to ?? 0) - (visit?.from ?? 0)),
          });
        }
        for (const each of found) {
          const known = best.get(clip);
          if (!known || each.quality > known.quality) best.set(clip, each);
        }
      }
      say(`${Math.min(order.length, first + VISITS_PER_FILM)} visits replayed, ${captured} captured`);
    }
    const seconds = (performance.now() - beganAt) / 1000;
    return {
      visits: options.visits,
      captured,
      share: Number((captured / Math.max(1, options.visits)).toFixed(4)),
      films: Math.min(options.visits, films.visits.length),
      timesFasterThanRealTime: Number((filmSeconds / seconds).toFixed(1)),
      framesDropped: dropped,
      missed,
      bestShots: options.shots > 0 ? await compareShots(options, best) : null,
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function compose(
  tools: MediaTools,
  dir: string,
  clips: readonly Clip[],
  films: { readonly empty: readonly Clip[] },
  style: FilmStyle,
  draw: Draw,
): Promise<{ file: string; seconds: number; visits: { clip: Clip; from: number; to: number }[] }> {
  const lines = ['ffconcat version 1.0'];
  const visits: { clip: Clip; from: number; to: number }[] = [];
  let at = 0;
  const empty = (seconds: number): void => {
    lines.push(`file '${films.empty[draw.below(films.empty.length)]?.file}'`, `outpoint ${seconds}`);
    at += seconds;
  };
  for (const clip of clips) {
    empty(style.gopSeconds * (4 + draw.below(6)));
    lines.push(`file '${clip.file}'`);
    if (clip.visit) visits.push({ clip, from: at + clip.visit.from, to: at + clip.visit.to });
    at += clip.seconds;
  }
  empty(10);
  const list = join(dir, 'list.txt');
  const file = join(dir, 'film.mp4');
  await writeFile(list, `${lines.join('\n')}\n`);
  const running = tools.run({
    input: { before: ['-y', '-f', 'concat', '-safe', '0'], url: list },
    outputs: [{ options: ['-c', 'copy', '-movflags', '+faststart'], target: { path: file } }],
  });
  running.stdout.resume();
  if (!(await running.done).ok) throw new Error(`ffmpeg could not join films: ${running.log.slice(-3).join(' ')}`);
  return { file, seconds: at, visits };
}

async function watched(
  options: { readonly tools: MediaTools; readonly faces: OpenFaces },
  file: string,
): Promise<{ people: AppearanceState[]; framesDropped: number }> {
  const stop = new AbortController();
  const source = await openSource({ tools: options.tools, clock: systemClock, url: file, signal: stop.signal });
  const session = createCameraSession({
    cameraId: 'bench',
    reader: options.faces.reader,
    recognise: true,
    canGoBack: source.canGoBack,
  });
  const found = new Map<string, AppearanceState>();
  await driveSession({
    source,
    session,
    out: async (events) => {
      for (const event of events) if (event.kind === 'appearance') found.set(event.appearance.id, event.appearance);
    },
  });
  return { people: [...found.values()], framesDropped: source.framesDropped };
}

async function compareShots(
  options: Parameters<typeof replayVisits>[0],
  best: ReadonlyMap<Clip, AppearanceState>,
): Promise<CaptureFigures['bestShots']> {
  const { faces, people, say } = options;
  const engine = await createFaceApiEngine();
  const portraits = new Map<string, FaceTemplate | null>();
  const judged = async (image: RgbImage): Promise<{ quality: number; template: FaceTemplate } | null> => {
    const face = (await faces.analyzer.analyze(image, { mode: 'portrait' }))[0];
    const template = face && (await faces.analyzer.describe([face]))[0];
    return face && template ? { quality: face.quality.value, template } : null;
  };
  const figures = { films: 0, atLeastAsLike: 0, atLeastAsGood: 0, naiveFoundNone: 0 };
  for (const clip of options.films.visits.slice(0, options.shots)) {
    const person = clip.visit?.person ?? '';
    if (!portraits.has(person))
      portraits.set(
        person,
        (await judged(await decodeImage(await portraitOf(await people.cutoutOf(person)))))?.template ?? null,
      );
    const portrait = portraits.get(person);
    if (!portrait) continue;
    figures.films++;
    const shot = best.get(clip)?.shots[0];
    const ours = shot ? await judged(shot.image) : null;
    const theirs = await naiveShot(options.tools, engine, clip);
    const naive = theirs ? await judged(theirs) : null;
    if (!naive) figures.naiveFoundNone++;
    const like = (one: typeof ours): number => (one ? compareTemplates(one.template, portrait) : -1);
    if (like(ours) >= like(naive) - LIKE_TOLERANCE) figures.atLeastAsLike++;
    if ((ours?.quality ?? 0) >= (naive?.quality ?? 0) - GOOD_TOLERANCE) figures.atLeastAsGood++;
    if (figures.films % 10 === 0) say(`best shots of ${figures.films} films compared`);
  }
  await engine.close();
  const share = (count: number): number => Number((count / Math.max(1, figures.films)).toFixed(4));
  return { ...figures, atLeastAsLike: share(figures.atLeastAsLike), atLeastAsGood: share(figures.atLeastAsGood) };
}

/** Naive's best shot: of all frames, five a second, the face of which its detector is surest, weighed by its size. */
async function naiveShot(
  tools: MediaTools,
  engine: Awaited<ReturnType<typeof createFaceApiEngine>>,
  clip: Clip,
): Promise<RgbImage | null> {
  const stop = new AbortController();
  const source = await openSource({
    ...{ tools, clock: systemClock, url: clip.file, signal: stop.signal },
    ...{ fps: NAIVE_FPS, glanceFps: null, limit: NAIVE_SIZE },
  });
  let best: { worth: number; image: RgbImage } | null = null;
  for await (const event of source.events()) {
    if (event.kind !== 'frame') continue;
    const { image } = event.frame;
    const side = Math.max(image.width, image.height);
    for (const { box, score } of await engine.detectTiny(letterboxed(toRgb(image)), { minScore: 0.5 })) {
      const scale = side / NAIVE_INPUT;
      const face = { x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale };
      const worth = score * Math.sqrt(face.width * face.height);
      if (best === null || worth > best.worth) best = { worth, image: toRgb(image, lookBox(face)) };
    }
  }
  return best?.image ?? null;
}
