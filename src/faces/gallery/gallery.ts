import { QUERY_ZERO_POINT } from '../../../models/build/networks/gallery-scan.ts';
import { DomainError } from '../../platform/errors.ts';
import { BestOf, offerAll } from './best-of.ts';
import { IdTable, idBytes } from './id-table.ts';
import type { PackedShard } from './packed-shard.ts';
import { quantiseQuery, quantiseVector } from './quantise.ts';
import { openShardScan, Products, type ShardScan } from './shard-scan.ts';

export interface GalleryOptions {
  /** Model and pipeline of all its templates. */
  readonly version: string;
  readonly dimension: number;
  /** Of the runtime, per scan. */
  readonly threads?: number;
}

export interface ScanHit {
  readonly id: string;
  /** Cosine as the int8 numbers have it. */
  readonly score: number;
}

export interface ScanResult {
  /** Best first. */
  readonly hits: readonly ScanHit[];
  /** A score here and the exact cosine differ by no more. */
  readonly apart: number;
  /** The exact cosine of every template that is not among the hits is no more than this. */
  readonly restBelow: number;
  /** How many were compared. */
  readonly compared: number;
}

/**
 * Templates of one version in memory, as int8, every one of which is compared with a query. New ones are found from the
 * moment `add` was called, removed ones from the moment `remove` was called are not.
 */
export interface Gallery {
  readonly version: string;
  readonly dimension: number;
  /** Without the removed ones. */
  readonly size: number;
  /** Removed ones, which still take up room. */
  readonly removed: number;
  has(id: string): boolean;
  ids(): IterableIterator<string>;
  /** One that is known is replaced. @throws DomainError `invalid_input`: another dimension, or no direction */
  add(templates: readonly { readonly id: string; readonly vector: Float32Array }[]): Promise<void>;
  /** Those of a packed shard, without those that `keep` refuses. @throws DomainError `invalid_input`: another version */
  addPacked(shard: PackedShard, keep?: (id: string) => boolean): Promise<void>;
  /** @returns how many were here */
  remove(ids: Iterable<string>): number;
  /** The `k` nearest of each query, by all templates. Vectors of unit length. */
  scan(queries: readonly Float32Array[], k: number): Promise<ScanResult[]>;
  close(): Promise<void>;
}

/** Vectors that the runtime scans in one go: large enough for its kernels, small enough to let others have their turn. */
export const SHARD_TEMPLATES = 131_072;
/** New ones that are compared one by one until there are enough of them for a shard. */
const LOOSE_TEMPLATES = 1_024;
/** Queries of one go. */
const MOST_QUERIES = 64;

interface Shard {
  readonly from: number;
  readonly scan: ShardScan;
  /** The int8 numbers, as long as another shard may be joined to it. */
  readonly rows: Int8Array<ArrayBuffer> | null;
}

