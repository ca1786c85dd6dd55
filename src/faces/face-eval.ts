import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { DomainError } from '../platform/errors.ts';
import type { FaceAnalyzer } from './analyzer.ts';
import { type ApparentReader, openApparentReader } from './engine/apparent.ts';
import type { FaceEngine } from './engine/engine.ts';
import { allPairs, type EvaluatedPhoto, type FaceEvalFigures, measure, type PhotoPair } from './face-eval-figures.ts';
import { apparentOf } from './look-alikes.ts';
import { openAnalyzer } from './open-analyzer.ts';
import { listPhotos, type Photo, readMainFace } from './photo-folder.ts';
import { type Progress, progressOnStderr } from './progress.ts';

export interface FaceEvalOptions {
  /** DIR/person/photo.jpg */
  readonly images: string;
  /** LFW's pairs.txt: `name 1 2` or `name1 1 name2 2` per line. Without it every pair is measured. */
  readonly pairs?: string;
  /** Path of the model card; the built-in one unless given. */
  readonly card?: string;
  readonly engine?: FaceEngine['name'];
  readonly threads?: number;
  readonly modelDir?: string;
  /** Told after each photograph; writes to stderr unless given. */
  readonly onProgress?: Progress;
}

export interface FaceEvalResult extends FaceEvalFigures {
  readonly engine: string;
  readonly templateVersion: string;
  readonly calibrationId: string | null;
}

const MIN_FACE_PX = 40;

/**
 * Measures the pipeline on a folder of photographs. Throws `invalid_input` when it holds no pair of the same person or none
 * of different people.
 */
export async function runFaceEval(options: FaceEvalOptions): Promise<FaceEvalResult> {
  const photos = await listPhotos(options.images);
  const pairs = options.pairs ? parsePairs(await readPairs(options.pairs), photos) : null;
  checkPairs(photos, pairs);
  const { analyzer, card, engine, close } = await openAnalyzer({
    ...(options.card !== undefined && { card: options.card }),
    ...(options.engine && { name: options.engine }),
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.modelDir !== undefined && { modelDir: options.modelDir }),
  });
  const looks = await openApparentReader({
    ...(options.threads !== undefined && { threads: options.threads }),
    ...(options.modelDir !== undefined && { modelDir: options.modelDir }),
  });
  try {
    const onProgress = options.onProgress ?? progressOnStderr('photographs');
    const measured: EvaluatedPhoto[] = [];
    for (const photo of photos) {
      measured.push(await templateOf(analyzer, looks, photo));
      onProgress(measured.length, photos.length);
    }
    return {
      ...measure(measured, pairs ?? allPairs(measured.length), card),
      engine: engine.version,
      templateVersion: analyzer.templateVersion,
      calibrationId: card.calibration?.id ?? null,
    };
  } finally {
    await looks.close();
    await close();
  }
}

async function templateOf(analyzer: FaceAnalyzer, looks: ApparentReader, photo: Photo): Promise<EvaluatedPhoto> {
  const found = await readMainFace(analyzer, photo, MIN_FACE_PX);
  const [template = null] = found ? await analyzer.describe([found.face]) : [];
  const apparent = found && (await apparentOf(looks, found.image, found.face));
  return { person: photo.person, template, quality: found?.face.quality.value ?? 0, apparent };
}

async function readPairs(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new DomainError(
      'invalid_input',
      `The pairs file ${file} cannot be read.`,
      { remedy: 'Give a file that exists.' },
      { cause: error },
    );
  }
}

/**
 * Reads LFW's pairs.txt. Its first line (number of sets, pairs per kind and set) may be missing; without it the pairs are
 * dealt out to ten folds in turn. Throws `invalid_input` for a line that names no photograph.
 */
export function parsePairs(text: string, photos: readonly Photo[]): PhotoPair[] {
  const places = new Map(photos.map((photo, i) => [photoKey(photo), i]));
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first);
  const header = lines[0]?.every((field) => /^\d+$/.test(field)) ? lines.shift() : undefined;
  const pairsPerFold = header?.length === 2 ? 2 * Number(header[1]) : null;
  const placeOf = (name: string, number: string, line: readonly string[]) => {
    const place = places.get(`${name} ${Number(number)}`);
    if (place === undefined)
      throw new DomainError('invalid_input', `The pairs file names a photograph that is not there: ${line.join(' ')}`, {
        remedy: 'Each line is "name 1 2" or "name1 1 name2 2"; photographs are DIR/name/name_0001.jpg.',
      });
    return place;
  };
  return lines.map((line, i) => {
    const [name = '', first = '', second = '', last] = line;
    const a = placeOf(name, first, line);
    const b = last === undefined ? placeOf(name, second, line) : placeOf(second, last, line);
    return { a, b, fold: pairsPerFold ? Math.floor(i / pairsPerFold) % 10 : i % 10 };
  });
}

/** The person and the number at the end of the file's name, as pairs.txt has them. */
function photoKey({ person, file }: Photo): string {
  const number = /(\d+)$/.exec(path.parse(file).name)?.[1] ?? '1';
  return `${person} ${Number(number)}`;
}

function checkPairs(photos: readonly Photo[], pairs: readonly PhotoPair[] | null): void {
  const people = new Set(photos.map(({ person }) => person)).size;
  const sameIn = (list: readonly PhotoPair[]) =>
    list.filter(({ a, b }) => photos[a]?.person === photos[b]?.person).length;
  const genuine = pairs ? sameIn(pairs) : photos.length - people;
  const impostor = pairs ? pairs.length - genuine : people - 1;
  if (genuine < 1 || impostor < 1)
    throw new DomainError(
      'invalid_input',
      'There is nothing to measure: pairs of the same person and of different people are needed.',
      {
        remedy: 'Lay out at least two people, one of them with two photographs, as DIR/person/photo.jpg.',
      },
    );
}
