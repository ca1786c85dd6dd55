import { readFile } from 'node:fs/promises';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  AttributeType,
  decodeModel,
  ElementType,
  encodeModel,
  type OnnxGraph,
  type OnnxNode,
  type OnnxTensor,
} from '../../models/build/onnx-schema.ts';
import type { RgbImage } from '../../src/media/image.ts';

interface Range {
  low: number;
  high: number;
}

const FUSED = new Set(['Relu', 'LeakyRelu', 'Clip']);
/** Bins of a value's magnitudes, of which the rarest are cut off: a single outlier would cost everybody else his precision. */
const BINS = 2_048;
const KEPT = 0.9999;

/**
 * Static quantisation to int8 as QDQ: each convolution's input and output as uint8 with the range that real pictures showed,
 * its filters as int8 with a scale of their own per channel. onnxruntime makes QLinearConv of it.
 */
export async function quantise(file: string, pictures: readonly RgbImage[], skip = 0): Promise<Uint8Array> {
  const graph = decodeModel(await readFile(file));
  const convs = graph.node.filter(({ opType }) => opType === 'Conv').slice(skip);
  const outputOf = (conv: OnnxNode): string => {
    const value = conv.output[0] ?? '';
    const users = graph.node.filter(({ input }) => input.includes(value));
    const only = users.length === 1 ? users[0] : undefined;
    return only && FUSED.has(only.opType) ? (only.output[0] ?? value) : value;
  };
  const values = new Set<string>();
  for (const conv of convs) {
    values.add(conv.input[0] ?? '');
    values.add(outputOf(conv));
  }
  const ranges = await calibrate(graph, [...values], pictures);
  return encodeModel(insert(graph, convs, values, ranges));
}

/** The range of each value over real pictures. */
async function calibrate(
  graph: OnnxGraph,
  values: readonly string[],
  pictures: readonly RgbImage[],
): Promise<Map<string, Range>> {
  const watched = {
    ...graph,
    output: values.map((name) => ({
      name,
      type: { tensorType: { elemType: ElementType.float, shape: { dim: [] } } },
    })),
  };
  for (const output of watched.output) delete (output.type.tensorType as { shape?: unknown }).shape;
  const session = await InferenceSession.create(Buffer.from(encodeModel(watched)), { logSeverityLevel: 3 });
  const extremes = new Map<string, Range>();
  const histograms = new Map<string, Float64Array>();
  for (const pass of ['extremes', 'histogram'] as const) {
    for (const { width, height, data } of pictures) {
      const outputs = await session.run({ image: new Tensor('uint8', Uint8Array.from(data), [1, height, width, 3]) });
      for (const name of values) {
        const numbers = outputs[name]?.data as Float32Array;
        const range = extremes.get(name) ?? { low: 0, high: 0 };
        extremes.set(name, range);
        if (pass === 'extremes') {
          for (const value of numbers) {
            if (value < range.low) range.low = value;
            if (value > range.high) range.high = value;
          }
          continue;
        }
        const histogram = histograms.get(name) ?? new Float64Array(BINS);
        histograms.set(name, histogram);
        const scale = (BINS - 1) / (range.high - range.low || 1);
        for (const value of numbers) {
          const bin = Math.floor((value - range.low) * scale);
          histogram[bin] = (histogram[bin] ?? 0) + 1;
        }
      }
    }
  }
  await session.release();
  for (const [name, range] of extremes) {
    const histogram = histograms.get(name) ?? new Float64Array(BINS);
    const total = histogram.reduce((sum, count) => sum + count, 0);
    const step = (range.high - range.low) / (BINS - 1);
    let [from, to, cut] = [0, BINS - 1, 0];
    while (from < to) {
      const [left, right] = [histogram[from] ?? 0, histogram[to] ?? 0];
      const least = Math.min(left, right);
      if (cut + least > (1 - KEPT) * total) break;
      cut += least;
      if (left <= right) from++;
      else to--;
    }
    range.high = Math.max(0, range.low + (to + 1) * step);
    range.low = Math.min(0, range.low + from * step);
  }
  return extremes;
}

