import learnt from '../../models/cards/faceapi-dlib-128.crowding.json' with { type: 'json' };

/*
 * How crowded the space of descriptors is around a face: the mean cosine of the thirty people most like it among those of
 * `learnt.data`, as a smooth function of the descriptor (quadratic in its first principal components, ridge regression).
 * Strangers of a crowded neighbourhood are alike to this network and would pass any fixed threshold; so would blurred faces.
 * Only figures: no template of anybody is in it (docs/adr/0021).
 */
const mean = floats(learnt.mean);
const axes = floats(learnt.axes);
const linear = floats(learnt.linear);
const quadratic = floats(learnt.quadratic);
const components = axes.length / mean.length;

/**
 * The length of a built-in template, 0..1: the more crowded its neighbourhood, the shorter. The product of two templates is
 * then their cosine less the mean of what either has in common with strangers, to first order: an adaptive cohort
 * normalisation (Matějka et al., 2017) that needs no cohort at hand and stays a scalar product.
 * @param vector of unit length
 */
export function lengthByCrowding(vector: Float32Array): number {
  const at = Array.from({ length: components }, (_, c) => {
    let sum = 0;
    for (let i = 0; i < mean.length; i++)
      sum += (axes[c * mean.length + i] as number) * ((vector[i] as number) - (mean[i] as number));
    return sum;
  });
  let crowding = learnt.offset;
  for (let i = 0; i < mean.length; i++) crowding += (linear[i] as number) * (vector[i] as number);
  let next = 0;
  for (let c = 0; c < components; c++)
    for (let d = c; d < components; d++)
      crowding += (quadratic[next++] as number) * (at[c] as number) * (at[d] as number);
  return Math.min(1, Math.exp((learnt.reference - crowding) * learnt.steepness));
}

function floats(base64: string): Float32Array {
  const bytes = Buffer.from(base64, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}
