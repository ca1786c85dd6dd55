import { InferenceSession, Tensor } from 'onnxruntime-node';
import { galleryScan } from '../../../models/build/networks/gallery-scan.ts';

/** Vectors that are compared together, inside the runtime. */
export interface ShardScan {
  readonly count: number;
  /** Exact integer products of each query (rows of `queries`) with each vector, written into `products`, query by query. */
  scan(queries: Uint8Array, products: Int32Array): Promise<void>;
  close(): Promise<void>;
}

/** Packs `count` vectors (int8, one after the other) for the runtime's kernels; it keeps a copy of its own. */
export async function openShardScan(
  rows: Int8Array,
  { dimension, threads }: { readonly dimension: number; readonly threads: number },
): Promise<ShardScan> {
  const count = rows.length / dimension;
  const model = galleryScan(transposed(rows, dimension, count), { dimension, count });
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // Each shard would keep an arena of its own.
    enableCpuMemArena: false,
  });
  return {
    count,
    async scan(queries, products) {
      const many = queries.length / dimension;
      const out = products.subarray(0, many * count);
      await session.run(
        { queries: new Tensor('uint8', queries, [many, dimension]) },
        { products: new Tensor('int32', out, [many, count]) },
      );
    },
    close: () => session.release(),
  };
}

const BLOCK = 64;

/** Number by number instead of vector by vector; in blocks, so that both sides stay in the cache. */
function transposed(rows: Int8Array, dimension: number, count: number): Int8Array {
  const columns = new Int8Array(rows.length);
  for (let from = 0; from < count; from += BLOCK) {
    const to = Math.min(count, from + BLOCK);
    for (let k = 0; k < dimension; k++) {
      const column = k * count;
      for (let i = from; i < to; i++) columns[column + i] = rows[i * dimension + k] as number;
    }
  }
  return columns;
}
