import { ElementType, encodeModel, type OnnxTensor, type OnnxValueInfo } from '../onnx-schema.ts';

/** Queries come as bytes around this value: nothing but 7 bits of them is used, see `galleryScan`. */
export const QUERY_ZERO_POINT = 64;

const valueInfo = (name: string, elemType: number, shape: readonly (number | string)[]): OnnxValueInfo => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: shape.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: side })) },
    },
  },
});

/**
 * The .onnx file that compares queries with many vectors at once: `queries` (uint8, any × dimension, 1..127 around 64) to
 * `products` (int32, any × count), the exact integer dot products. The vectors are a constant, so that the runtime packs them
 * for its kernels once. Queries keep to 7 bits: processors without VNNI add two products of 8 by 8 bits in 16 bits, where
 * 255 × 127 × 2 would overflow unsaid and 127 × 127 × 2 does not.
 * @param vectors `dimension` rows of `count`: the first number of every vector, then the second of every vector
 */
export function galleryScan(
  vectors: Int8Array,
  { dimension, count }: { dimension: number; count: number },
): Uint8Array {
  const initializer: OnnxTensor[] = [
    {
      name: 'vectors',
      dataType: ElementType.int8,
      dims: [dimension, count],
      rawData: new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength),
    },
    { name: 'zero_point', dataType: ElementType.uint8, dims: [], rawData: Uint8Array.of(QUERY_ZERO_POINT) },
  ];
  return encodeModel({
    name: 'gallery_scan',
    node: [
      {
        name: 'products',
        opType: 'MatMulInteger',
        input: ['queries', 'vectors', 'zero_point'],
        output: ['products'],
        attribute: [],
      },
    ],
    initializer,
    input: [valueInfo('queries', ElementType.uint8, ['many', dimension])],
    output: [valueInfo('products', ElementType.int32, ['many', count])],
  });
}
