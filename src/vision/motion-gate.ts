/**
 * Whether something in the room changed, from block means of the luma: what lets an empty room cost almost nothing.
 * A change of the whole picture's brightness (a cloud, the camera's own exposure) is taken out first; the threshold
 * follows the picture's own noise.
 */
export interface MotionGate {
  /** Compares with the picture last remembered; true also for the first picture and after a change of size. */
  moved(grid: Float32Array): boolean;
  /** The blocks that changed beyond noise against the picture last remembered; null: there is none to compare with. */
  changed(grid: Float32Array): readonly number[] | null;
  /** Whether this is another picture altogether than the one last remembered: a cut, a camera that was turned. */
  cut(grid: Float32Array): boolean;
  /** The picture that later ones are compared with: the last that was searched for faces. */
  remember(grid: Float32Array): void;
}

const LEAST_CHANGE = 6;
const NOISE_MULTIPLE = 5;
const LEAST_BLOCKS = 4;
/** Mean absolute deviation of a normal distribution to its standard deviation. */
const SIGMA_PER_MAD = 1.4826;
/** A threshold that noise alone seldom asks for: perhaps most of the picture is another one, and that is no noise. */
const SUSPICIOUS = 15;
/** Another picture: so large a part of it changed so much, and light and shade lie elsewhere. Lamps that are switched leave them. */
const CUT_CHANGE = 20;
const CUT_SHARE = 1 / 3;
const CUT_LIKENESS = 0.7;

export function createMotionGate(): MotionGate {
  let reference: Float32Array | null = null;
  let last: { readonly grid: Float32Array; readonly change: Change } | null = null;
  const compared = (grid: Float32Array): Change | null => {
    if (reference === null || reference.length !== grid.length) return null;
    if (last?.grid !== grid) last = { grid, change: compareGrids(reference, grid) };
    return last.change;
  };
  return {
    moved: (grid) => (compared(grid)?.blocks.length ?? LEAST_BLOCKS) >= LEAST_BLOCKS,
    changed: (grid) => compared(grid)?.blocks ?? null,
    cut: (grid) => compared(grid)?.cut ?? false,
    remember(grid) {
      reference = grid;
      last = null;
    },
  };
}

interface Change {
  readonly blocks: readonly number[];
  readonly cut: boolean;
}

/** Which blocks changed beyond noise between two pictures of one size, and whether they are of one scene at all. */
function compareGrids(before: Float32Array, now: Float32Array): Change {
  const change = new Float32Array(now.length);
  for (let i = 0; i < now.length; i++) change[i] = (now[i] as number) - (before[i] as number);
  const shift = medianOf(change);
  for (let i = 0; i < change.length; i++) change[i] = Math.abs((change[i] as number) - shift);
  const noise = NOISE_MULTIPLE * SIGMA_PER_MAD * medianOf(change);
  const beyond = (threshold: number): number[] => {
    const blocks: number[] = [];
    for (let i = 0; i < change.length; i++) if ((change[i] as number) > threshold) blocks.push(i);
    return blocks;
  };
  if (noise > SUSPICIOUS) {
    const blocks = beyond(CUT_CHANGE);
    if (blocks.length >= CUT_SHARE * change.length && correlation(before, now) < CUT_LIKENESS)
      return { blocks, cut: true };
  }
  return { blocks: beyond(Math.max(LEAST_CHANGE, noise)), cut: false };
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const x = (a[i] as number) - meanA;
    const y = (b[i] as number) - meanB;
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : ab / Math.sqrt(aa * bb);
}

/** How many. */
export const changedBlocks = (before: Float32Array, now: Float32Array): number =>
  compareGrids(before, now).blocks.length;

/** Of so many of them, spread evenly: a glance asks twice, and sorting all would be most of its cost. */
const MEDIAN_OF = 512;

function medianOf(values: Float32Array): number {
  const step = Math.max(1, Math.floor(values.length / MEDIAN_OF)) | 1;
  const some = new Float32Array(Math.ceil(values.length / step));
  for (let i = 0, at = 0; at < values.length; i++, at += step) some[i] = values[at] as number;
  some.sort();
  return some[some.length >> 1] ?? 0;
}
