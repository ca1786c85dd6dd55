import { GraphBuilder, type Value } from '../graph-builder.ts';
import type { Weights } from '../weights.ts';

/**
 * TinyFaceDetector: a YOLOv2 with depthwise separable convolutions.
 * `image` of any size (multiples of 32) → `grid`: per cell of 32×32 pixels 5 anchors of x, y, width, height, score.
 */
export function tinyFaceDetector(weights: Weights): Uint8Array {
  const net = new GraphBuilder('tiny_face_detector');
  const leaky = (x: Value) => net.leakyRelu(x, 0.1);
  const halve = (x: Value) => net.maxPool(x, { size: 2, stride: 2, padding: 'same' });
  const separable = (x: Value, layer: string) => {
    const spatial = net.depthwise(x, { filters: weights.get(`${layer}/depthwise_filter`) });
    const filters = weights.get(`${layer}/pointwise_filter`);
    return leaky(net.conv(spatial, { filters, bias: weights.get(`${layer}/bias`) }));
  };

  let x = net.normalise(net.image('height', 'width'), { mean: [117.001, 114.697, 97.404], divisor: 255 });
  const first = { filters: weights.get('conv0/filters'), bias: weights.get('conv0/bias') };
  x = halve(leaky(net.conv(x, { ...first, padding: 'valid' })));
  x = halve(separable(x, 'conv1'));
  x = halve(separable(x, 'conv2'));
  x = halve(separable(x, 'conv3'));
  x = halve(separable(x, 'conv4'));
  x = net.maxPool(separable(x, 'conv5'), { size: 2, stride: 1, padding: 'same' });
  x = net.conv(x, { filters: weights.get('conv8/filters'), bias: weights.get('conv8/bias') });
  net.output('grid', net.channelsLast(x), ['batch', 'rows', 'columns', 25]);
  return net.build();
}
