import { InferenceSession, Tensor } from 'onnxruntime-node';
import { AttributeType, ElementType, encodeModel, type OnnxValueInfo } from '../../models/build/onnx-schema.ts';

/** Whom a float32 comparison with everybody puts first. */
export interface ExactNearest {
  /** Compares with the templates of the places from `from` on. */
  compare(vectors: readonly Float32Array[], from: number): Promise<void>;
  placeOf(query: number): number;
  close(): Promise<void>;
}

const info = (name: string, elemType: number, shape: readonly (number | string)[]): OnnxValueInfo => ({
  name,
  type: {
    tensorType: {
      elemType,
      shape: { dim: shape.map((side) => (typeof side === 'number' ? { dimValue: side } : { dimParam: side })) },
    },
  },
});

/** float32 throughout; a thousand queries against a million templates take seconds in the runtime, minutes in JavaScript. */
export async function createExact(queries: readonly Float32Array[], atMost: number): Promise<ExactNearest> {
  const dimension = queries[0]?.length ?? 0;
  const many = queries.length;
  const columns = new Float32Array(dimension * many);
  for (const [q, query] of queries.entries())
    for (let k = 0; k < dimension; k++) columns[k * many + q] = query[k] as number;
  const axis0 = { name: 'axis', type: AttributeType.int, i: 0 };
  const flat = { name: 'keepdims', type: AttributeType.int, i: 0 };
  const model = encodeModel({
    name: 'exact_nearest',
    initializer: [
      {
        name: 'queries',
        dataType: ElementType.float,
        dims: [dimension, many],
        rawData: new Uint8Array(columns.buffer),
      },
    ],
    node: [
      { name: 'cosines', opType: 'MatMul', input: ['vectors', 'queries'], output: ['cosines'], attribute: [] },
      { name: 'place', opType: 'ArgMax', input: ['cosines'], output: ['place'], attribute: [axis0, flat] },
      {
        name: 'best',
        opType: 'ReduceMax',
        input: ['cosines'],
        output: ['best'],
        attribute: [{ name: 'axes', type: AttributeType.ints, ints: [0] }, flat],
      },
    ],
    input: [info('vectors', ElementType.float, ['count', dimension])],
    output: [info('place', ElementType.int64, [many]), info('best', ElementType.float, [many])],
  });
  const session = await InferenceSession.create(model, { intraOpNumThreads: 1, logSeverityLevel: 3 });
  const known = queries.map(() => ({ place: -1, cosine: Number.NEGATIVE_INFINITY }));
  // Cosines of all queries with all vectors of a step are in memory at once.
  const step = Math.min(atMost, 8_192);
  const rows = new Float32Array(step * dimension);
  return {
    async compare(vectors, from) {
      for (let start = 0; start < vectors.length; start += step) {
        const part = vectors.slice(start, start + step);
        part.forEach((vector, i) => {
          rows.set(vector, i * dimension);
        });
        const input = new Tensor('float32', rows.subarray(0, part.length * dimension), [part.length, dimension]);
        const { place, best } = await session.run({ vectors: input });
        const [places, cosines] = [place?.data as BigInt64Array, best?.data as Float32Array];
        for (const [q, { cosine }] of known.entries())
          if ((cosines[q] as number) > cosine)
            known[q] = { place: from + start + Number(places[q]), cosine: cosines[q] as number };
      }
    },
    placeOf: (query) => known[query]?.place ?? -1,
    close: () => session.release(),
  };
}
