import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeModel } from '../../models/build/onnx-schema.ts';

/** Small ONNX graphs that tests write themselves, so that what comes out tells what went in. */
interface GraphNode {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly ints?: Readonly<Record<string, readonly number[]>>;
  readonly int?: Readonly<Record<string, number>>;
}

type Side = number | string;

const FLOAT = 1;
const INT64 = 7;

export function graphBytes(graph: {
  readonly input: readonly Side[];
  readonly outputs: Readonly<Record<string, readonly Side[]>>;
  readonly nodes: readonly GraphNode[];
  readonly floats?: Readonly<Record<string, { readonly dims: readonly number[]; readonly data: ArrayLike<number> }>>;
  readonly integers?: Readonly<Record<string, readonly number[]>>;
}): Uint8Array {
  const info = (name: string, sides: readonly Side[]) => ({
    name,
    type: {
      tensorType: {
        elemType: FLOAT,
        shape: { dim: sides.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: side })) },
      },
    },
  });
  return encodeModel({
    name: 'made by a test',
    node: graph.nodes.map((node, i) => ({
      name: `node_${i}`,
      opType: node.opType,
      input: [...node.input],
      output: [...node.output],
      attribute: [
        ...Object.entries(node.ints ?? {}).map(([name, ints]) => ({ name, type: 7, ints: [...ints] })),
        ...Object.entries(node.int ?? {}).map(([name, value]) => ({ name, type: 2, i: value })),
      ],
    })),
    initializer: [
      ...Object.entries(graph.floats ?? {}).map(([name, { dims, data }]) => ({
        name,
        dataType: FLOAT,
        dims: [...dims],
        rawData: new Uint8Array(Float32Array.from(data).buffer),
      })),
      ...Object.entries(graph.integers ?? {}).map(([name, values]) => ({
        name,
        dataType: INT64,
        dims: [values.length],
        rawData: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
      })),
    ],
    input: [info('data', graph.input)],
    output: Object.entries(graph.outputs).map(([name, sides]) => info(name, sides)),
  });
}

/** Fixed pseudo-random numbers around zero. */
export function spread(count: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/**
 * An embedder that looks at the mean colour of 8×8 blocks and mixes them into `dimension` numbers: pictures whose blocks are
 * alike are alike to it, and no others.
 */
export function blockEmbedder(options: {
  readonly side?: number;
  readonly dimension?: number;
  readonly layout?: 'NCHW' | 'NHWC';
  readonly batch?: Side;
  readonly seed?: number;
  /** Multiplies all weights; 0 or NaN make a network that cannot serve. */
  readonly weight?: number;
}): Uint8Array {
  const { side = 112, dimension = 512, layout = 'NCHW', batch = 'n', seed = 1, weight = 1 } = options;
  const blocks = 3 * Math.floor(side / 8) ** 2;
  const first = layout === 'NCHW' ? 'data' : 'turned';
  return graphBytes({
    input: layout === 'NCHW' ? [batch, 3, side, side] : [batch, side, side, 3],
    outputs: { embedding: [batch, dimension] },
    nodes: [
      ...(layout === 'NCHW'
        ? []
        : [{ opType: 'Transpose', input: ['data'], output: ['turned'], ints: { perm: [0, 3, 1, 2] } }]),
      { opType: 'AveragePool', input: [first], output: ['blocks'], ints: { kernel_shape: [8, 8], strides: [8, 8] } },
      { opType: 'Flatten', input: ['blocks'], output: ['flat'], int: { axis: 1 } },
      { opType: 'MatMul', input: ['flat', 'mix'], output: ['embedding'] },
    ],
    floats: {
      mix: { dims: [blocks, dimension], data: spread(blocks * dimension, seed).map((value) => value * weight) },
    },
  });
}

/** An "embedder" whose answer is the mean of each channel as it got it: tells how the picture was prepared. */
export const channelMeans = (layout: 'NCHW' | 'NHWC', side = 16): Uint8Array =>
  graphBytes({
    input: layout === 'NCHW' ? ['n', 3, side, side] : ['n', side, side, 3],
    outputs: { means: ['n', 3] },
    nodes: [
      ...(layout === 'NCHW'
        ? []
        : [{ opType: 'Transpose', input: ['data'], output: ['turned'], ints: { perm: [0, 3, 1, 2] } }]),
      { opType: 'GlobalAveragePool', input: [layout === 'NCHW' ? 'data' : 'turned'], output: ['pooled'] },
      { opType: 'Flatten', input: ['pooled'], output: ['means'], int: { axis: 1 } },
    ],
  });

/**
 * A detector of the brightest 16×16 block: one box around it with how bright it is (0..1) as its score. Takes pictures whose
 * values were divided by 255.
 */
export function brightSquareDetector(width: number, height: number): Uint8Array {
  const [columns, rows] = [width / 16, height / 16];
  const corners = Array.from({ length: rows * columns }, (_, i) => {
    const [x, y] = [(i % columns) * 16, Math.floor(i / columns) * 16];
    return [x, y, x + 16, y + 16];
  }).flat();
  return graphBytes({
    input: [1, 3, height, width],
    outputs: { boxes: [1, 4], scores: [1] },
    nodes: [
      {
        opType: 'AveragePool',
        input: ['data'],
        output: ['blocks'],
        ints: { kernel_shape: [16, 16], strides: [16, 16] },
      },
      { opType: 'ReduceMean', input: ['blocks'], output: ['grey'], ints: { axes: [1] }, int: { keepdims: 0 } },
      { opType: 'Reshape', input: ['grey', 'all'], output: ['flat'] },
      { opType: 'ArgMax', input: ['flat'], output: ['best'], int: { axis: 0, keepdims: 1 } },
      { opType: 'Gather', input: ['corners', 'best'], output: ['boxes'], int: { axis: 0 } },
      { opType: 'ReduceMax', input: ['flat'], output: ['scores'], ints: { axes: [0] }, int: { keepdims: 1 } },
    ],
    floats: { corners: { dims: [rows * columns, 4], data: corners } },
    integers: { all: [-1] },
  });
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** A card for an embedder of one's own, as an operator would write it. */
export const ownCard = (file: string, bytes: Uint8Array, more: Readonly<Record<string, unknown>> = {}) => ({
  format: 2,
  id: 'test-blocks',
  version: '1',
  templateVersion: 'test-blocks/1',
  files: { embedder: file },
  sha256: { [file]: sha256(bytes) },
  input: { width: 112, height: 112, channels: 'RGB', layout: 'NCHW', mean: [127.5, 127.5, 127.5], divisor: 127.5 },
  alignment: 'arcface-five-point',
  mirror: false,
  metric: 'cosine',
  dimension: 512,
  licence: { name: 'made by a test', use: 'allowed' },
  siteCalibrated: false,
  calibration: null,
  ...more,
});

/** Writes a network and its card into a folder. @returns the card's path */
export async function writeOwnModel(
  dir: string,
  bytes: Uint8Array,
  more: Readonly<Record<string, unknown>> = {},
  name = 'own',
): Promise<string> {
  await writeFile(join(dir, `${name}.onnx`), bytes);
  const path = join(dir, `${name}.json`);
  await writeFile(path, JSON.stringify(ownCard(`${name}.onnx`, bytes, more)));
  return path;
}
