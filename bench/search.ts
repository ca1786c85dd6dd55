import { cpus, freemem } from 'node:os';
import { createGallery, type Gallery } from '../src/faces/gallery/gallery.ts';
import { packShard } from '../src/faces/gallery/packed-shard.ts';
import { NEVER_EMITTED } from '../src/faces/gallery/quantise.ts';
import { searchGallery } from '../src/faces/gallery/search.ts';
import { clusteredTemplates, templateId } from './support/clustered-templates.ts';
import { createExact, type ExactNearest } from './support/exact-nearest.ts';

export interface SearchOptions {
  /** Templates of each large gallery. */
  readonly templates: number;
  /** Of one more gallery of 128 numbers, if memory allows; 0: none. */
  readonly large: number;
  readonly catchment: number;
  readonly rounds: number;
  /** Searches of the rank-1 comparison, per dimension. */
  readonly queries: number;
}

const DIMENSIONS = [128, 512];
const PACK = 65_536;
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const round = (value: number, digits = 2): number => Number(value.toFixed(digits));
const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

async function milliseconds(work: () => unknown): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

/**
 * The int8 scan of a whole gallery, its best found, against a plain read of the same bytes (`Buffer.indexOf` of a byte that
 * does not occur), one thread each, in turns; how often the search's first is the exact float32 comparison's first; and a
 * clinic's catchment against a plain JavaScript loop. CPU milliseconds, medians: other work on the machine makes both wait,
 * and not alike; what passed by the clock is told beside.
 */
export async function benchSearch(options: SearchOptions): Promise<object> {
  const galleries: Record<string, Measured> = {};
  for (const dimension of DIMENSIONS)
    galleries[`${options.templates}x${dimension}`] = await measure(
      options,
      dimension,
      options.templates,
      options.queries,
    );
  // Twice its bytes: those that are read, and the runtime's own.
  const room = freemem() > 2.5 * 128 * options.large;
  if (options.large > 0 && room) galleries[`${options.large}x128`] = await measure(options, 128, options.large, 0);
  const catchments: Record<string, object> = {};
  for (const dimension of DIMENSIONS) catchments[String(dimension)] = await catchment(options, dimension);
  const first = galleries[`${options.templates}x${DIMENSIONS[0]}`];
  const ranked = Object.values(galleries).filter(({ searches }) => searches > 0);
  return {
    name: 'search',
    unit: 'CPU milliseconds of one search over the gallery, one thread',
    ours: first?.ours,
    baseline: first?.baseline,
    ratio: first?.ratio,
    worstRatio: Math.max(...Object.values(galleries).map(({ ratio }) => ratio)),
    rank1Agreement: ranked.length === 0 ? null : Math.min(...ranked.map(({ rank1Agreement }) => rank1Agreement)),
    galleries,
    catchments,
    threads: 1,
    ...(room ? {} : { leftOut: `${options.large}x128: too little memory is free` }),
    rounds: options.rounds,
    cpu: cpus()[0]?.model,
  };
}

interface Measured {
  readonly ours: number;
  readonly baseline: number;
  readonly ratio: number;
  /** By the clock. */
  readonly wall: { readonly ours: number; readonly baseline: number; readonly ratio: number };
  readonly gigabytesPerSecond: number;
  readonly openedInSeconds: number;
  readonly bytes: number;
  readonly searches: number;
  readonly rank1Agreement: number;
}

async function measure(options: SearchOptions, dimension: number, count: number, searches: number): Promise<Measured> {
  say(`${count} templates of ${dimension} numbers: making them`);
  const templates = clusteredTemplates({ count, dimension, seed: dimension });
  const gallery = createGallery({ version: 'bench', dimension });
  const plain = Buffer.alloc(count * dimension);
  const queries = templates.queries(Math.max(1, searches));
  const exact = searches > 0 ? await createExact(queries, PACK) : null;
  let opening = 0;
  for (let from = 0; from < count; from += PACK) {
    const vectors = templates.block(from, Math.min(count, from + PACK));
    const shard = packShard(
      { version: 'bench', dimension },
      vectors.map((vector, i) => ({ id: templateId(from + i), vector })),
    );
    plain.set(new Uint8Array(shard.rows.buffer, shard.rows.byteOffset, shard.rows.byteLength), from * dimension);
    opening += await milliseconds(() => gallery.addPacked(shard));
    await exact?.compare(vectors, from);
  }
  const times = { ours: [] as number[], baseline: [] as number[] };
  const cpu = { ours: [] as number[], baseline: [] as number[] };
  const turn = async (of: 'ours' | 'baseline', work: () => unknown, counts: boolean): Promise<void> => {
    const before = process.cpuUsage();
    const took = await milliseconds(work);
    const { user, system } = process.cpuUsage(before);
    if (!counts) return;
    times[of].push(took);
    cpu[of].push((user + system) / 1000);
  };
  for (let i = -2; i < options.rounds; i++) {
    const query = queries[Math.max(0, i) % queries.length] as Float32Array;
    await turn('baseline', () => read(plain), i >= 0);
    await turn('ours', () => gallery.scan([query], 128), i >= 0);
  }
  const agreed = exact === null ? 0 : await agreement(gallery, queries, exact, templates.vectorOf);
  await exact?.close();
  await gallery.close();
  const [ours, baseline] = [median(cpu.ours), median(cpu.baseline)];
  const [oursWall, baselineWall] = [median(times.ours), median(times.baseline)];
  say(`  ${ours.toFixed(2)} ms against ${baseline.toFixed(2)} ms, rank 1 agrees in ${agreed} of ${searches}`);
  return {
    ours: round(ours),
    baseline: round(baseline),
    ratio: round(ours / baseline),
    wall: { ours: round(oursWall), baseline: round(baselineWall), ratio: round(oursWall / baselineWall) },
    gigabytesPerSecond: round(plain.length / ours / 1e6, 1),
    openedInSeconds: round(opening / 1000, 1),
    bytes: plain.length,
    searches,
    rank1Agreement: searches === 0 ? 1 : round(agreed / searches, 5),
  };
}