export function createGallery({ version, dimension, threads = 1 }: GalleryOptions): Gallery {
  const ids = new IdTable();
  const products = new Products();
  let scales = new Float32Array(1024);
  let gone = new Uint8Array(1024);
  let removed = 0;
  let worstError = 0;
  let shards: readonly Shard[] = [];
  /** int8 numbers of those behind the last shard. */
  let loose = new Int8Array(64 * dimension);
  let looseFrom = 0;
  let closed = false;
  let turn: Promise<unknown> = Promise.resolve();

  /** One after the other: a scan's buffers and the list of shards are shared. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  };

  const room = (count: number): void => {
    if (scales.length < count) {
      const length = Math.max(count, scales.length * 2);
      scales = grown(scales, new Float32Array(length));
      gone = grown(gone, new Uint8Array(length));
    }
    const numbers = (count - looseFrom) * dimension;
    if (loose.length < numbers) loose = grown(loose, new Int8Array(Math.max(numbers, loose.length * 2)));
  };

  const bury = (place: number): number => {
    if (place < 0 || gone[place] === 1) return 0;
    gone[place] = 1;
    removed += 1;
    return 1;
  };

  const enter = (id: Buffer, scale: number): void => {
    bury(ids.find(id));
    scales[ids.add(id)] = scale;
  };

  /** Makes shards of what is loose, and joins small ones, so that their number stays small. */
  const settle = async (): Promise<void> => {
    while (!closed && ids.count - looseFrom >= LOOSE_TEMPLATES) {
      const count = Math.min(SHARD_TEMPLATES, ids.count - looseFrom);
      const taken = [loose.slice(0, count * dimension)];
      const outdated: Shard[] = [];
      let total = count;
      for (let last = shards.at(-1); last !== undefined; last = shards[shards.length - 1 - outdated.length]) {
        if (last.rows === null || last.scan.count > 2 * total || last.scan.count + total > SHARD_TEMPLATES) break;
        taken.unshift(last.rows);
        total += last.scan.count;
        outdated.push(last);
      }
      const rows = joined(taken);
      const scan = await openShardScan(rows, { dimension, threads, products });
      const from = looseFrom + count - total;
      const shard: Shard = { from, scan, rows: total === SHARD_TEMPLATES ? null : rows };
      shards = [...shards.slice(0, shards.length - outdated.length), shard];
      // More may have come while the shard was made.
      loose.copyWithin(0, count * dimension, (ids.count - looseFrom) * dimension);
      looseFrom += count;
      for (const { scan: old } of outdated) await old.close();
    }
    if (ids.count === looseFrom && loose.length > LOOSE_TEMPLATES * dimension)
      loose = new Int8Array(LOOSE_TEMPLATES * dimension);
  };

  const scanAll = async (queries: readonly Float32Array[], k: number): Promise<ScanResult[]> => {
    const bytes = new Uint8Array(queries.length * dimension);
    const asked = queries.map((query, i) => quantiseQuery(query, bytes, i * dimension, QUERY_ZERO_POINT));
    const best = queries.map(() => new BestOf(k));
    const compared = ids.count - removed;
    for (const { from, scan } of shards) {
      const { products: all, perQuery } = await scan.scan(bytes);
      for (const [i, found] of best.entries()) {
        const own = all.subarray(i * perQuery, i * perQuery + scan.count);
        offerAll(found, own, { scales: scales.subarray(from, from + scan.count), gone, from });
      }
    }
    for (const [i, found] of best.entries())
      for (let place = looseFrom; place < ids.count; place++) {
        if (gone[place] === 1) continue;
        const row = (place - looseFrom) * dimension;
        let product = 0;
        for (let n = 0; n < dimension; n++)
          product += ((bytes[i * dimension + n] as number) - QUERY_ZERO_POINT) * (loose[row + n] as number);
        found.offer(product * (scales[place] as number), place);
      }
    return best.map((found, i) => {
      const { scale, error } = asked[i] ?? { scale: 0, error: 0 };
      // |q·v − q'·v'| ≤ |q−q'| |v'| + |q| |v−v'|, with |q| = 1 and |v'| ≤ 1 + |v−v'|.
      const apart = error * (1 + worstError) + worstError;
      return {
        apart,
        hits: found.sorted().map(({ score, place }) => ({ id: ids.at(place), score: score * scale })),
        restBelow: found.isFull ? found.bar * scale + apart : Number.NEGATIVE_INFINITY,
        compared,
      };
    });
  };

  return {
    version,
    dimension,
    get size() {
      return ids.count - removed;
    },
    get removed() {
      return removed;
    },
    has: (id) => {
      const place = ids.find(idBytes(id));
      return place >= 0 && gone[place] === 0;
    },
    *ids() {
      for (let place = 0; place < ids.count; place++) if (gone[place] === 0) yield ids.at(place);
    },
    async add(templates) {
      for (const { id, vector } of templates) {
        assertDimension(vector.length, dimension);
        room(ids.count + 1);
        const { scale, error } = quantiseVector(vector, loose, (ids.count - looseFrom) * dimension);
        worstError = Math.max(worstError, error);
        enter(idBytes(id), scale);
      }
      await inTurn(settle);
    },
    async addPacked(shard, keep) {
      if (shard.version !== version || shard.dimension !== dimension)
        throw new DomainError(
          'invalid_input',
          `A shard of ${shard.version} does not belong into a gallery of ${version}.`,
        );
      worstError = Math.max(worstError, shard.worstError);
      room(ids.count + shard.ids.length);
      shard.ids.forEach((id, i) => {
        if (keep !== undefined && !keep(id)) return;
        loose.set(shard.rows.subarray(i * dimension, (i + 1) * dimension), (ids.count - looseFrom) * dimension);
        enter(idBytes(id), shard.scales[i] as number);
      });
      await inTurn(settle);
    },
    remove(wanted) {
      let count = 0;
      for (const id of wanted) count += bury(ids.find(idBytes(id)));
      return count;
    },
    async scan(queries, k) {
      for (const query of queries) assertDimension(query.length, dimension);
      const results: ScanResult[] = [];
      for (let from = 0; from < queries.length; from += MOST_QUERIES)
        results.push(...(await inTurn(() => scanAll(queries.slice(from, from + MOST_QUERIES), Math.max(1, k)))));
      return results;
    },
    close: () =>
      inTurn(async () => {
        closed = true;
        const open = shards;
        shards = [];
        for (const { scan } of open) await scan.close();
      }),
  };
}

function assertDimension(length: number, dimension: number): void {
  if (length === dimension) return;
  throw new DomainError('invalid_input', `A face template has ${length} numbers; this gallery's have ${dimension}.`, {
    remedy: 'Make the template again with the face model in use.',
  });
}

function grown<T extends Float32Array | Uint8Array | Int8Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

function joined(parts: readonly Int8Array<ArrayBuffer>[]): Int8Array<ArrayBuffer> {
  if (parts.length === 1) return parts[0] as Int8Array<ArrayBuffer>;
  const whole = new Int8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
