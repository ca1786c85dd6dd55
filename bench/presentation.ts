import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Presentation } from '../src/faces/presentation/presentation.ts';
import { openSource } from '../src/media/source.ts';
import { systemClock } from '../src/platform/clock.ts';
import { loadConfig } from '../src/platform/config.ts';
import { DomainError } from '../src/platform/errors.ts';
import { wilson } from '../src/simulation/score/intervals.ts';
import { Draw } from '../src/simulation/world/random.ts';
import { createCameraSession } from '../src/vision/camera-session.ts';
import { driveSession } from '../src/vision/drive.ts';
import { type OpenFaces, openFaces, openMedia } from '../src/vision/open-vision.ts';
import { ATTACKS, GENUINE, KINDS, type Kind, type Model, PASTED, sceneOf } from './support/presentation/cast.ts';
import { modelOf } from './support/presentation/models.ts';
import { film } from './support/presentation/scene.ts';

export interface PresentationOptions {
  readonly people: number;
  readonly seed: number;
  /** DIR/person/photo.jpg; left out: the faces of face-api's sample photographs. */
  readonly photos?: string;
  readonly kinds?: readonly string[];
}

interface Outcome {
  readonly kind: Kind;
  /** Told as a picture: of an attack every appearance with a face, of people any. Null: no face was found at all. */
  readonly suspected: boolean | null;
  /** What was told of each appearance. */
  readonly told: readonly (Presentation | null)[];
}

const FACES_OF_SAMPLES: readonly (readonly [sample: number, faces: number])[] = [
  [1, 4],
  [2, 4],
  [3, 3],
  [4, 4],
  [6, 3],
];

/**
 * Attacks with pictures of people, and people, filmed and watched as a camera's footage is: how many of each kind are told as
 * pictures. People move by imitation (their photographs are warped): docs/presentation-attacks.md says what that means.
 */
