import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { ensureModels } from '../models/build/ensure-models.ts';
import { createFaceAnalyzer } from '../src/faces/analyzer.ts';
import {
  DESCRIPTOR_CHIP_SIZE,
  type FaceEngine,
  LANDMARK_CHIP_SIZE,
  SSD_INPUT_SIZE,
} from '../src/faces/engine/engine.ts';
import { createFaceApiEngine } from '../src/faces/engine/face-api-engine.ts';
import { openFaceEngine } from '../src/faces/engine/open-engine.ts';
import { drawRegion } from '../src/faces/resample.ts';
import { decodeImage } from '../src/media/decode-image.ts';
import type { RgbImage } from '../src/media/image.ts';
import { letterboxed } from './support/naive.ts';
import { quantise } from './support/quantise.ts';

export interface InferenceOptions {
  readonly rounds: number;
}

const SAMPLES = [1, 2, 3, 4, 5, 6];
const BATCH = 8;
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** CPU milliseconds of this process, all threads. */
async function cpuMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/**
 * The face networks in onnxruntime with one thread (ours) against face-api on TensorFlow.js, on identical pictures, in turns;
 * then int8 against float. CPU milliseconds, medians.
 */
export async function benchInference({ rounds }: InferenceOptions): Promise<object> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const ours = await openFaceEngine({ threads: 1 });
  const theirs = await createFaceApiEngine();
  try {
    const { photographs, chips, landmarkChips } = await pictures(ours);
    const wide = photographs.map(letterboxed);
    const square = photographs.map((image) => {
      const side = Math.max(image.width, image.height);
      return drawRegion(image, { x: 0, y: 0, width: side, height: side }, SSD_INPUT_SIZE, SSD_INPUT_SIZE);
    });
    const eight = Array.from({ length: BATCH }, (_, i) => chips[i % chips.length] as RgbImage);
    const works: Record<string, { per: number; run: (engine: FaceEngine) => Promise<unknown> }> = {
      ssd512: {
        per: square.length,
        run: async (e) => each(square, (picture) => e.detectSsd(picture, { minScore: 0.5 })),
      },
      tiny416: {
        per: wide.length,
        run: async (e) => each(wide, (picture) => e.detectTiny(picture, { minScore: 0.5 })),
      },
      landmarks: { per: landmarkChips.length, run: (e) => e.landmarks(landmarkChips) },
      recognition: { per: BATCH, run: (e) => e.describe(eight) },
    };
    const networks: Record<string, { ours: number; faceApi: number; ratio: number }> = {};
    let [oursTotal, theirsTotal] = [0, 0];
    for (const [name, { per, run }] of Object.entries(works)) {
      const times = { ours: [] as number[], theirs: [] as number[] };
      await run(ours);
      await run(theirs);
      for (let i = 0; i < rounds; i++) {
        times.theirs.push((await cpuMs(() => run(theirs))) / per);
        times.ours.push((await cpuMs(() => run(ours))) / per);
      }
      const [a, b] = [median(times.ours), median(times.theirs)];
      networks[name] = { ours: round(a), faceApi: round(b), ratio: round(b / a, 1) };
      // A face from a camera's picture to its descriptor takes one of each but the thorough detector.
      if (name !== 'ssd512') {
        oursTotal += a;
        theirsTotal += b;
      }
      say(`${name}: ${a.toFixed(2)} ms against ${b.toFixed(2)} ms`);
    }
    return {
      name: 'inference',
      unit: 'CPU milliseconds for one face: tiny detector at 416, landmarks, descriptor',
      ours: round(oursTotal),
      baseline: round(theirsTotal),
      ratio: round(theirsTotal / oursTotal, 1),
      engines: { ours: ours.version, baseline: theirs.version },
      networks,
      largestDifference: await difference(ours, theirs, eight),
      int8: await tryInt8(rounds, chips, wide, say),
    };
  } finally {
    await ours.close();
    await theirs.close();
  }
}

