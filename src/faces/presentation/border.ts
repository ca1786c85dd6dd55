/**
 * Straight edges around a face, such as paper and screens have. One picture cannot tell a sheet's edge from that of a door
 * behind somebody; several in which the face moved can: `meanBorder` of their profiles keeps only what moved with the face.
 */

/** Half the side of the square that is looked at, in face widths. */
export const BORDER_REACH = 2.4;
export const BORDER_SIDE = 160;
const PER_FACE = BORDER_SIDE / 2 / BORDER_REACH;

const NEAREST = Math.round(0.5 * PER_FACE);
const FARTHEST = BORDER_SIDE / 2 - 3;
/** Offsets of a side, in steps of 1/33 of a face's width. */
export const OFFSETS = FARTHEST - NEAREST;
/** left, right, top, bottom × getting brighter outwards, getting darker. */
export const PROFILES = 8;
/** An edge looks this many grey values brighter or darker than two pixels before. */
const EDGE = 9;
const TILTS = Array.from({ length: 13 }, (_, i) => -0.15 + 0.025 * i);
/** Of an upright (level) side this length is looked at, in face widths to both sides of the face's middle. */
const HALF_LENGTHS = [0.9, 0.7] as const;

/** For each side, direction and offset the share of the line that is such an edge, 0..255. */
export type BorderProfile = Uint8Array;

/**
 * @param grey BORDER_SIDE² values: the face upright in the middle, 1/(2 · BORDER_REACH) of it wide. NaN: beyond the picture
 */
export function borderProfile(grey: Float32Array): BorderProfile {
  const n = BORDER_SIDE;
  const middle = n / 2;
  const profile = new Uint8Array(PROFILES * OFFSETS);
  for (const vertical of [true, false]) {
    // Whether it gets brighter (1) or darker (-1) to the right (downwards) about each place.
    const edges = edgesOf(grey, vertical ? 1 : n);
    const half = Math.round(HALF_LENGTHS[vertical ? 0 : 1] * PER_FACE);
    const length = 2 * half + 1;
    for (const outwards of [-1, 1]) {
      const side = (vertical ? 0 : 2) + (outwards > 0 ? 1 : 0);
      for (let offset = 0; offset < OFFSETS; offset++) {
        const across = middle + outwards * (NEAREST + offset);
        let [rising, falling] = [0, 0];
        for (const tilt of TILTS) {
          let [up, down] = [0, 0];
          for (let along = -half; along <= half; along++) {
            const place = (across + tilt * along + 0.5) | 0;
            if (place < 2 || place >= n - 2) continue;
            const edge = edges[vertical ? (middle + along) * n + place : place * n + middle + along] as number;
            if (edge > 0) up++;
            else if (edge < 0) down++;
          }
          if (up > rising) rising = up;
          if (down > falling) falling = down;
        }
        const [brighter, darker] = outwards > 0 ? [rising, falling] : [falling, rising];
        profile[2 * side * OFFSETS + offset] = (255 * brighter) / length;
        profile[(2 * side + 1) * OFFSETS + offset] = (255 * darker) / length;
      }
    }
  }
  return profile;
}

function edgesOf(grey: Float32Array, step: number): Int8Array {
  const edges = new Int8Array(grey.length);
  for (let at = step; at < grey.length - step; at++) {
    const change = (grey[at + step] as number) - (grey[at - step] as number);
    if (change > EDGE) edges[at] = 1;
    else if (change < -EDGE) edges[at] = -1;
  }
  return edges;
}

/** Hands do not hold still: an edge counts within so many steps of where it was. */
const SLACK = 2;

/** The mean of several profiles: near 255 only where an edge stood all the time at about the same distance from the face. */
export function meanBorder(profiles: readonly BorderProfile[]): Float32Array {
  const mean = new Float32Array(PROFILES * OFFSETS);
  for (const profile of profiles) {
    for (let line = 0; line < PROFILES; line++) {
      for (let offset = 0; offset < OFFSETS; offset++) {
        let most = 0;
        for (let near = Math.max(0, offset - SLACK); near <= Math.min(OFFSETS - 1, offset + SLACK); near++)
          most = Math.max(most, profile[line * OFFSETS + near] as number);
        const at = line * OFFSETS + offset;
        mean[at] = (mean[at] as number) + most / 255 / profiles.length;
      }
    }
  }
  return mean;
}

const THINNEST = 2;
const WIDEST = Math.round(0.8 * PER_FACE);
/** A hand, or the edge of the camera's picture, may hide one side. */
const SIDES = 3;

export interface BorderFound {
  /** How surely there is a margin, brighter (paper) or darker (a screen's edge) than what it encloses, on three sides: 0..1. */
  readonly margin: number;
  /** How surely there are straight edges on three sides, margin or not: 0..1. */
  readonly edges: number;
}

/**
 * What a mean profile shows. A pasted or door-framed picture has one edge a side; paper and telephones have two, a margin apart.
 * @param least sides that must show it
 */
export function borderFound(mean: Float32Array, least: number = SIDES): BorderFound {
  const margins: number[] = [];
  for (const inner of [0, 1]) {
    const sides: number[] = [];
    for (let side = 0; side < 4; side++) sides.push(marginOf(mean, side, inner));
    margins.push(sides.sort((a, b) => b - a)[least - 1] ?? 0);
  }
  const edges: number[] = [];
  for (let side = 0; side < 4; side++) {
    let most = 0;
    for (let offset = 0; offset < 2 * OFFSETS; offset++) most = Math.max(most, mean[2 * side * OFFSETS + offset] ?? 0);
    edges.push(most);
  }
  return { margin: Math.max(...margins), edges: edges.sort((a, b) => b - a)[least - 1] ?? 0 };
}

/** The surest pair of edges of one side of which the nearer changes in the direction `inner` and the other back. */
function marginOf(mean: Float32Array, side: number, inner: number): number {
  const near = (2 * side + inner) * OFFSETS;
  const far = (2 * side + 1 - inner) * OFFSETS;
  let most = 0;
  for (let offset = 0; offset < OFFSETS; offset++) {
    const first = mean[near + offset] as number;
    if (first <= most) continue;
    for (let other = offset + THINNEST; other <= Math.min(OFFSETS - 1, offset + WIDEST); other++)
      most = Math.max(most, Math.min(first, mean[far + other] as number));
  }
  return most;
}
