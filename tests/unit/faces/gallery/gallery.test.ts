import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../../src/faces/degrade.ts';
import { createGallery } from '../../../../src/faces/gallery/gallery.ts';
import { NEVER_EMITTED, quantiseVector } from '../../../../src/faces/gallery/quantise.ts';
import { searchGallery } from '../../../../src/faces/gallery/search.ts';
import { dot, families, gaussian, idOf, unit } from './vectors.ts';

const entries = (vectors: readonly Float32Array[], from = 0) =>
  vectors.map((vector, i) => ({ id: idOf(from + i), vector }));

/** Somebody of the gallery, photographed again. */
function again(vector: Float32Array, seed: number, share = 0.25): Float32Array {
  const random = seededRandom(seed);
  const size = share / Math.sqrt(vector.length);
  return unit(vector.map((value) => value + size * gaussian(random)));
}

const nearestOf = (vectors: readonly Float32Array[], query: Float32Array, limit: number) =>
  vectors
    .map((vector, i) => ({ id: idOf(i), cosine: dot(query, vector) }))
    .sort((a, b) => b.cosine - a.cosine)
    .slice(0, limit);

describe('the int8 numbers', () => {
  it('never hold the byte that a plain read looks for, at either end of a scale', () => {
    const rows = new Int8Array(3 * 128);
    const extreme = Float32Array.from({ length: 128 }, (_, i) => (i % 2 === 0 ? -1 : 1));
    quantiseVector(extreme, rows, 0);
    quantiseVector(unit(Float32Array.from({ length: 128 }, (_, i) => (i === 5 ? -40 : Math.sin(i)))), rows, 128);
    quantiseVector(families(1, 128)[0] as Float32Array, rows, 256);
    expect(Buffer.from(rows.buffer).indexOf(NEVER_EMITTED)).toBe(-1);
    expect(Math.min(...rows)).toBe(-127);
  });

  it('refuse what is no direction', () => {
    const into = new Int8Array(4);
    for (const bad of [
      [0, 0, 0, 0],
      [1, Number.NaN, 0, 0],
      [Number.POSITIVE_INFINITY, 0, 0, 0],
    ])
      expect(() => quantiseVector(Float32Array.from(bad), into, 0)).toThrow(/cannot be searched/);
  });
});

describe.each([128, 512])('a gallery of %i numbers', (dimension) => {
  const vectors = families(5_300, dimension);
  const byId = new Map(vectors.map((vector, i) => [idOf(i), vector]));
  const vectorsOf = async (ids: readonly string[]) =>
    new Map(ids.flatMap((id) => (byId.has(id) ? [[id, byId.get(id) as Float32Array] as const] : [])));

  it('finds the same people in the same order as a comparison with everybody, in shards and in what is loose', async () => {
    const gallery = createGallery({ version: 'v', dimension });
    for (const [from, to] of [
      [0, 4_000],
      [4_000, 4_900],
      [4_900, 5_290],
      [5_290, 5_300],
    ] as const)
      await gallery.add(entries(vectors.slice(from, to), from));
    expect(gallery.size).toBe(5_300);
    const wanted = [0, 17, 4_000, 4_950, 5_299];
    const queries = wanted.map((n) => again(vectors[n] as Float32Array, n));
    const results = await searchGallery(gallery, queries, { limit: 20, atLeast: 0.9, vectorsOf });
    for (const [i, { found, complete, compared }] of results.entries()) {
      const truth = nearestOf(vectors, queries[i] as Float32Array, 20);
      expect(found.map(({ id }) => id)).toEqual(truth.map(({ id }) => id));
      expect(found[0]?.cosine).toBeCloseTo(truth[0]?.cosine ?? 0, 5);
      expect({ complete, compared }).toEqual({ complete: true, compared: 5_300 });
    }
    await gallery.close();
  });

  it('passes over nobody at the threshold, though more are near it than are ranked at first', async () => {
    const gallery = createGallery({ version: 'v', dimension });
    await gallery.add(entries(vectors));
    const query = again(vectors[100] as Float32Array, 7);
    const all = nearestOf(vectors, query, vectors.length);
    const atLeast = all[600]?.cosine ?? 0;
    const [result] = await searchGallery(gallery, [query], { limit: 2_000, atLeast, vectorsOf });
    expect(result?.complete).toBe(true);
    expect(result?.found.filter(({ cosine }) => cosine >= atLeast - 1e-6).length).toBeGreaterThanOrEqual(601);
    expect(result?.found.slice(0, 601).map(({ id }) => id)).toEqual(all.slice(0, 601).map(({ id }) => id));
    await gallery.close();
  });

  it('does not find who was removed, nor count him, and finds him who came back by his newer face', async () => {
    const gallery = createGallery({ version: 'v', dimension });
    await gallery.add(entries(vectors));
    const [first, last] = [vectors[3] as Float32Array, vectors[5_299] as Float32Array];
    expect(gallery.remove([idOf(3), idOf(5_299), idOf(3), idOf(999_999)])).toBe(2);
    const [a, b] = await gallery.scan([first, last], 5);
    expect(a?.hits.some(({ id }) => id === idOf(3))).toBe(false);
    expect(b?.hits.some(({ id }) => id === idOf(5_299))).toBe(false);
    expect(a?.compared).toBe(5_298);
    await gallery.add([{ id: idOf(3), vector: last }]);
    await gallery.add([{ id: idOf(4), vector: last }]);
    const [c, d] = await gallery.scan([last, vectors[4] as Float32Array], 2);
    expect(c?.hits.map(({ id }) => id).sort()).toEqual([idOf(3), idOf(4)]);
    expect(d?.hits[0]?.id).not.toBe(idOf(4));
    expect(gallery.size).toBe(5_299);
    await gallery.close();
  });
});

describe('while people are searched', () => {
  it('finds those that are added meanwhile, and loses none of the others', async () => {
    const dimension = 32;
    const vectors = families(9_000, dimension, 3);
    const gallery = createGallery({ version: 'v', dimension });
    await gallery.add(entries(vectors.slice(0, 3_000)));
    const working: Promise<unknown>[] = [];
    for (let from = 3_000; from < 9_000; from += 500) {
      working.push(gallery.add(entries(vectors.slice(from, from + 500), from)));
      // No await: he was told to be there, so he is found.
      working.push(
        gallery.scan([vectors[from + 499] as Float32Array, vectors[5] as Float32Array], 1).then((results) => {
          expect(results.map(({ hits }) => hits[0]?.id)).toEqual([idOf(from + 499), idOf(5)]);
        }),
      );
    }
    await Promise.all(working);
    const results = await gallery.scan(vectors, 1);
    expect(results.filter(({ hits }, i) => hits[0]?.id !== idOf(i))).toEqual([]);
    await gallery.close();
  });

  it('says so when a template has another form', async () => {
    const gallery = createGallery({ version: 'v', dimension: 32 });
    await expect(gallery.add([{ id: idOf(1), vector: new Float32Array(128).fill(1) }])).rejects.toThrow(/128 numbers/);
    await expect(gallery.scan([new Float32Array(128).fill(1)], 1)).rejects.toMatchObject({ code: 'invalid_input' });
    const [empty] = await gallery.scan([new Float32Array(32).fill(1)], 3);
    expect(empty).toMatchObject({ hits: [], compared: 0, restBelow: Number.NEGATIVE_INFINITY });
    await gallery.close();
  });
});
