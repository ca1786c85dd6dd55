import { GraphBuilder, type Value } from '../graph-builder.ts';
import type { Weights } from '../weights.ts';

const INPUT_SIZE = 512;
const BATCH_NORM_EPSILON = 0.0010000000474974513;
const HALVING_LAYERS = new Set([2, 4, 6, 12]);

/**
 * SSD on MobileNetV1 (TensorFlow's object detection API, trained on WIDER FACE).
 * `image` 512×512 → `boxes` (top, left, bottom, right, in 0..1) and `scores` (0..1), one per anchor.
 */
export function ssdMobilenetV1(weights: Weights): Uint8Array {
  const net = new GraphBuilder('ssd_mobilenetv1');

  const pointwise = (x: Value, layer: string, stride: number) => {
    const filters = weights.get(`${layer}/weights`);
    return net.relu6(net.conv(x, { filters, bias: weights.get(`${layer}/convolution_bn_offset`), stride }));
  };
  const depthwise = (x: Value, layer: string, stride: number) => {
    const filters = weights.get(`${layer}/depthwise_weights`);
    return net.relu6(net.depthwise(x, { filters, affine: batchNorm(weights, `${layer}/BatchNorm`), stride }));
  };

  let x = net.normalise(net.image(INPUT_SIZE, INPUT_SIZE), { mean: [127.5, 127.5, 127.5], divisor: 127.5 });
  x = pointwise(x, 'MobilenetV1/Conv2d_0_pointwise', 2);
  const featureMaps: Value[] = [];
  for (let i = 1; i <= 13; i++) {
    x = depthwise(x, `MobilenetV1/Conv2d_${i}_depthwise`, HALVING_LAYERS.has(i) ? 2 : 1);
    x = pointwise(x, `MobilenetV1/Conv2d_${i}_pointwise`, 1);
    if (i === 11 || i === 13) featureMaps.push(x);
  }
  for (let i = 0; i < 8; i += 2) {
    x = pointwise(x, `Prediction/Conv2d_${i}_pointwise`, 1);
    x = pointwise(x, `Prediction/Conv2d_${i + 1}_pointwise`, 2);
    featureMaps.push(x);
  }

  /** One of the two heads on every feature map: `values` numbers per anchor. */
  const head = (kind: 'BoxEncodingPredictor' | 'ClassPredictor', values: number) =>
    net.concat(
      featureMaps.map((map, i) => {
        const layer = `Prediction/BoxPredictor_${i}/${kind}`;
        const out = net.conv(map, { filters: weights.get(`${layer}/weights`), bias: weights.get(`${layer}/biases`) });
        return net.reshape(net.channelsLast(out), [0, -1, values]);
      }),
      1,
    );
  const encodings = head('BoxEncodingPredictor', 4);
  const faceClass = net.slice(head('ClassPredictor', 3), { axis: 2, from: 1, to: 2 });

  const anchors = readAnchors(weights);
  net.output('boxes', decodeBoxes(net, encodings, anchors), ['batch', anchors.count, 4]);
  net.output('scores', net.reshape(net.sigmoid(faceClass), [0, -1]), ['batch', anchors.count]);
  return net.build();
}

function batchNorm(weights: Weights, layer: string) {
  const gamma = weights.get(`${layer}/gamma`).data;
  const beta = weights.get(`${layer}/beta`).data;
  const mean = weights.get(`${layer}/moving_mean`).data;
  const variance = weights.get(`${layer}/moving_variance`).data;
  const scale = gamma.map((g, c) => g / Math.sqrt((variance[c] ?? 0) + BATCH_NORM_EPSILON));
  return { scale, shift: beta.map((b, c) => b - (mean[c] ?? 0) * (scale[c] ?? 1)) };
}

interface Anchors {
  readonly count: number;
  readonly centres: { readonly y: Float32Array; readonly x: Float32Array };
  readonly sizes: { readonly height: Float32Array; readonly width: Float32Array };
}

/** The anchors stand in the weights as corners: top, left, bottom, right. */
function readAnchors(weights: Weights): Anchors {
  const corners = weights.get('Output/extra_dim').data;
  const count = corners.length / 4;
  const column = (i: number) => Float32Array.from({ length: count }, (_, anchor) => corners[anchor * 4 + i] ?? 0);
  const [top, left, bottom, right] = [column(0), column(1), column(2), column(3)];
  const height = bottom.map((b, i) => b - (top[i] ?? 0));
  const width = right.map((r, i) => r - (left[i] ?? 0));
  return {
    count,
    centres: { y: top.map((t, i) => t + (height[i] ?? 0) / 2), x: left.map((l, i) => l + (width[i] ?? 0) / 2) },
    sizes: { height, width },
  };
}

/** Centre moves by encoding/10 anchor sizes, size grows by exp(encoding/5): Liu et al., SSD, 2016, with TensorFlow's variances. */
function decodeBoxes(net: GraphBuilder, encodings: Value, anchors: Anchors): Value {
  const encoding = (i: number) => net.slice(encodings, { axis: 2, from: i, to: i + 1 });
  const perAnchor = (values: Float32Array) => net.constant(values, [1, anchors.count, 1]);
  const centre = (move: Value, size: Float32Array, from: Float32Array) => {
    const step = perAnchor(size.map((s) => s / 10));
    return net.add(net.multiply(move, step), perAnchor(from));
  };
  const halfSize = (growth: Value, size: Float32Array) =>
    net.multiply(net.exp(net.multiply(growth, net.scalar(1 / 5))), perAnchor(size.map((s) => s / 2)));

  const y = centre(encoding(0), anchors.sizes.height, anchors.centres.y);
  const x = centre(encoding(1), anchors.sizes.width, anchors.centres.x);
  const halfHeight = halfSize(encoding(2), anchors.sizes.height);
  const halfWidth = halfSize(encoding(3), anchors.sizes.width);
  return net.concat(
    [net.subtract(y, halfHeight), net.subtract(x, halfWidth), net.add(y, halfHeight), net.add(x, halfWidth)],
    2,
  );
}
