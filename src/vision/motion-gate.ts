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
  /** The picture that later ones are compared with: the last that was searched for faces. */
  remember(grid: Float32Array): void;
}

const LEAST_CHANGE = 6;
const NOISE_MULTIPLE = 5;
const LEAST_BLOCKS = 4;
/** Mean absolute deviation of a normal distribution to its standard deviation. */
const SIGMA_PER_MAD = 1.4826;

export function createMotionGate(): MotionGate {
  let reference: Float32Array | null = null;
  return {
    moved: (grid) =>
      reference === null || reference.length !== grid.length || blocksChanged(reference, grid).length >= LEAST_BLOCKS,
    changed: (grid) => (reference === null || reference.length !== grid.length ? null : blocksChanged(reference, grid)),
    remember(grid) {
      reference = grid;
    },
  };
}

/** Which blocks changed beyond noise between two pictures of one size. */
export function blocksChanged(before: Float32Array, now: Float32Array): number[] {
  const change = new Float32Array(now.length);
  for (let i = 0; i < now.length; i++) change[i] = (now[i] as number) - (before[i] as number);
  const shift = medianOf(change);
  for (let i = 0; i < change.length; i++) change[i] = Math.abs((change[i] as number) - shift);
  const threshold = Math.max(LEAST_CHANGE, NOISE_MULTIPLE * SIGMA_PER_MAD * medianOf(change));
  const blocks: number[] = [];
  for (let i = 0; i < change.length; i++) if ((change[i] as number) > threshold) blocks.push(i);
  return blocks;
}

/** How many. */
export const changedBlocks = (before: Float32Array, now: Float32Array): number => blocksChanged(before, now).length;

/** Of so many of them, spread evenly: a glance asks twice, and sorting all would be most of its cost. */
const MEDIAN_OF = 512;

function medianOf(values: Float32Array): number {
  const step = Math.max(1, Math.floor(values.length / MEDIAN_OF)) | 1;
  const some = new Float32Array(Math.ceil(values.length / step));
  for (let i = 0, at = 0; at < values.length; i++, at += step) some[i] = values[at] as number;
  some.sort();
  return some[some.length >> 1] ?? 0;
}
