import { GraphBuilder, type Value } from '../graph-builder.ts';
import type { Weights } from '../weights.ts';

const INPUT_SIZE = 112;
const MAIN_BLOCKS = 2;

/** AgeGenderNet on a small Xception. `image` 112×112 → `age` in years and `gender`, shares of male and female. */
export function ageGender(weights: Weights): Uint8Array {
  const net = new GraphBuilder('age_gender');
  const full = (x: Value, layer: string, stride: number) =>
    net.conv(x, { filters: weights.get(`${layer}/filters`), bias: weights.get(`${layer}/bias`), stride });
  const separable = (x: Value, layer: string) =>
    net.conv(net.depthwise(x, { filters: weights.get(`${layer}/depthwise_filter`) }), {
      filters: weights.get(`${layer}/pointwise_filter`),
      bias: weights.get(`${layer}/bias`),
    });
  /** Two separable convolutions, halved; the input joins by a convolution of single pixels. */
  const reduction = (x: Value, block: string, first = net.relu(x)) => {
    const inner = separable(net.relu(separable(first, `${block}/separable_conv0`)), `${block}/separable_conv1`);
    const halved = net.maxPool(inner, { size: 3, stride: 2, padding: 'same' });
    return net.add(halved, full(x, `${block}/expansion_conv`, 2));
  };
  const main = (x: Value, block: string) => {
    let inner = x;
    for (let i = 0; i < 3; i++) inner = separable(net.relu(inner), `${block}/separable_conv${i}`);
    return net.add(inner, x);
  };

  let x = net.normalise(net.image(INPUT_SIZE, INPUT_SIZE), { mean: [122.782, 117.001, 104.298], divisor: 255 });
  x = net.relu(full(x, 'entry_flow/conv_in', 2));
  x = reduction(x, 'entry_flow/reduction_block_0', x);
  x = reduction(x, 'entry_flow/reduction_block_1');
  for (let i = 0; i < MAIN_BLOCKS; i++) x = main(x, `middle_flow/main_block_${i}`);
  x = reduction(x, 'exit_flow/reduction_block');
  x = net.globalAverage(net.relu(separable(x, 'exit_flow/separable_conv')));
  const layer = (name: string) =>
    net.dense(x, { weights: weights.get(`fc/${name}/weights`), bias: weights.get(`fc/${name}/bias`) });
  net.output('age', layer('age'), ['batch', 1]);
  net.output('gender', net.softmax(layer('gender')), ['batch', 2]);
  return net.build();
}