export async function benchPresentation(options: PresentationOptions): Promise<object> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const kinds = options.kinds?.map(kindOf) ?? KINDS;
  const config = loadConfig(process.env);
  const faces = await openFaces(config);
  const dir = await mkdtemp(join(tmpdir(), 'claimsight-presentation-'));
  try {
    const outcomes: Outcome[] = [];
    let person = 0;
    for await (const model of models(faces, options)) {
      for (const kind of kinds) {
        const draw = drawOf(options.seed, person, kind);
        const path = join(dir, 'film.mp4');
        const tools = openMedia(config, say);
        await film(tools.binary.path, await sceneOf(kind, model, draw), path);
        outcomes.push({ kind, ...(await watched(path, faces, tools, kind)) });
      }
      say(`${++person} of ${options.people}: ${summary(outcomes)}`);
    }
    return resultOf(outcomes, person, options);
  } finally {
    await faces.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function kindOf(name: string): Kind {
  const kind = KINDS.find((each) => each === name);
  if (kind) return kind;
  throw new DomainError('invalid_input', `there is no kind ${name}`, { remedy: `Name some of: ${KINDS.join(', ')}.` });
}

/** Draws that do not depend on which other kinds are filmed. */
function drawOf(seed: number, person: number, kind: Kind): Draw {
  const mixed = (value: number, by: number): number => Math.imul(value + 1, by) >>> 0;
  const draw = new Draw([
    mixed(person, 0x9e3779b1),
    mixed(KINDS.indexOf(kind), 0x85ebca6b),
    mixed(seed, 0xc2b2ae35),
    4,
  ]);
  for (let i = 0; i < 20; i++) draw.bits();
  return draw;
}

async function* models(faces: OpenFaces, { photos, people }: PresentationOptions): AsyncGenerator<Model> {
  let count = 0;
  for await (const [file, index] of photos === undefined ? samplePhotos() : photosIn(photos, people)) {
    if (count === people) return;
    const model = await modelOf(faces.analyzer, file, index).catch(() => null);
    if (model === null) continue;
    count++;
    yield model;
  }
  if (count === 0)
    throw new DomainError('invalid_input', 'no photograph shows a face', { remedy: 'Name another folder.' });
}

async function* samplePhotos(): AsyncGenerator<readonly [string, number]> {
  const demo = join(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'), '..', 'demo');
  for (const [sample, faces] of FACES_OF_SAMPLES)
    for (let index = 0; index < faces; index++) yield [join(demo, `sample${sample}.jpg`), index];
}

/** People spread evenly over the folder. */
async function* photosIn(dir: string, people: number): AsyncGenerator<readonly [string, number]> {
  const names = (await readdir(dir)).sort();
  const step = Math.max(1, Math.floor(names.length / (people * 1.1)));
  for (let i = 0; i < names.length; i += step) {
    const folder = join(dir, names[i] ?? '');
    const photo = (await readdir(folder).catch(() => [])).sort()[0];
    if (photo !== undefined) yield [join(folder, photo), 0];
  }
}

async function watched(
  path: string,
  faces: OpenFaces,
  tools: ReturnType<typeof openMedia>,
  kind: Kind,
): Promise<Omit<Outcome, 'kind'>> {
  const source = await openSource({ tools, clock: systemClock, url: path, signal: new AbortController().signal });
  const session = createCameraSession({
    ...{ cameraId: 'bench', reader: faces.reader, recognise: true },
    ...{ canGoBack: source.canGoBack, glances: 'grid' },
  });
  const found = new Map<string, Presentation | null>();
  await driveSession({
    source,
    session,
    out: async (events) => {
      for (const event of events)
        if (event.kind === 'appearance' && event.appearance.template !== null)
          found.set(event.appearance.id, event.appearance.presentation ?? null);
    },
  });
  const told = [...found.values()];
  const isTold = (each: Presentation | null): boolean => each?.suspected === true;
  const isAttack = (ATTACKS as readonly string[]).includes(kind);
  return { told, suspected: told.length === 0 ? null : isAttack ? told.every(isTold) : told.some(isTold) };
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

/** Of films in which somebody was seen at all. `missed`: of attacks (APCER); `wrong`: of people (BPCER), with 95 % intervals. */
function figuresOf(outcomes: readonly Outcome[], kinds: readonly Kind[], counted: boolean) {
  const seen = outcomes.filter(({ kind, suspected }) => kinds.includes(kind) && suspected !== null);
  const hits = seen.filter(({ suspected }) => suspected === counted).length;
  const interval = seen.length === 0 ? null : wilson(hits, seen.length);
  return { films: seen.length, count: hits, share: seen.length === 0 ? null : round(hits / seen.length), interval };
}

/** How many of each kind were told as pictures so far. */
const summary = (outcomes: readonly Outcome[]): string =>
  KINDS.map((kind) => ({ kind, ...figuresOf(outcomes, [kind], true) }))
    .filter(({ films }) => films > 0)
    .map(({ kind, count, films }) => `${kind} ${count}/${films}`)
    .join(', ');

function resultOf(outcomes: readonly Outcome[], people: number, { seed }: PresentationOptions): object {
  const each = (kinds: readonly Kind[], counted: boolean) =>
    Object.fromEntries(
      kinds
        .filter((kind) => outcomes.some((outcome) => outcome.kind === kind))
        .map((kind) => [kind, figuresOf(outcomes, [kind], counted)]),
    );
  const caught = figuresOf(outcomes, ATTACKS, true);
  return {
    name: 'presentation',
    ours: caught.share,
    // Without it every picture of somebody passes for him.
    baseline: 0,
    ratio: null,
    ...{ people, seed, unseen: outcomes.filter(({ suspected }) => suspected === null).length },
    missed: each(ATTACKS, false),
    wrong: { all: figuresOf(outcomes, GENUINE, true), ...each(GENUINE, true) },
    pasted: { all: figuresOf(outcomes, PASTED, true), ...each(PASTED, true) },
  };
}
