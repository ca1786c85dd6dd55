import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { locateFfmpeg } from '../../src/media/ffmpeg/locate.ts';

const run = promisify(execFile);
const samples = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo');

/** Faces of face-api's sample photographs, each a person of his own: photograph and box in its pixels. */
export const PEOPLE = {
  ann: { photo: 1, x: 1478, y: 217, width: 196, height: 220 },
  bea: { photo: 3, x: 584, y: 312, width: 201, height: 285 },
  cora: { photo: 6, x: 243, y: 453, width: 216, height: 314 },
  dora: { photo: 4, x: 660, y: 62, width: 191, height: 252 },
  emma: { photo: 2, x: 1445, y: 138, width: 199, height: 258 },
} as const;
export const photoOf = (number: number): string => join(samples, `sample${number}.jpg`);
export type PersonName = keyof typeof PEOPLE;

export interface Walk {
  readonly who: PersonName;
  /** Seconds. */
  readonly from: number;
  readonly to: number;
  /** Centre of the face, in shares of the picture, at the beginning and at the end. */
  readonly start: readonly [number, number];
  readonly end?: readonly [number, number];
  /** Height of the face in pixels. Default 150. */
  readonly facePx?: number;
}

export interface Scene {
  readonly seconds: number;
  readonly size?: readonly [number, number];
  readonly fps?: number;
  /** Strength of the sensor noise; 0 for a picture that does not change at all. Default 6. */
  readonly noise?: number;
  readonly people?: readonly Walk[];
  /** The light is off from the first second to the second. */
  readonly dark?: readonly [number, number];
  readonly keyframeSeconds?: number;
  /** No pictures that refer to later ones, as cameras send it. */
  readonly baseline?: boolean;
  /** Default: 1200 for 1280×720, in proportion. */
  readonly kbps?: number;
}

/** The crop of a sample photograph that shows one person, as ffmpeg's crop: face in the middle, no neighbour. */
const cropOf = ({
  x,
  y,
  width,
  height,
}: (typeof PEOPLE)[PersonName]): { x: number; y: number; w: number; h: number } => {
  const top = Math.max(0, y - Math.round(height * 0.25));
  return {
    x: Math.max(0, x - Math.round(width * 0.3)),
    y: top,
    w: Math.round(width * 1.6),
    h: Math.round(height * 1.6),
  };
};

/** Makes H.264 footage of people before a blurred room. */
export async function makeFootage(path: string, scene: Scene): Promise<string> {
  const [width, height] = scene.size ?? [640, 360];
  const fps = scene.fps ?? 12;
  const people = scene.people ?? [];
  // Each picture is prepared once and then repeated.
  const repeat = `setsar=1,loop=loop=-1:size=1:start=0,setpts=N/(${fps}*TB)`;
  const inputs = ['-framerate', String(fps), '-i', join(samples, 'sample5.jpg')];
  const filters = [`[0:v]scale=${width}:${height},gblur=sigma=${Math.round(width / 24)},${repeat}[room]`];
  let last = 'room';
  people.forEach((walk, i) => {
    const person = PEOPLE[walk.who];
    const crop = cropOf(person);
    const scale = (walk.facePx ?? 150) / person.height;
    const [x0, y0] = walk.start;
    const [x1, y1] = walk.end ?? walk.start;
    const share = `(t-${walk.from})/${Math.max(0.001, walk.to - walk.from)}`;
    inputs.push('-framerate', String(fps), '-i', join(samples, `sample${person.photo}.jpg`));
    const w = Math.round((crop.w * scale) / 2) * 2;
    const h = Math.round((crop.h * scale) / 2) * 2;
    filters.push(
      `[${i + 1}:v]crop=${crop.w}:${crop.h}:${crop.x}:${crop.y},scale=${w}:${h},${repeat}[p${i}]`,
      `[${last}][p${i}]overlay=x='W*(${x0}+(${x1}-${x0})*${share})-w/2':y='H*(${y0}+(${y1}-${y0})*${share})-h/2':enable='between(t,${walk.from},${walk.to})'[o${i}]`,
    );
    last = `o${i}`;
  });
  const noise = scene.noise ?? 6;
  const kbps = scene.kbps ?? Math.round((1_200 * width * height) / (1280 * 720));
  const finish = [
    ...(scene.dark ? [`eq=brightness=-1:enable='between(t,${scene.dark[0]},${scene.dark[1]})'`] : []),
    ...(noise > 0 ? [`noise=alls=${noise}:allf=t:all_seed=4116`] : []),
    'format=yuv420p',
  ];
  filters.push(`[${last}]${finish.join(',')}[out]`);
  await run(
    locateFfmpeg(process.env).path,
    [
      // One thread: the same scene is the same film, so that a test fails for what it means or not at all.
      ...['-y', '-v', 'error', '-nostdin', '-filter_complex_threads', '1', ...inputs],
      ...['-filter_complex', filters.join(';'), '-map', '[out]', '-threads', '1'],
      ...['-t', String(scene.seconds), '-r', String(fps), '-c:v', 'libx264', '-preset', 'superfast'],
      ...(scene.baseline ? ['-bf', '0'] : []),
      ...['-b:v', `${kbps}k`, '-maxrate', `${2 * kbps}k`, '-bufsize', `${4 * kbps}k`],
      ...[
        '-g',
        String(Math.round(fps * (scene.keyframeSeconds ?? 2))),
        '-sc_threshold',
        '0',
        '-movflags',
        '+faststart',
        path,
      ],
    ],
    { maxBuffer: 1e7 },
  );
  return path;
}
