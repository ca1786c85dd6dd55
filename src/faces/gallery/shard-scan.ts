import { galleryScan, QUERY_ZERO_POINT } from '../../../models/build/networks/gallery-scan.ts';

/** Vectors that are compared together, inside the runtime. */
export interface ShardScan {
  readonly count: number;
  /** Exact integer products of each query (rows of `queries`) with each vector, query by query. Valid until the next scan. */
  scan(queries: Uint8Array): Promise<{ readonly products: Int32Array; readonly perQuery: number }>;
  close(): Promise<void>;
}

/** Where products are written: one for all shards of a gallery, whose scans take turns. */
export class Products {
  private room = new Int32Array(0);

  of(length: number): Int32Array {
    if (this.room.length < length) this.room = new Int32Array(length);
    return this.room.subarray(0, length);
  }
}

/** From so many bytes on it is reading a shard that takes the time, not the arithmetic. */
const FOLDED_FROM_BYTES = 256 * 1024;
/** The runtime's kernels keep up with memory from so many numbers per column on. */
const FULL_COLUMN = 512;

/**
 * Packs `count` vectors (int8, one after the other) for the runtime's kernels; it keeps a copy of its own. Short vectors of
 * large shards are folded: a column holds several of them, and a query becomes as many rows, each of which meets one of them
 * and zeros. That multiplies the arithmetic, of which there is plenty, and reads the vectors as fast as long ones
 * (docs/adr/0017).
 */
export async function openShardScan(
  rows: Int8Array,
  options: { readonly dimension: number; readonly threads: number; readonly products: Products },
): Promise<ShardScan> {
  const { dimension, threads } = options;
  // Only by who searches: most processes that know of galleries never do.
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const count = rows.length / dimension;
  const fold = rows.length < FOLDED_FROM_BYTES ? 1 : Math.max(1, Math.floor(FULL_COLUMN / dimension));
  const columns = Math.ceil(count / fold);
  const length = fold * dimension;
  const model = galleryScan(inColumns(rows, { dimension, count, columns, fold }), {
    dimension: length,
    count: columns,
  });
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    // Each shard would keep an arena of its own.
    enableCpuMemArena: false,
  });
  return {
    count,
    async scan(queries) {
      const many = queries.length / dimension;
      const perQuery = fold * columns;
      const asked = fold === 1 ? queries : folded(queries, { dimension, fold });
      const products = options.products.of(many * perQuery);
      await session.run(
        { queries: new Tensor('uint8', asked, [many * fold, length]) },
        { products: new Tensor('int32', products, [many * fold, columns]) },
      );
      return { products, perQuery };
    },
    close: () => session.release(),
  };
}

interface Layout {
  readonly dimension: number;
  readonly count: number;
  readonly columns: number;
  readonly fold: number;
}

const BLOCK = 64;

/**
 * Number by number instead of vector by vector: part r of the vectors, `columns` of them, fills the rows from r × dimension
 * on, so that products come out in the vectors' order. In blocks, so that both sides stay in the cache.
 */
function inColumns(rows: Int8Array, { dimension, count, columns, fold }: Layout): Int8Array {
  const result = new Int8Array(dimension * fold * columns);
  for (let part = 0; part < fold; part++) {
    const first = part * columns;
    const last = Math.min(count, first + columns);
    for (let from = first; from < last; from += BLOCK) {
      const to = Math.min(last, from + BLOCK);
      for (let k = 0; k < dimension; k++) {
        const row = (part * dimension + k) * columns - first;
        for (let i = from; i < to; i++) result[row + i] = rows[i * dimension + k] as number;
      }
    }
  }
  return result;
}

function folded(queries: Uint8Array, { dimension, fold }: Pick<Layout, 'dimension' | 'fold'>): Uint8Array {
  const many = queries.length / dimension;
  const length = dimension * fold;
  const result = new Uint8Array(many * fold * length).fill(QUERY_ZERO_POINT);
  for (let i = 0; i < many; i++)
    for (let part = 0; part < fold; part++)
      result.set(queries.subarray(i * dimension, (i + 1) * dimension), (i * fold + part) * length + part * dimension);
  return result;
}