async function each<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

/** Real crops: the faces of face-api's sample photographs. */
async function pictures(engine: FaceEngine) {
  const dir = join(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'), '..', 'demo');
  const analyzer = createFaceAnalyzer({ engine });
  const photographs: RgbImage[] = [];
  const chips: RgbImage[] = [];
  const landmarkChips: RgbImage[] = [];
  for (const sample of SAMPLES) {
    const image = await decodeImage(await readFile(join(dir, `sample${sample}.jpg`)), { maxSide: 1280 });
    photographs.push(image);
    for (const face of await analyzer.analyze(image, { mode: 'portrait' })) {
      chips.push(face.chip);
      landmarkChips.push(
        drawRegion(
          face.chip,
          { x: 0, y: 0, width: DESCRIPTOR_CHIP_SIZE, height: DESCRIPTOR_CHIP_SIZE },
          LANDMARK_CHIP_SIZE,
          LANDMARK_CHIP_SIZE,
        ),
      );
    }
  }
  return { photographs, chips, landmarkChips };
}

async function difference(ours: FaceEngine, theirs: FaceEngine, chips: readonly RgbImage[]): Promise<number> {
  const [a, b] = [await ours.describe(chips), await theirs.describe(chips)];
  let most = 0;
  for (const [i, values] of a.entries())
    for (const [k, value] of values.entries()) most = Math.max(most, Math.abs(value - (b[i]?.[k] ?? 0)));
  return Number(most.toExponential(1));
}

/** Half of the chips calibrate, the others are measured. */
async function tryInt8(
  rounds: number,
  chips: readonly RgbImage[],
  wide: readonly RgbImage[],
  say: (text: string) => void,
): Promise<object> {
  const models = await ensureModels();
  const result: Record<string, object> = {};
  const open = (model: string | Uint8Array): Promise<InferenceSession> => {
    const options = {
      intraOpNumThreads: 1,
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
    } as const;
    return typeof model === 'string'
      ? InferenceSession.create(model, options)
      : InferenceSession.create(Buffer.from(model), options);
  };
  const cases = [
    { name: 'recognition', file: models.face_recognition.path, output: 'descriptor', pictures: chips },
    { name: 'tiny416', file: models.tiny_face_detector.path, output: 'grid', pictures: wide },
  ];
  for (const each of cases) {
    try {
      const known = each.pictures.filter((_, i) => i % 2 === 0);
      const unseen = each.pictures.filter((_, i) => i % 2 === 1);
      const [float, int8] = [await open(each.file), await open(await quantise(each.file, known, 1))];
      const run = async (session: InferenceSession, { data, width, height }: RgbImage): Promise<Float32Array> => {
        const outputs = await session.run({ image: new Tensor('uint8', Uint8Array.from(data), [1, height, width, 3]) });
        return outputs[each.output]?.data as Float32Array;
      };
      const times = { float: [] as number[], int8: [] as number[] };
      const alike: number[] = [];
      for (const picture of unseen) alike.push(cosine(await run(float, picture), await run(int8, picture)));
      for (let i = 0; i < rounds; i++) {
        for (const [name, session] of [
          ['float', float],
          ['int8', int8],
        ] as const)
          times[name].push(
            (await cpuMs(async () => {
              for (const picture of unseen) await run(session, picture);
            })) / unseen.length,
          );
      }
      const [a, b] = [median(times.float), median(times.int8)];
      result[each.name] = {
        float: round(a),
        int8: round(b),
        timesFaster: round(a / b, 2),
        likeFloat: { median: round(median(alike), 4), least: round(Math.min(...alike), 4) },
        unseenPictures: unseen.length,
      };
      say(`${each.name} int8: ${b.toFixed(2)} ms against ${a.toFixed(2)} ms in float`);
      await float.release();
      await int8.release();
    } catch (error) {
      result[each.name] = { failed: (error as Error).message };
    }
  }
  return result;
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
