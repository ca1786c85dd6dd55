import { GraphBuilder, type Value } from '../graph-builder.ts';
import type { Weights } from '../weights.ts';

/**
 * FaceRecognitionNet: dlib's ResNet (dlib_face_recognition_resnet_model_v1), 29 convolutions.
 * `image` 150×150 → `descriptor`, 128 numbers, not of unit length.
 */
export function faceRecognition(weights: Weights): Uint8Array {
  const net = new GraphBuilder('face_recognition');

  /** A convolution with its scale layer (a frozen batch normalisation). */
  const conv = (x: Value, layer: string, stage: { stride?: number; padding?: 'same' | 'valid' } = {}) =>
    net.conv(x, {
      filters: weights.get(`${layer}/conv/filters`),
      bias: weights.get(`${layer}/conv/bias`),
      affine: { scale: weights.get(`${layer}/scale/weights`).data, shift: weights.get(`${layer}/scale/biases`).data },
      ...stage,
    });
  const halvingConv = (x: Value, layer: string) => net.relu(conv(x, layer, { stride: 2, padding: 'valid' }));

  const residual = (x: Value, block: string) => {
    const out = conv(net.relu(conv(x, `${block}/conv1`)), `${block}/conv2`);
    return net.relu(net.add(out, x));
  };
  /**
   * Halves the picture. The short cut is average-pooled; it gains `newChannels` zero channels, and where a convolution
   * without padding came out one pixel smaller than the pool, the convolution's output gains a zero row and column.
   */
  const residualDown = (x: Value, block: string, pad: { newChannels: number; shortSide: 0 | 1 }) => {
    const out = conv(halvingConv(x, `${block}/conv1`), `${block}/conv2`);
    const pooled = net.averagePool(x, { size: 2, stride: 2 });
    return net.relu(
      net.add(
        pad.newChannels > 0 ? net.padZeros(pooled, { channels: pad.newChannels }) : pooled,
        pad.shortSide > 0 ? net.padZeros(out, { bottomRight: pad.shortSide }) : out,
      ),
    );
  };

  let x = net.normalise(net.image(150, 150), { mean: [122.782, 117.001, 104.298], divisor: 255 });
  x = halvingConv(x, 'conv32_down'); // 150 → 72
  x = net.maxPool(x, { size: 3, stride: 2, padding: 'valid' }); // → 35
  for (const block of ['conv32_1', 'conv32_2', 'conv32_3']) x = residual(x, block);
  x = residualDown(x, 'conv64_down', { newChannels: 32, shortSide: 0 }); // → 17
  for (const block of ['conv64_1', 'conv64_2', 'conv64_3']) x = residual(x, block);
  x = residualDown(x, 'conv128_down', { newChannels: 64, shortSide: 0 }); // → 8
  for (const block of ['conv128_1', 'conv128_2']) x = residual(x, block);
  x = residualDown(x, 'conv256_down', { newChannels: 128, shortSide: 1 }); // → 4
  for (const block of ['conv256_1', 'conv256_2']) x = residual(x, block);
  x = residualDown(x, 'conv256_down_out', { newChannels: 0, shortSide: 1 }); // → 2
  net.output('descriptor', net.dense(net.globalAverage(x), { weights: weights.get('fc') }), ['batch', 128]);
  return net.build();
}
