import { createHash } from 'node:crypto';
import { access, mkdir, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { type Cutout, createCutter, figureOf, roomOf } from '../../src/demo/footage/cutouts.ts';
import type { FaceAnalyzer } from '../../src/faces/analyzer.ts';
import { lastWords } from '../../src/media/ffmpeg/failure.ts';
import type { RunFfmpeg } from '../../src/media/ffmpeg/fluent-adapter.ts';
import { Draw } from '../../src/simulation/world/random.ts';

/** One size and rate of simulated cameras. */
export interface FilmStyle {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly gopSeconds: number;
  readonly kbps: number;
}

export const USUAL_STYLE: FilmStyle = { width: 1280, height: 720, fps: 15, gopSeconds: 2, kbps: 1_000 };
/** The two streams of a camera that has a main and a sub-stream. */
export const MAIN_STYLE: FilmStyle = { width: 1920, height: 1080, fps: 15, gopSeconds: 2, kbps: 4_000 };
export const SUB_STYLE: FilmStyle = { width: 640, height: 360, fps: 15, gopSeconds: 2, kbps: 400 };

/** A piece of footage, whole groups of pictures long. Times in seconds from its beginning. */
export interface Clip {
  readonly file: string;
  readonly seconds: number;
  /** Null: nobody. */
  readonly visit: {
    readonly from: number;
    readonly to: number;
    readonly person: string;
    readonly facePx: number;
  } | null;
}

/** The clear faces of face-api's sample photographs, as `sample`/`index` from the left. */
const FACES_PER_SAMPLE: readonly (readonly [sample: number, faces: number])[] = [
  [1, 4],
  [2, 4],
  [3, 3],
  [4, 4],
  [6, 3],
];
const COLOURS = ['#3d5a80', '#7a4e6d', '#4f6d4a', '#8a5a3c', '#555b6e', '#70493f'];
const EMPTY_SECONDS = 20;
const WALK_S = 2;
/** Raise it when anything here changes what the films look like. */
const EDITION = 2;

export interface People {
  readonly names: readonly string[];
  cutoutOf(person: string): Promise<Cutout>;
}

export async function readPeople(analyzer: FaceAnalyzer): Promise<People> {
  const cutter = createCutter({ analyzer, baseDir: '.' });
  const found = new Map<string, Cutout>();
  for (const [sample, faces] of FACES_PER_SAMPLE) {
    for (let index = 0; index < faces; index++) {
      const cutout = await cutter({ sample, index }).catch(() => null);
      if (cutout) found.set(`${sample}-${index}`, cutout);
    }
  }
  return {
    names: [...found.keys()],
    cutoutOf: async (person) => {
      const cutout = found.get(person);
      if (!cutout) throw new Error(`nobody is called ${person}`);
      return cutout;
    },
  };
}

/**
 * Films of one clinic room: empty ones, and visits of 20 to 120 s (their lengths spread evenly on a logarithmic scale) by real
 * faces of several sizes who walk in at any moment of a group of pictures, shift from foot to foot and leave. Made once and
 * kept in the temporary folder.
 */
export async function makeClips(options: {
  readonly run: RunFfmpeg;
  readonly people: People;
  readonly style: FilmStyle;
  readonly visits: number;
  readonly seed: number;
  readonly longest?: number;
  readonly say: (text: string) => void;
}): Promise<{ readonly empty: readonly Clip[]; readonly visits: readonly Clip[] }> {
  const { style, people, say } = options;
  const key = createHash('sha256')
    .update(JSON.stringify([EDITION, style, options.seed, options.longest ?? 0, people.names]))
    .digest('hex')
    .slice(0, 12);
  const dir = join(tmpdir(), `claimsight-bench-films-${key}`);
  await mkdir(dir, { recursive: true });
  const room = join(dir, 'room.png');
  await writeFile(
    room,
    await sharp(await roomOf(style.width, style.height))
      .blur(0.6)
      .png()
      .toBuffer(),
  );
  const draw = new Draw([options.seed, 0x5eed, 0xcafe, 1]);

  const empty: Clip[] = [];
  for (let i = 0; i < 3; i++) {
    const file = join(dir, `empty-${i}.mp4`);
    await encode(options.run, style, { room, figure: null, seconds: EMPTY_SECONDS, seed: i, file });
    empty.push({ file, seconds: EMPTY_SECONDS, visit: null });
  }
  const visits: Clip[] = [];
  for (let i = 0; i < options.visits; i++) {
    const person = people.names[Math.floor(draw.unit() * people.names.length)] ?? '';
    const stay = 20 * (Math.min(options.longest ?? 120, 120) / 20) ** draw.unit();
    const from = draw.unit() * style.gopSeconds;
    // The face in the figure, as wide as it would be at 3 to 1.2 metres.
    const facePx = Math.round((style.width / 1280) * (44 + 76 * draw.unit()));
    const place = 0.25 + 0.5 * draw.unit();
    const to = from + stay;
    const seconds = Math.ceil((to + 1) / style.gopSeconds) * style.gopSeconds;
    const file = join(dir, `visit-${i}.mp4`);
    if (!(await exists(file))) {
      if (i % 10 === 0) say(`filming visit ${i + 1} of ${options.visits}`);
      const figure = await figureOf(await people.cutoutOf(person), facePx, COLOURS[i % COLOURS.length] ?? '#444');
      const png = join(dir, `figure-${i}.png`);
      await writeFile(png, await sharp(figure.png).modulate({ brightness: 0.95, saturation: 0.85 }).png().toBuffer());
      await encode(options.run, style, {
        room,
        figure: { png, width: figure.width, height: figure.height, place, from, to, seed: i },
        seconds,
        seed: i,
        file,
      });
    }
    // Whole in the picture once he has walked in.
    visits.push({ file, seconds, visit: { from, to, person, facePx } });
  }
  return { empty, visits };
}

interface Figure {
  readonly png: string;
  readonly width: number;
  readonly height: number;
  readonly place: number;
  readonly from: number;
  readonly to: number;
  readonly seed: number;
}

async function encode(
  run: RunFfmpeg,
  style: FilmStyle,
  film: { room: string; figure: Figure | null; seconds: number; seed: number; file: string },
): Promise<void> {
  if (await exists(film.file)) return;
  const { width, height, fps } = style;
  const still = (path: string, format: string): string =>
    `movie=${path},format=${format},loop=loop=-1:size=1:start=0,fps=${fps},setpts=N/${fps}/TB`;
  const chains = [`${still(film.room, 'yuv420p')}[v0]`];
  if (film.figure) {
    const { png, place, from, to, seed } = film.figure;
    chains.push(`${still(png, 'yuva420p')}[p]`);
    const outside = seed % 2 === 0 ? -film.figure.width : width;
    const come = `clip((t-${from})/${WALK_S},0,1)`;
    const go = `clip((${to}-t)/${WALK_S},0,1)`;
    const stand = Math.round(place * width - film.figure.width / 2);
    const x = `${outside}+(${stand}-(${outside}))*${come}*${go}+${width * 0.012}*sin(t*0.7+${seed})`;
    const y = `${Math.round(height * 0.92 - film.figure.height)}+${height * 0.005}*sin(t*1.3+${seed})`;
    chains.push(`[v0][p]overlay=x='${x}':y='${y}':eval=frame:format=yuv420:enable='between(t,${from},${to})'[v1]`);
  }
  chains.push(`[v${film.figure ? 1 : 0}]noise=alls=6:allf=t:all_seed=${1_000 + film.seed}[out0]`);
  const options = [
    ...`-t ${film.seconds} -r ${fps} -an -c:v libx264 -preset superfast -pix_fmt yuv420p -bf 0`.split(' '),
    ...`-b:v ${style.kbps}k -maxrate ${2 * style.kbps}k -bufsize ${4 * style.kbps}k`.split(' '),
    ...`-g ${fps * style.gopSeconds} -keyint_min ${fps * style.gopSeconds} -sc_threshold 0 -video_track_timescale 15000 -f mp4`.split(
      ' ',
    ),
  ];
  const making = `${film.file}.part`;
  const running = run({
    input: { before: ['-f', 'lavfi'], url: chains.join(';') },
    outputs: [{ options, target: { path: making } }],
  });
  running.stdout.resume();
  const { ok } = await running.done;
  if (!ok) throw new Error(`ffmpeg could not film: ${lastWords(running.log, 8)}`);
  await rename(making, film.file);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
