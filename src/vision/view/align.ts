import { boxMean, TEXT_SHARE, type View, viewOfLuma } from './view.ts';

/** Pure: whether two views show the same place, and by how much one is shifted, turned or zoomed against the other. */

/** How a picture is to be laid over the reference: reference cell = centre + zoom · turn · (cell − centre) + shift. */
export interface Placement {
  /** Shares of the picture's width; positive: what is seen has wandered right (down). */
  readonly dx: number;
  readonly dy: number;
  /** Degrees. */
  readonly turn: number;
  readonly zoom: number;
}

export const IN_PLACE: Placement = { dx: 0, dy: 0, turn: 0, zoom: 1 };

export interface BlockMatch {
  /** Blocks of the reference with something to hold on to. */
  readonly blocks: number;
  /** Share of them that the picture shows at that place. */
  readonly matched: number;
  /** Share of them where the picture shows nothing at all. */
  readonly lost: number;
}

const BLOCK = 10;
/** Mean slope of a block that is no plain wall, luma per cell. */
const TEXTURED_SLOPE = 2.5;
const MATCHES = 0.55;
const REACH = 1;
/** Of the slope in the reference, with the same light: below it there is nothing. */
const LOST_SHARE = 0.25;
/** Darker than this the light is no measure. */
const DARKEST = 12;

/** Block by block: each is looked for where it should be, a cell around. Where `placement` leads out of the picture nothing is asked. */
export function matchBlocks(reference: View, view: View, placement: Placement = IN_PLACE): BlockMatch {
  const { cols, rows } = reference;
  if (view.cols !== cols || view.rows !== rows) return { blocks: 0, matched: 0, lost: 0 };
  const moved = isInPlace(placement) ? view : null;
  const edges = moved ? moved.edges : warp(view.edges, cols, rows, placement);
  const slope = moved ? moved.slope : warp(view.slope, cols, rows, placement);
  const light = Math.max(0.2, Math.max(DARKEST, view.mean - 16) / Math.max(DARKEST, reference.mean - 16));
  const first = Math.ceil((rows * TEXT_SHARE) / 2) + REACH;
  const last = rows - first - BLOCK;
  let blocks = 0;
  let matched = 0;
  let lost = 0;
  for (let y = first; y <= last; y += BLOCK) {
    for (let x = REACH; x + BLOCK + REACH <= cols; x += BLOCK) {
      const there = meanOf(reference.slope, cols, x, y);
      if (!(there >= TEXTURED_SLOPE)) continue;
      const here = meanOf(slope, cols, x, y);
      if (Number.isNaN(here)) continue;
      blocks++;
      if (here < Math.min(TEXTURED_SLOPE, LOST_SHARE * there * Math.min(1, light))) lost++;
      if (bestNear(reference.edges, edges, cols, x, y) >= MATCHES) matched++;
    }
  }
  return { blocks, matched: blocks === 0 ? 0 : matched / blocks, lost: blocks === 0 ? 0 : lost / blocks };
}

const isInPlace = ({ dx, dy, turn, zoom }: Placement): boolean => dx === 0 && dy === 0 && turn === 0 && zoom === 1;

function meanOf(values: Float32Array, cols: number, x0: number, y0: number): number {
  let sum = 0;
  for (let y = y0; y < y0 + BLOCK; y++) for (let x = x0; x < x0 + BLOCK; x++) sum += values[y * cols + x] as number;
  return sum / (BLOCK * BLOCK);
}

function bestNear(a: Float32Array, b: Float32Array, cols: number, x: number, y: number): number {
  let best = -1;
  for (let dy = -REACH; dy <= REACH; dy++) {
    for (let dx = -REACH; dx <= REACH; dx++) {
      const found = blockLikeness(a, b, cols, y * cols + x, (y + dy) * cols + x + dx);
      if (found > best) best = found;
    }
  }
  return best;
}

