import { GraphBuilder, type Value } from '../graph-builder.ts';
import type { Weights } from '../weights.ts';

const INPUT_SIZE = 112;

/** FaceLandmark68Net: four dense blocks of four convolutions. `image` 112×112 → `landmarks`, 68 × (x, y) in 0..1. */
export const faceLandmarks68 = (weights: Weights): Uint8Array =>
  landmarkNetwork('face_landmark_68', weights, { blocks: 4, convolutions: 4, lastSize: 7 });

/** The small one: three dense blocks of three convolutions. */
export const faceLandmarks68Tiny = (weights: Weights): Uint8Array =>
  landmarkNetwork('face_landmark_68_tiny', weights, { blocks: 3, convolutions: 3, lastSize: 14 });

function landmarkNetwork(
  name: string,
  weights: Weights,
  size: { blocks: number; convolutions: number; lastSize: number },
): Uint8Array {
  const net = new GraphBuilder(name);
  const separable = (x: Value, layer: string, stride: number) => {
    const spatial = net.depthwise(x, { filters: weights.get(`${layer}/depthwise_filter`), stride });
    const filters = weights.get(`${layer}/pointwise_filter`);
    return net.conv(spatial, { filters, bias: weights.get(`${layer}/bias`) });
  };
  const full = (x: Value, layer: string, stride: number) =>
    net.conv(x, { filters: weights.get(`${layer}/filters`), bias: weights.get(`${layer}/bias`), stride });

  /** Every convolution sees the sum of all before it; the first one halves the picture. */
  const denseBlock = (x: Value, block: string, firstLayer: typeof separable) => {
    let sum = net.relu(firstLayer(x, `${block}/conv0`, 2));
    for (let i = 1; i < size.convolutions; i++) {
      // The first layer's output is rectified already, so rectifying the sum again changes nothing there.
      sum = net.add(sum, separable(i === 1 ? sum : net.relu(sum), `${block}/conv${i}`, 1));
    }
    return net.relu(sum);
  };

  let x = net.normalise(net.image(INPUT_SIZE, INPUT_SIZE), { mean: [122.782, 117.001, 104.298], divisor: 255 });
  for (let i = 0; i < size.blocks; i++) x = denseBlock(x, `dense${i}`, i === 0 ? full : separable);
  x = net.flatten(net.averagePool(x, { size: size.lastSize, stride: 2 }));
  x = net.dense(x, { weights: weights.get('fc/weights'), bias: weights.get('fc/bias') });
  net.output('landmarks', x, ['batch', 136]);
  return net.build();
}
