import { createRequire } from 'node:module';
import path from 'node:path';
import type * as FaceApi from '@vladmandic/face-api';
import { faceApiModelDir } from '../../../models/build/ensure-models.ts';
import type { RgbImage } from '../../media/image.ts';
import { DomainError } from '../../platform/errors.ts';
import { checkSquares, checkTinyInput } from './check-size.ts';
import {
  DESCRIPTOR_CHIP_SIZE,
  type EngineDetection,
  type FaceEngine,
  LANDMARK_CHIP_SIZE,
  SSD_INPUT_SIZE,
} from './engine.ts';

const require = createRequire(import.meta.url);

/** Most faces in one picture; face-api wants a number. */
const MAX_FACES = 200;

/**
 * The reference engine: face-api itself on TensorFlow.js, native where @tensorflow/tfjs-node is installed, else
 * WebAssembly. For comparison, not for work: it is ten times slower than ONNX. Its libraries are loaded here and nowhere
 * else. Throws `unavailable` when no TensorFlow.js is installed.
 */
export async function createFaceApiEngine(): Promise<FaceEngine> {
  const { faceapi, backend } = await loadFaceApi();
  const { nets, tf } = faceapi;
  const modelDir = faceApiModelDir();
  const all = [nets.ssdMobilenetv1, nets.tinyFaceDetector, nets.faceLandmark68Net, nets.faceRecognitionNet];
  for (const net of all) await net.loadFromDisk(modelDir);

  const withTensor = async <T>(picture: RgbImage, use: (tensor: FaceApi.tf.Tensor3D) => Promise<T>): Promise<T> => {
    const tensor = tf.tensor3d(Int32Array.from(picture.data), [picture.height, picture.width, 3], 'int32');
    try {
      return await use(tensor);
    } finally {
      tensor.dispose();
    }
  };
  const oneByOne = async <T>(chips: readonly RgbImage[], use: (tensor: FaceApi.tf.Tensor3D) => Promise<T>) => {
    const results: T[] = [];
    for (const chip of chips) results.push(await withTensor(chip, use));
    return results;
  };

  return {
    name: 'face-api',
    version: `@vladmandic/face-api@${faceapi.version} on ${backend}`,

    async detectSsd(picture, { minScore }) {
      checkSquares([picture], SSD_INPUT_SIZE);
      const options = new faceapi.SsdMobilenetv1Options({ minConfidence: minScore, maxResults: MAX_FACES });
      return toDetections(
        await withTensor(picture, (tensor) => nets.ssdMobilenetv1.locateFaces(tensor, options)),
        picture,
      );
    },

    async detectTiny(picture, { minScore }) {
      checkTinyInput(picture);
      const inputSize = Math.max(picture.width, picture.height);
      const options = new faceapi.TinyFaceDetectorOptions({ inputSize, scoreThreshold: minScore });
      return toDetections(
        await withTensor(picture, (tensor) => nets.tinyFaceDetector.locateFaces(tensor, options)),
        picture,
      );
    },

    async landmarks(chips) {
      checkSquares(chips, LANDMARK_CHIP_SIZE);
      return oneByOne(chips, async (tensor) => {
        const output = await nets.faceLandmark68Net.forward(tensor);
        const values = Float32Array.from(await output.data());
        output.dispose();
        return values;
      });
    },

    async describe(chips) {
      checkSquares(chips, DESCRIPTOR_CHIP_SIZE);
      return oneByOne(chips, async (tensor) => {
        const descriptor = await nets.faceRecognitionNet.computeFaceDescriptor(tensor);
        return Array.isArray(descriptor) ? (descriptor[0] ?? new Float32Array()) : descriptor;
      });
    },

    async close() {
      for (const net of all) net.dispose(false);
    },
  };
}

function toDetections(faces: readonly FaceApi.FaceDetection[], { width, height }: RgbImage): EngineDetection[] {
  return faces
    .map(({ relativeBox, score }) => ({
      box: {
        x: relativeBox.x * width,
        y: relativeBox.y * height,
        width: relativeBox.width * width,
        height: relativeBox.height * height,
      },
      score,
    }))
    .sort((a, b) => b.score - a.score);
}

/** face-api comes in one CommonJS build per TensorFlow.js; each build loads its own. */
export async function loadFaceApi(): Promise<{ faceapi: typeof FaceApi; backend: string }> {
  if (canLoad('@tensorflow/tfjs-node')) {
    const faceapi: typeof FaceApi = require('@vladmandic/face-api/dist/face-api.node.js');
    return { faceapi, backend: 'tfjs-node' };
  }
  if (!canLoad('@tensorflow/tfjs') || !canLoad('@tensorflow/tfjs-backend-wasm'))
    throw new DomainError('unavailable', 'The reference engine needs TensorFlow.js, which is not installed.', {
      remedy: 'Use the engine onnx, or install the development packages with npm ci --include=dev.',
    });
  const faceapi: typeof FaceApi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
  const tfjs: typeof import('@tensorflow/tfjs') = require('@tensorflow/tfjs');
  const wasm: typeof import('@tensorflow/tfjs-backend-wasm') = require('@tensorflow/tfjs-backend-wasm');
  const folder = path.join(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');
  wasm.setWasmPaths(`${folder}${path.sep}`);
  await tfjs.setBackend('wasm');
  await tfjs.ready();
  return { faceapi, backend: 'tfjs-wasm' };
}

/** Whether a package is there and works. tfjs-node may be installed without the library that it was to download. */
function canLoad(name: string): boolean {
  try {
    require(name);
    return true;
  } catch {
    return false;
  }
}
