import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import type { FfmpegJob } from '../../media/ffmpeg/arguments.ts';
import { lastWords } from '../../media/ffmpeg/failure.ts';
import type { RunFfmpeg } from '../../media/ffmpeg/fluent-adapter.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { Scenario, ScenarioCamera } from '../scenario.ts';
import { type Cutout, figureOf, roomOf } from './cutouts.ts';
import { filmFigure } from './lively-figure.ts';
import { type Piece, planFootage } from './timeline.ts';

/** Raise it when anything here changes what footage looks like: footage is kept by what made it. */
const RENDERER = 4;
const EMPTY_UNIT_S = 20;
const WALK_S = 2;
const ENCODERS = 2;

const COLOURS = ['#3d5a80', '#7a4e6d', '#4f6d4a', '#8a5a3c', '#555b6e', '#70493f', '#39607a'];

/**
 * Makes each camera's footage and its index, once: the same scenario finds its footage from last time.
 * @returns path of the index by camera
 */
export async function renderFootage(options: {
  readonly scenario: Scenario;
  readonly cutoutOf: (who: string) => Promise<Cutout>;
  readonly run: RunFfmpeg;
  readonly dir: string;
  readonly onProgress: (done: number, total: number) => void;
}): Promise<Map<string, string>> {
  const { scenario } = options;
  const plans = scenario.cameras.map((camera) => ({ camera, pieces: planFootage(scenario, camera) }));
  const faces = [...scenario.people, ...scenario.staff].map((someone) => [someone.id, someone.face]);
  const total = plans.reduce((sum, { pieces }) => sum + pieces.length + 1, 0);
  let done = 0;
  const step = (): void => options.onProgress(++done, total);
  const indexes = new Map<string, string>();
  for (const { camera, pieces } of plans) {
    const key = createHash('sha256')
      .update(JSON.stringify({ RENDERER, camera, pieces, faces, baseDir: scenario.baseDir }))
      .digest('hex')
      .slice(0, 16);
    const dir = join(options.dir, key);
    const index = join(dir, 'index.json');
    if (!(await exists(index))) await renderCamera({ ...options, camera, pieces, dir, index, step });
    indexes.set(camera.id, index);
  }
  return indexes;
}

async function renderCamera(options: {
  readonly camera: ScenarioCamera;
  readonly pieces: readonly Piece[];
  readonly cutoutOf: (who: string) => Promise<Cutout>;
  readonly run: RunFfmpeg;
  readonly dir: string;
  readonly index: string;
  readonly step: () => void;
}): Promise<void> {
  const { camera, pieces, dir, run, step } = options;
  const work = `${dir}.${newId()}`;
  await mkdir(work, { recursive: true });
  const room = join(work, 'room.png');
  await writeFile(room, await throughLens(await roomOf(camera.width, camera.height), camera));

  const units = new Map<string, string>();
  for (const kind of ['empty', 'dark'] as const) {
    if (kind !== 'empty' && !pieces.some((piece) => piece.kind === kind)) continue;
    const file = join(work, `${kind}.mp4`);
    await encode(run, sceneGraph({ camera, room, kind, figures: [] }), camera, kind, EMPTY_UNIT_S, file);
    units.set(kind, file);
  }
  step();
  const files = new Map<Piece, string>();
  const renderPiece = async (piece: Piece, number: number): Promise<void> => {
    // A frozen picture is one long repetition: joined copies would start anew with each of them.
    if (piece.kind === 'people' || piece.kind === 'frozen') {
      const file = join(work, `piece-${number}.mp4`);
      const figures = await Promise.all(
        piece.actors.map(async (actor, i) => {
          const figure = await figureOf(
            await options.cutoutOf(actor.who),
            actor.facePx,
            COLOURS[(number + i) % COLOURS.length] as string,
          );
          const path = join(work, `figure-${number}-${i}.mkv`);
          const seed = number * 7 + i;
          const seconds = Math.ceil(actor.toS - actor.fromS) + 1;
          const png = await throughLens(figure.png, camera);
          await filmFigure(run, { png, landmarks: figure.landmarks }, { fps: camera.fps, seconds, seed, path });
          return { ...actor, film: path, width: figure.width, height: figure.height, seed };
        }),
      );
      await encode(
        run,
        sceneGraph({ camera, room, kind: piece.kind, figures }),
        camera,
        piece.kind,
        (piece.to - piece.from) / 1000,
        file,
      );
      for (const figure of figures) await rm(figure.film);
      files.set(piece, file);
    }
    step();
  };
  const waiting = [...pieces.entries()];
  await Promise.all(
    Array.from({ length: ENCODERS }, async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) await renderPiece(next[1], next[0]);
    }),
  );

  const segments: { startsAt: string; file: string }[] = [];
  for (const stretch of stretches(pieces)) {
    const name = `${segments.length}.mp4`;
    const startsAt = stretch[0]?.from ?? 0;
    const list = join(work, `${name}.txt`);
    await writeFile(list, concatList(stretch, files, units));
    await finished(
      run({
        input: { before: ['-f', 'concat', '-safe', '0'], url: list },
        outputs: [{ options: ['-c', 'copy', '-movflags', '+faststart'], target: { path: join(work, name) } }],
      }),
    );
    segments.push({ startsAt: new Date(startsAt).toISOString(), file: name });
  }
  await writeFile(
    join(work, 'index.json'),
    JSON.stringify({ startsAt: new Date(pieces[0]?.from ?? 0).toISOString(), segments }, null, 2),
  );
  await rm(dir, { recursive: true, force: true });
  await rename(work, dir);
}