function read(bytes: Buffer): void {
  if (bytes.indexOf(NEVER_EMITTED) !== -1) throw new Error('the quantiser wrote a byte that it never writes');
}

async function agreement(
  gallery: Gallery,
  queries: readonly Float32Array[],
  exact: ExactNearest,
  vectorOf: (place: number) => Float32Array,
): Promise<number> {
  const vectorsOf = async (ids: readonly string[]) => new Map(ids.map((id) => [id, vectorOf(placeOf(id))]));
  let agreed = 0;
  for (const [q, vector] of queries.entries()) {
    const [result] = await searchGallery(gallery, [vector], { limit: 1, atLeast: 1, vectorsOf });
    if (result?.found[0]?.id === templateId(exact.placeOf(q))) agreed += 1;
  }
  return agreed;
}

const placeOf = (id: string): number => Number.parseInt(id.slice(-12), 16);

/** As one writes it: the loop that a catchment is compared with. */
function dot(a: Float32Array, b: Float32Array, from: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[i] as number) * (b[from + i] as number);
  return sum;
}

const BATCH = 16;
/** The nearest that a search shows where nothing else is asked for. */
const SHOWN = 10;
/** Searches of one turn. */
const TURN = 100;

/** A clinic's people: one search at a time, and as they come from a day's appearances, `BATCH` at once. */
async function catchment({ catchment: count, rounds }: SearchOptions, dimension: number): Promise<object> {
  const templates = clusteredTemplates({ count, dimension, seed: 7 });
  const vectors = templates.block(0, count);
  const flat = new Float32Array(count * dimension);
  vectors.forEach((vector, i) => {
    flat.set(vector, i * dimension);
  });
  const gallery = createGallery({ version: 'bench', dimension });
  await gallery.add(vectors.map((vector, i) => ({ id: templateId(i), vector })));
  const queries = templates.queries(BATCH);
  const loop = (query: Float32Array): number => {
    let [best, place] = [Number.NEGATIVE_INFINITY, -1];
    for (let i = 0; i < count; i++) {
      const cosine = dot(query, flat, i * dimension, dimension);
      if (cosine > best) [best, place] = [cosine, i];
    }
    return place;
  };
  const times = { loop: [] as number[], one: [] as number[], many: [] as number[] };
  // Turns of some length: the processor is as warm for each as it is when one search follows another.
  const turn = async (work: (query: Float32Array) => unknown): Promise<number> => {
    const took: number[] = [];
    for (let i = 0; i < TURN; i++) took.push(await milliseconds(() => work(queries[i % BATCH] as Float32Array)));
    return median(took);
  };
  for (let i = -2; i < rounds; i++) {
    const [slow, one, many] = [
      await turn(loop),
      await turn((query) => gallery.scan([query], SHOWN)),
      await turn(() => gallery.scan(queries, SHOWN)),
    ];
    if (i < 0) continue;
    times.loop.push(slow);
    times.one.push(one);
    times.many.push(many / BATCH);
  }
  await gallery.close();
  const [slow, one, many] = [median(times.loop), median(times.one), median(times.many)];
  say(
    `a catchment of ${count} × ${dimension}: ${(one * 1000).toFixed(0)} µs alone, ${(many * 1000).toFixed(0)} µs of ${BATCH}, the loop ${(slow * 1000).toFixed(0)} µs`,
  );
  return {
    templates: count,
    loopMicroseconds: round(slow * 1000, 1),
    oneMicroseconds: round(one * 1000, 1),
    batchMicroseconds: round(many * 1000, 1),
    batch: BATCH,
    timesFasterAlone: round(slow / one, 1),
    timesFaster: round(slow / many, 1),
  };
}