function insert(
  graph: OnnxGraph,
  convs: readonly OnnxNode[],
  values: ReadonlySet<string>,
  ranges: ReadonlyMap<string, Range>,
): OnnxGraph {
  const initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const added: OnnxTensor[] = [];
  const constant = (name: string, dataType: number, data: ArrayBufferView, dims: number[]): string => {
    added.push({ name, dataType, dims, rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) });
    return name;
  };
  const scaleOf = new Map<string, number>();
  const nodes: OnnxNode[] = [];
  const axis0 = [{ name: 'axis', type: AttributeType.int, i: 0 }];
  /** After the node that makes a value: the value as uint8 and back, for all that use it. */
  const roundTrip = (value: string): void => {
    const { low, high } = ranges.get(value) ?? { low: 0, high: 1 };
    const scale = Math.max(1e-8, (high - low) / 255);
    scaleOf.set(value, scale);
    const s = constant(`${value}_scale`, ElementType.float, Float32Array.of(scale), []);
    const z = constant(`${value}_zero`, ElementType.uint8, Uint8Array.of(Math.round(-low / scale)), []);
    nodes.push(
      { name: `${value}_q`, opType: 'QuantizeLinear', input: [value, s, z], output: [`${value}_q`], attribute: [] },
      {
        name: `${value}_dq`,
        opType: 'DequantizeLinear',
        input: [`${value}_q`, s, z],
        output: [`${value}_dq`],
        attribute: [],
      },
    );
  };
  const through = (input: string): string => (values.has(input) && scaleOf.has(input) ? `${input}_dq` : input);
  for (const node of graph.node) {
    const input = node.input.map(through);
    if (convs.includes(node)) {
      const [x = '', kernelName = '', biasName] = node.input;
      const kernel = initializers.get(kernelName) as OnnxTensor;
      const floats = floatsOf(kernel);
      const outputs = Number(kernel.dims[0]);
      const size = floats.length / outputs;
      const scales = new Float32Array(outputs);
      const bytes = new Int8Array(floats.length);
      for (let o = 0; o < outputs; o++) {
        let most = 0;
        for (let i = 0; i < size; i++) most = Math.max(most, Math.abs(floats[o * size + i] ?? 0));
        const scale = Math.max(1e-10, most / 127);
        scales[o] = scale;
        for (let i = 0; i < size; i++) bytes[o * size + i] = Math.round((floats[o * size + i] ?? 0) / scale);
      }
      const name = `${node.name}_filters`;
      const w = constant(name, ElementType.int8, bytes, kernel.dims.map(Number));
      const s = constant(`${name}_scale`, ElementType.float, scales, [outputs]);
      const z = constant(`${name}_zero`, ElementType.int8, new Int8Array(outputs), [outputs]);
      nodes.push({
        name: `${name}_dq`,
        opType: 'DequantizeLinear',
        input: [w, s, z],
        output: [`${name}_dq`],
        attribute: axis0,
      });
      input[1] = `${name}_dq`;
      const bias = biasName === undefined ? undefined : initializers.get(biasName);
      if (bias) {
        const biasScales = scales.map((scale) => scale * (scaleOf.get(x) ?? 1));
        const whole = Int32Array.from(floatsOf(bias), (value, o) => Math.round(value / (biasScales[o] ?? 1)));
        const b = constant(`${name}_bias`, ElementType.int32, whole, [outputs]);
        const bs = constant(`${name}_bias_scale`, ElementType.float, biasScales, [outputs]);
        const bz = constant(`${name}_bias_zero`, ElementType.int32, new Int32Array(outputs), [outputs]);
        nodes.push({
          name: `${name}_bias_dq`,
          opType: 'DequantizeLinear',
          input: [b, bs, bz],
          output: [`${name}_bias_dq`],
          attribute: axis0,
        });
        input[2] = `${name}_bias_dq`;
      }
    }
    nodes.push({ ...node, input });
    for (const output of node.output) if (values.has(output)) roundTrip(output);
  }
  const used = new Set(nodes.flatMap(({ input }) => input));
  return {
    ...graph,
    node: nodes,
    initializer: [...graph.initializer, ...added].filter(({ name }) => used.has(name)),
  };
}

const floatsOf = ({ rawData }: OnnxTensor): Float32Array => new Float32Array(Uint8Array.from(rawData).buffer);