/** Runs of pieces between power cuts. */
function stretches(pieces: readonly Piece[]): Piece[][] {
  const result: Piece[][] = [];
  let current: Piece[] = [];
  for (const piece of pieces) {
    if (piece.kind !== 'off') {
      current.push(piece);
    } else if (current.length > 0) {
      result.push(current);
      current = [];
    }
  }
  if (current.length > 0) result.push(current);
  return result;
}

/** For ffmpeg's concat demuxer: files joined by copying, so that an hour of an empty room costs no encoding. */
function concatList(
  stretch: readonly Piece[],
  files: ReadonlyMap<Piece, string>,
  units: ReadonlyMap<string, string>,
): string {
  const lines = ['ffconcat version 1.0'];
  for (const piece of stretch) {
    const file = files.get(piece);
    if (file) {
      lines.push(`file '${file}'`);
      continue;
    }
    for (let left = (piece.to - piece.from) / 1000; left > 0; left -= EMPTY_UNIT_S) {
      lines.push(`file '${units.get(piece.kind)}'`);
      if (left < EMPTY_UNIT_S) lines.push(`outpoint ${left}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

interface Figure {
  /** With what is around him transparent; begins when he comes. */
  readonly film: string;
  readonly width: number;
  readonly height: number;
  readonly fromS: number;
  readonly toS: number;
  readonly place: 'left' | 'centre' | 'right';
  readonly seed: number;
}

/** The lens's blur and the light, put on the still parts once instead of on every frame. */
async function throughLens(png: Buffer, camera: ScenarioCamera): Promise<Buffer> {
  const light = sharp(png).modulate({ brightness: 1 + camera.brightness, saturation: 0.85 });
  return (camera.blur >= 0.3 ? light.blur(camera.blur) : light).png().toBuffer();
}

const escaped = (path: string): string => path.replaceAll('\\', '/').replace(/([:'\\,[\];])/g, '\\$1');

/** A picture file as an endless stream of frames in `format`; decoded once. */
const still = (path: string, format: string, fps: number): string =>
  `movie=${escaped(path)},format=${format},loop=loop=-1:size=1:start=0,fps=${fps},setpts=N/${fps}/TB`;

/** The whole picture as one filter graph of ffmpeg: the room, people who come, sway and leave, the camera's noise. */
function sceneGraph(options: {
  camera: ScenarioCamera;
  room: string;
  kind: Piece['kind'];
  figures: readonly Figure[];
}): string {
  const { camera, kind } = options;
  const { width, height, fps } = camera;
  const chains = [`${still(options.room, 'yuv420p', fps)}[v0]`];
  options.figures.forEach((figure, i) => {
    chains.push(`movie=${escaped(figure.film)},format=yuva420p,setpts=N/${fps}/TB+${figure.fromS}/TB[p${i}]`);
    const centre = { left: 0.27, centre: 0.45, right: 0.6 }[figure.place] * width - figure.width / 2;
    const outside = figure.seed % 2 === 0 ? -figure.width : width;
    // Walks in, shifts from foot to foot, walks out.
    const come = `clip((t-${figure.fromS})/${WALK_S},0,1)`;
    const go = `clip((${figure.toS}-t)/${WALK_S},0,1)`;
    const x = `${outside}+(${Math.round(centre)}-(${outside}))*${come}*${go}+${width * 0.012}*sin(t*0.9+${figure.seed})`;
    const y = `${Math.round(height * 0.88 - figure.height)}+${height * 0.006}*sin(t*1.7+${figure.seed})`;
    chains.push(
      `[v${i}][p${i}]overlay=x='${x}':y='${y}':eval=frame:format=yuv420:enable='between(t,${figure.fromS},${figure.toS})'[v${i + 1}]`,
    );
  });
  const noise = camera.noise > 0 ? `noise=alls=${camera.noise}:allf=t` : 'null';
  const look = {
    dark: 'eq=brightness=-0.47:contrast=0.08,noise=alls=2:allf=t',
    // One frame again and again, noise and all.
    frozen: `${noise},trim=end_frame=1,loop=loop=-1:size=1:start=0,setpts=N/${fps}/TB`,
  };
  chains.push(`[v${options.figures.length}]${kind === 'dark' || kind === 'frozen' ? look[kind] : noise}[out0]`);
  return chains.join(';');
}

/** A clip of one filter graph. A frozen picture is encoded at one quality, as by a device that gets the same frame over and over. */
async function encode(
  run: RunFfmpeg,
  graph: string,
  camera: ScenarioCamera,
  kind: Piece['kind'],
  seconds: number,
  file: string,
): Promise<void> {
  const quality = kind === 'frozen' ? '-qp 34' : '-crf 32 -maxrate 1200k -bufsize 2400k';
  const options = `-t ${seconds} -r ${camera.fps} -an -c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p ${quality} -bf 0 -g ${camera.fps * 2} -threads 1 -video_track_timescale 12800`;
  const job: FfmpegJob = {
    input: { before: ['-f', 'lavfi'], url: graph },
    outputs: [{ options: options.split(' '), target: { path: file } }],
  };
  await finished(run(job));
}

async function finished(running: ReturnType<RunFfmpeg>): Promise<void> {
  running.stdout.resume();
  const { ok } = await running.done;
  if (!ok)
    throw new DomainError('internal', `ffmpeg could not make the demo's footage: ${lastWords(running.log, 8)}`, {
      remedy: 'Set FFMPEG_PATH to an ffmpeg with libx264.',
    });
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