function blockLikeness(a: Float32Array, b: Float32Array, cols: number, atA: number, atB: number): number {
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0];
  for (let y = 0; y < BLOCK; y++) {
    for (let x = 0, i = atA + y * cols, j = atB + y * cols; x < BLOCK; x++, i++, j++) {
      const [va, vb] = [a[i] as number, b[j] as number];
      sa += va;
      sb += vb;
      saa += va * va;
      sbb += vb * vb;
      sab += va * vb;
    }
  }
  const n = BLOCK * BLOCK;
  const spread = (saa - (sa * sa) / n) * (sbb - (sb * sb) / n);
  return spread > 1e-9 ? (sab - (sa * sb) / n) / Math.sqrt(spread) : -1;
}

/** The picture laid over the reference: the value of each reference cell, NaN where the picture does not reach. */
export function warp(
  values: Float32Array,
  cols: number,
  rows: number,
  { dx, dy, turn, zoom }: Placement,
): Float32Array {
  const out = new Float32Array(values.length);
  const [cx, cy] = [(cols - 1) / 2, (rows - 1) / 2];
  const [cos, sin] = [Math.cos((turn * Math.PI) / 180) * zoom, Math.sin((turn * Math.PI) / 180) * zoom];
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < cols; x++) {
      const [rx, ry] = [x - cx, y - cy];
      const sx = cx + cos * rx - sin * ry + dx * cols;
      const sy = cy + sin * rx + cos * ry + dy * cols;
      const [x0, y0] = [Math.floor(sx), Math.floor(sy)];
      if (x0 < 0 || y0 < 0 || x0 + 1 >= cols || y0 + 1 >= rows) {
        out[y * cols + x] = Number.NaN;
        continue;
      }
      const [fx, fy] = [sx - x0, sy - y0];
      const i = y0 * cols + x0;
      out[y * cols + x] =
        (values[i] as number) * (1 - fx) * (1 - fy) +
        (values[i + 1] as number) * fx * (1 - fy) +
        (values[i + cols] as number) * (1 - fx) * fy +
        (values[i + cols + 1] as number) * fx * fy;
    }
  }
  return out;
}

const COARSE = 5;
const MIDDLE = 2;
/** Further than this too little is left in common. */
const MOST_SHIFT = 0.4;
const TURNS = [0, -3, 3, -6, 6, -9, 9, -12, 12, -16, 16];
const ZOOMS = [1, 0.93, 1.08, 0.86, 1.17, 0.78, 1.28, 0.7, 1.42];
const KEPT = 5;
/** Less than this share of the reference in common says nothing. */
const LEAST_COMMON = 0.3;

/**
 * Where the picture's content has gone: the placement under which most blocks of the reference are found again, or null where
 * none is convincing. Coarse to fine, and in steps of some ten milliseconds each, since whoever asks has frames to read.
 */
export function* searchPlacement(
  reference: View,
  view: View,
  least: { readonly matched: number; readonly blocks: number },
): Generator<void, Placement | null> {
  const { cols, rows } = reference;
  if (view.cols !== cols || view.rows !== rows) return null;
  const coarse = { a: shrink(reference, COARSE), b: shrink(view, COARSE) };
  const most = Math.round(MOST_SHIFT * coarse.a.cols);
  const mostDown = Math.round(MOST_SHIFT * coarse.a.rows);
  const found: { placement: Placement; likeness: number }[] = [];
  for (const turn of TURNS) {
    for (const zoom of ZOOMS) {
      const turned = warp(coarse.b.edges, coarse.b.cols, coarse.b.rows, { ...IN_PLACE, turn, zoom });
      let best = { likeness: -1, x: 0, y: 0 };
      for (let y = -mostDown; y <= mostDown; y++) {
        for (let x = -most; x <= most; x++) {
          const likeness = shiftedLikeness(coarse.a.edges, turned, coarse.a.cols, coarse.a.rows, x, y);
          if (likeness > best.likeness) best = { likeness, x, y };
        }
      }
      // A shift of the turned picture, told as a shift of what it was made from.
      const [cos, sin] = [Math.cos((turn * Math.PI) / 180) * zoom, Math.sin((turn * Math.PI) / 180) * zoom];
      const [x, y] = [best.x / coarse.a.cols, best.y / coarse.a.cols];
      found.push({ likeness: best.likeness, placement: { dx: cos * x - sin * y, dy: sin * x + cos * y, turn, zoom } });
    }
    yield;
  }
  found.sort((a, b) => b.likeness - a.likeness);
  const middle = { a: shrink(reference, MIDDLE), b: shrink(view, MIDDLE) };
  let best: { placement: Placement; matched: number } | null = null;
  for (const { placement } of found.slice(0, KEPT)) {
    const near = refine(middle.a, middle.b, placement, { turn: 1.5, zoom: 0.03, shift: 1 / middle.a.cols });
    yield;
    const fine = refine(reference, view, near, { turn: 0.5, zoom: 0.01, shift: 1 / cols });
    const { matched, blocks } = matchBlocks(reference, view, fine);
    if (blocks >= least.blocks && matched >= least.matched && (best === null || matched > best.matched))
      best = { placement: fine, matched };
    if (best !== null && best.matched >= CONVINCING) break;
    yield;
  }
  return best?.placement ?? null;
}

