import type { OnnxValueInfo } from './onnx-schema.ts';
import {
  AttributeType,
  ElementType,
  encodeModel,
  type OnnxAttribute,
  type OnnxNode,
  type OnnxTensor,
} from './onnx-schema.ts';
import type { Weight } from './weights.ts';

/** The name of a value that flows between nodes. Pictures inside the graph are batch, channel, row, column. */
export type Value = string & { readonly __value: unique symbol };

type Padding = 'same' | 'valid';
interface Stage {
  readonly stride?: number;
  readonly padding?: Padding;
}
type AttributeValue = number | readonly number[] | string | { readonly float: number };

/** Scales and shifts a layer's channels: `out[c] * scale[c] + shift[c]`. Folded into the filters that come before it. */
export interface ChannelAffine {
  readonly scale: ArrayLike<number>;
  readonly shift: ArrayLike<number>;
}

/** Builds an ONNX graph layer by layer, in the words of a network's description. */
export class GraphBuilder {
  private readonly nodes: OnnxNode[] = [];
  private readonly initializers: OnnxTensor[] = [];
  private readonly inputs: OnnxValueInfo[] = [];
  private readonly outputs: OnnxValueInfo[] = [];

  constructor(private readonly name: string) {}

  /** The network's input `image`: a batch of RGB bytes, `height` × `width` (a name stands for "any"). */
  image(height: number | string, width: number | string): Value {
    this.inputs.push(valueInfo('image', ElementType.uint8, ['batch', height, width, 3]));
    const floats = this.op('Cast', ['image' as Value], { to: ElementType.float });
    return this.op('Transpose', [floats], { perm: [0, 3, 1, 2] });
  }

  output(name: string, value: Value, shape: readonly (number | string)[]): void {
    this.nodes.push({ name: `output_${name}`, opType: 'Identity', input: [value], output: [name], attribute: [] });
    this.outputs.push(valueInfo(name, ElementType.float, shape));
  }

  /** `(x - mean) / divisor`, the mean per channel. */
  normalise(x: Value, { mean, divisor }: { mean: readonly number[]; divisor: number }): Value {
    const centred = this.op('Sub', [x, this.constant(mean, [1, mean.length, 1, 1])]);
    return this.op('Div', [centred, this.scalar(divisor)]);
  }

