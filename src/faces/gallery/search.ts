import { dotProduct } from '../template.ts';
import type { Gallery } from './gallery.ts';

export interface FaceFound {
  readonly id: string;
  /** Exact, float32. */
  readonly cosine: number;
}

export interface SearchResult {
  /** Best first. */
  readonly found: readonly FaceFound[];
  readonly compared: number;
  /** Nobody at `atLeast` or above is missing. False only where more than `MOST_RANKED` come near it. */
  readonly complete: boolean;
}

const FIRST_RANKED = 128;
const MOST_RANKED = 8_192;

/**
 * The templates nearest to each query: all are scanned as int8, the nearest are ranked by their float32 numbers, and so many
 * of them that none at `atLeast` or above can have been passed over for its rounding.
 * @param vectorsOf the float32 templates; ids that are not kept any more are absent from its answer, and so from ours
 */
export async function searchGallery(
  gallery: Gallery,
  queries: readonly Float32Array[],
  options: {
    readonly limit: number;
    readonly atLeast: number;
    vectorsOf(ids: readonly string[]): Promise<ReadonlyMap<string, Float32Array>>;
  },
): Promise<SearchResult[]> {
  let k = Math.max(FIRST_RANKED, options.limit);
  let scans = await gallery.scan(queries, k);
  while (k < MOST_RANKED && scans.some(({ restBelow }) => restBelow > options.atLeast)) {
    k = Math.min(MOST_RANKED, k * 4);
    scans = await gallery.scan(queries, k);
  }
  const near = scans.map(({ hits, apart }) =>
    hits.filter(({ score }, i) => i < FIRST_RANKED || score + apart >= options.atLeast),
  );
  const vectors = await options.vectorsOf([...new Set(near.flatMap((hits) => hits.map(({ id }) => id)))]);
  return scans.map(({ restBelow, compared }, i) => ({
    found: (near[i] ?? [])
      .flatMap(({ id }) => {
        const vector = vectors.get(id);
        return vector === undefined ? [] : [{ id, cosine: dotProduct(queries[i] as Float32Array, vector) }];
      })
      .sort((a, b) => b.cosine - a.cosine || (a.id < b.id ? -1 : 1))
      .slice(0, options.limit),
    compared,
    complete: restBelow <= options.atLeast,
  }));
}