/** No need to look further. */
const CONVINCING = 0.7;

/** The same at once. */
export function findPlacement(
  reference: View,
  view: View,
  least: { readonly matched: number; readonly blocks: number },
): Placement | null {
  const search = searchPlacement(reference, view, least);
  for (let step = search.next(); ; step = search.next()) if (step.done) return step.value;
}

interface Edges {
  readonly edges: Float32Array;
  readonly cols: number;
  readonly rows: number;
}

/** Edges of the view at a part of its size. */
function shrink({ luma, cols, rows }: View, by: number): Edges {
  const [w, h] = [Math.floor(cols / by), Math.floor(rows / by)];
  const small = new Float32Array(w * h);
  const means = boxMean(luma, cols, rows, by >> 1);
  for (let y = 0; y < h; y++)
    for (let x = 0; x < w; x++) small[y * w + x] = means[(y * by + (by >> 1)) * cols + x * by + (by >> 1)] as number;
  return viewOfLuma(small, w, h);
}

/** Steps of turn, zoom and shift, halved until they say nothing more; each is kept when it helps. */
function refine(
  a: Edges,
  b: Edges,
  from: Placement,
  steps: { readonly turn: number; readonly zoom: number; readonly shift: number },
): Placement {
  const judge = (placement: Placement): number =>
    shiftedLikeness(a.edges, warp(b.edges, b.cols, b.rows, placement), a.cols, a.rows, 0, 0);
  let best = from;
  let likeness = judge(from);
  for (let scale = 2; scale >= 0.5; scale /= 2) {
    for (let improved = true, rounds = 0; improved && rounds < 6; rounds++) {
      improved = false;
      for (const step of [
        { dx: best.dx + scale * steps.shift },
        { dx: best.dx - scale * steps.shift },
        { dy: best.dy + scale * steps.shift },
        { dy: best.dy - scale * steps.shift },
        { turn: best.turn + scale * steps.turn },
        { turn: best.turn - scale * steps.turn },
        { zoom: best.zoom + scale * steps.zoom },
        { zoom: best.zoom - scale * steps.zoom },
      ]) {
        const tried = { ...best, ...step };
        const found = judge(tried);
        if (found <= likeness + 1e-4) continue;
        [best, likeness, improved] = [tried, found, true];
      }
    }
  }
  return best;
}

/** Correlation of `a` with `b` shifted by whole cells, over what they have in common. */
function shiftedLikeness(a: Float32Array, b: Float32Array, cols: number, rows: number, dx: number, dy: number): number {
  const [x0, x1] = [Math.max(0, -dx), Math.min(cols, cols - dx)];
  const edge = Math.round(rows * (TEXT_SHARE / 2));
  const [y0, y1] = [Math.max(edge, edge - dy), Math.min(rows - edge, rows - edge - dy)];
  let [n, sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0, 0];
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const vb = b[(y + dy) * cols + x + dx] as number;
      if (Number.isNaN(vb)) continue;
      const va = a[y * cols + x] as number;
      n++;
      sa += va;
      sb += vb;
      saa += va * va;
      sbb += vb * vb;
      sab += va * vb;
    }
  }
  if (n < LEAST_COMMON * cols * rows) return -1;
  const spread = (saa - (sa * sa) / n) * (sbb - (sb * sb) / n);
  return spread > 1e-9 ? (sab - (sa * sb) / n) / Math.sqrt(spread) : -1;
}
