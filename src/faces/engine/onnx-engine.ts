import { createRequire } from 'node:module';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { ModelFiles, NetworkName } from '../../../models/build/ensure-models.ts';
import type { RgbImage } from '../../media/image.ts';
import { DomainError } from '../../platform/errors.ts';
import { suppressOverlaps } from '../nms.ts';
import { checkSquares, checkTinyInput } from './check-size.ts';
import {
  DESCRIPTOR_CHIP_SIZE,
  DESCRIPTOR_DIMENSION,
  type EngineDetection,
  type FaceEngine,
  LANDMARK_CHIP_SIZE,
  LANDMARK_COUNT,
  SSD_INPUT_SIZE,
} from './engine.ts';
import { sessionOptions } from './session-options.ts';
import { decodeTinyGrid, TINY_MAX_OVERLAP } from './tiny-grid.ts';

const SSD_MAX_OVERLAP = 0.5;

export interface OnnxEngineOptions {
  readonly models: ModelFiles;
  /** Threads inside one inference. More than the machine's cores makes it slower. */
  readonly threads?: number;
  /** Most chips in one inference; a batch of 8 takes about 25 MB. */
  readonly maxBatch?: number;
  /** The small landmark network: twice as fast, less exact. */
  readonly tinyLandmarks?: boolean;
}

/**
 * The face networks in onnxruntime on the CPU. Throws `integrity` when a model file cannot be loaded.
 */
export async function createOnnxEngine({
  models,
  threads = 1,
  maxBatch = 8,
  tinyLandmarks = false,
}: OnnxEngineOptions): Promise<FaceEngine> {
  const load = (network: NetworkName) => createSession(models[network].path, threads);
  const [ssd, tiny, landmarkNet, recognition] = await Promise.all([
    load('ssd_mobilenetv1'),
    load('tiny_face_detector'),
    load(tinyLandmarks ? 'face_landmark_68_tiny' : 'face_landmark_68'),
    load('face_recognition'),
  ]);

  return {
    name: 'onnx',
    version: `onnxruntime-node@${createRequire(import.meta.url)('onnxruntime-node/package.json').version}`,

    async detectSsd(picture, { minScore }) {
      checkSquares([picture], SSD_INPUT_SIZE);
      const { boxes, scores } = await run(ssd, [picture]);
      return suppressOverlaps(readSsdBoxes(floats(boxes), floats(scores), minScore), SSD_MAX_OVERLAP);
    },

    async detectTiny(picture, { minScore }) {
      checkTinyInput(picture);
      const { grid } = await run(tiny, [picture]);
      const [, rows = 0, columns = 0] = grid?.dims ?? [];
      const size = { rows, columns, width: picture.width, height: picture.height };
      return suppressOverlaps(decodeTinyGrid(floats(grid), size, minScore), TINY_MAX_OVERLAP);
    },

    async landmarks(chips) {
      checkSquares(chips, LANDMARK_CHIP_SIZE);
      return runInBatches(landmarkNet, 'landmarks', chips, LANDMARK_COUNT * 2, maxBatch);
    },

    async describe(chips) {
      checkSquares(chips, DESCRIPTOR_CHIP_SIZE);
      return runInBatches(recognition, 'descriptor', chips, DESCRIPTOR_DIMENSION, maxBatch);
    },

    async close() {
      await Promise.all([ssd, tiny, landmarkNet, recognition].map((session) => session.release()));
    },
  };
}

async function createSession(file: string, threads: number): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(file, sessionOptions(threads));
  } catch (error) {
    throw new DomainError(
      'integrity',
      `The face network ${file} cannot be loaded.`,
      { remedy: 'Delete the file; it is built anew at the next start.' },
      { cause: error },
    );
  }
}

/** Runs a network on a batch of pictures of one size. */
async function run(session: InferenceSession, pictures: readonly RgbImage[]): Promise<InferenceSession.ReturnType> {
  const [first] = pictures;
  if (!first) return {};
  const bytes = pictures.length === 1 ? asUint8(first.data) : new Uint8Array(pictures.length * first.data.length);
  if (pictures.length > 1) pictures.forEach((picture, i) => void bytes.set(picture.data, i * first.data.length));
  return session.run({ image: new Tensor('uint8', bytes, [pictures.length, first.height, first.width, 3]) });
}

async function runInBatches(
  session: InferenceSession,
  output: string,
  chips: readonly RgbImage[],
  valuesPerChip: number,
  maxBatch: number,
): Promise<Float32Array[]> {
  const results: Float32Array[] = [];
  for (let from = 0; from < chips.length; from += maxBatch) {
    const batch = chips.slice(from, from + maxBatch);
    const values = floats((await run(session, batch))[output]);
    for (let i = 0; i < batch.length; i++) results.push(values.slice(i * valuesPerChip, (i + 1) * valuesPerChip));
  }
  return results;
}

/** A Buffer is a Uint8Array to TypeScript but not to onnxruntime. */
const asUint8 = (data: Uint8Array): Uint8Array =>
  Buffer.isBuffer(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data;

function floats(tensor: InferenceSession.OnnxValueMapType[string] | undefined): Float32Array {
  if (tensor && 'data' in tensor && tensor.data instanceof Float32Array) return tensor.data;
  throw new DomainError('integrity', 'A face network gave no numbers.', {
    remedy: 'Delete the built models; they are built anew.',
  });
}

function readSsdBoxes(boxes: Float32Array, scores: Float32Array, minScore: number): EngineDetection[] {
  const detections: EngineDetection[] = [];
  const toPixels = (fraction: number) => Math.min(1, Math.max(0, fraction)) * SSD_INPUT_SIZE;
  scores.forEach((score, i) => {
    if (score <= minScore) return;
    const [top = 0, left = 0, bottom = 0, right = 0] = boxes.subarray(i * 4, i * 4 + 4).map(toPixels);
    detections.push({ box: { x: left, y: top, width: right - left, height: bottom - top }, score });
  });
  return detections;
}
