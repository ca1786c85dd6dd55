/**
 * Whether something in the room changed, from block means of the luma: what lets an empty room cost almost nothing.
 * A change of the whole picture's brightness (a cloud, the camera's own exposure) is taken out first; the threshold
 * follows the picture's own noise.
 */
export interface MotionGate {
  /** Compares with the picture last remembered; true also for the first picture and after a change of size. */
  moved(grid: Float32Array): boolean;
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
      reference === null || reference.length !== grid.length || changedBlocks(reference, grid) >= LEAST_BLOCKS,
    remember(grid) {
      reference = grid;
    },
  };
}

/** How many blocks changed beyond noise between two pictures of one size. */
export function changedBlocks(before: Float32Array, now: Float32Array): number {
  const change = new Float32Array(now.length);
  for (let i = 0; i < now.length; i++) change[i] = (now[i] as number) - (before[i] as number);
  const shift = medianOf(change);
  for (let i = 0; i < change.length; i++) change[i] = Math.abs((change[i] as number) - shift);
  const threshold = Math.max(LEAST_CHANGE, NOISE_MULTIPLE * SIGMA_PER_MAD * medianOf(change));
  let blocks = 0;
  for (const value of change) if (value > threshold) blocks++;
  return blocks;
}

function medianOf(values: Float32Array): number {
  const sorted = Float32Array.from(values).sort();
  return sorted[sorted.length >> 1] ?? 0;
}