  /** Convolution of all channels by `filters`, then `bias`, then `affine`. */
  conv(x: Value, layer: Stage & { filters: Weight; bias?: Weight; affine?: ChannelAffine }): Value {
    const { filters, bias, affine } = layer;
    const [height = 1, width = 1, inputs = 1, outputs = 1] = filters.shape;
    const data = new Float32Array(filters.data.length);
    for (let pixel = 0; pixel < height * width; pixel++)
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++)
          data[(o * inputs + i) * height * width + pixel] =
            (filters.data[(pixel * inputs + i) * outputs + o] ?? 0) * (affine?.scale[o] ?? 1);
    const kernel = this.constant(data, [outputs, inputs, height, width]);
    return this.convolve(x, kernel, [height, width], foldBias(bias?.data, affine, outputs), 1, layer);
  }

  /** Convolution of each channel by its own filter, then `affine`. */
  depthwise(x: Value, layer: Stage & { filters: Weight; affine?: ChannelAffine }): Value {
    const { filters, affine } = layer;
    const [height = 1, width = 1, channels = 1] = filters.shape;
    const data = new Float32Array(filters.data.length);
    for (let pixel = 0; pixel < height * width; pixel++)
      for (let c = 0; c < channels; c++)
        data[c * height * width + pixel] = (filters.data[pixel * channels + c] ?? 0) * (affine?.scale[c] ?? 1);
    const kernel = this.constant(data, [channels, 1, height, width]);
    return this.convolve(x, kernel, [height, width], foldBias(undefined, affine, channels), channels, layer);
  }

  maxPool(x: Value, { size, stride, padding }: { size: number; stride: number; padding: Padding }): Value {
    return this.op('MaxPool', [x], {
      kernel_shape: [size, size],
      strides: [stride, stride],
      auto_pad: autoPad(padding),
    });
  }

  averagePool(x: Value, { size, stride }: { size: number; stride: number }): Value {
    return this.op('AveragePool', [x], { kernel_shape: [size, size], strides: [stride, stride] });
  }

  relu = (x: Value): Value => this.op('Relu', [x]);
  /** A rectifier that stops at 6. */
  relu6 = (x: Value): Value => this.op('Clip', [x, this.scalar(0), this.scalar(6)]);
  leakyRelu = (x: Value, slope: number): Value => this.op('LeakyRelu', [x], { alpha: { float: slope } });
  sigmoid = (x: Value): Value => this.op('Sigmoid', [x]);
  /** Shares that sum to one, over the last axis. */
  softmax = (x: Value): Value => this.op('Softmax', [x], { axis: -1 });
  exp = (x: Value): Value => this.op('Exp', [x]);
  add = (a: Value, b: Value): Value => this.op('Add', [a, b]);
  subtract = (a: Value, b: Value): Value => this.op('Sub', [a, b]);
  multiply = (a: Value, b: Value): Value => this.op('Mul', [a, b]);
  concat = (values: readonly Value[], axis: number): Value => this.op('Concat', values, { axis });

  /** Adds zeros: `channels` more channels, and `bottomRight` more rows below and columns to the right. */
  padZeros(x: Value, { channels = 0, bottomRight = 0 }: { channels?: number; bottomRight?: number }): Value {
    const pads = this.integers([0, 0, 0, 0, 0, channels, bottomRight, bottomRight]);
    return this.op('Pad', [x, pads, this.scalar(0)], { mode: 'constant' });
  }

  /** The mean of each channel: batch × channels. */
  globalAverage = (x: Value): Value => this.flatten(this.op('GlobalAveragePool', [x]));
  flatten = (x: Value): Value => this.op('Flatten', [x], { axis: 1 });

  /** Fully connected layer on batch × features. */
  dense(x: Value, { weights, bias }: { weights: Weight; bias?: Weight }): Value {
    const product = this.op('MatMul', [x, this.constant(weights.data, weights.shape)]);
    return bias ? this.add(product, this.constant(bias.data, bias.shape)) : product;
  }

  /** Back to batch, row, column, channel, as TensorFlow has it. */
  channelsLast = (x: Value): Value => this.op('Transpose', [x], { perm: [0, 2, 3, 1] });
  /** A size of 0 keeps the input's, -1 takes what is left. */
  reshape = (x: Value, shape: readonly number[]): Value => this.op('Reshape', [x, this.integers(shape)]);

  /** `x[..., from:to]` on the axis; the axis stays. */
  slice(x: Value, { axis, from, to }: { axis: number; from: number; to: number }): Value {
    return this.op('Slice', [x, this.integers([from]), this.integers([to]), this.integers([axis])]);
  }

  constant(values: ArrayLike<number>, dims: readonly number[]): Value {
    return this.initializer(ElementType.float, Float32Array.from(values), dims);
  }

  scalar = (value: number): Value => this.constant([value], []);

  /** The .onnx file's bytes. */
  build(): Uint8Array {
    return encodeModel({
      name: this.name,
      node: this.nodes,
      initializer: this.initializers,
      input: this.inputs,
      output: this.outputs,
    });
  }

  private convolve(
    x: Value,
    kernel: Value,
    kernelShape: readonly number[],
    bias: Float32Array | undefined,
    group: number,
    { stride = 1, padding = 'same' }: Stage,
  ): Value {
    const inputs = bias ? [x, kernel, this.constant(bias, [bias.length])] : [x, kernel];
    return this.op('Conv', inputs, {
      kernel_shape: kernelShape,
      strides: [stride, stride],
      group,
      auto_pad: autoPad(padding),
    });
  }

  private integers(values: readonly number[]): Value {
    return this.initializer(ElementType.int64, BigInt64Array.from(values, BigInt), [values.length]);
  }

  private initializer(dataType: number, data: Float32Array | BigInt64Array, dims: readonly number[]): Value {
    const name = `weight_${this.initializers.length}` as Value;
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.initializers.push({ name, dataType, dims: [...dims], rawData });
    return name;
  }

  private op(opType: string, input: readonly Value[], attributes: Record<string, AttributeValue> = {}): Value {
    const output = `${opType.toLowerCase()}_${this.nodes.length}` as Value;
    const attribute = Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value));
    this.nodes.push({ name: output, opType, input: [...input], output: [output], attribute });
    return output;
  }
}

/** TensorFlow's "same" puts the odd row and column below and to the right, which ONNX calls SAME_UPPER. */
const autoPad = (padding: Padding): string => (padding === 'same' ? 'SAME_UPPER' : 'VALID');

function foldBias(bias: Float32Array | undefined, affine: ChannelAffine | undefined, channels: number) {
  if (!affine) return bias;
  return Float32Array.from(
    { length: channels },
    (_, c) => (bias?.[c] ?? 0) * (affine.scale[c] ?? 1) + (affine.shift[c] ?? 0),
  );
}

function encodeAttribute(name: string, value: AttributeValue): OnnxAttribute {
  if (typeof value === 'string') return { name, type: AttributeType.string, s: Buffer.from(value, 'utf8') };
  if (typeof value === 'number') return { name, type: AttributeType.int, i: value };
  if ('float' in value) return { name, type: AttributeType.float, f: value.float };
  return { name, type: AttributeType.ints, ints: [...value] };
}

function valueInfo(name: string, elemType: number, shape: readonly (number | string)[]): OnnxValueInfo {
  const dim = shape.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: side }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}
