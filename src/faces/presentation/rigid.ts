import type { Point } from '../geometry.ts';

/**
 * Whether a face moves as one plane. Every view of a flat picture is an affine (from near, projective) image of every other;
 * a head that turns, blinks or speaks is not.
 */

/** Brows, nose, eyes and mouth of the 68 points: those of the jaw are told least surely. */
const FIRST = 17;
const COUNT = 51;

/** Points in eye distances about the eyes' middle, upright: x, y one after the other. Null where there are no eyes. */
export function shapeOf(landmarks: readonly Point[]): Float32Array | null {
  const middle = (from: number): Point => {
    let [x, y] = [0, 0];
    for (let i = from; i < from + 6; i++) [x, y] = [x + (landmarks[i]?.x ?? 0) / 6, y + (landmarks[i]?.y ?? 0) / 6];
    return { x, y };
  };
  const [left, right] = [middle(36), middle(42)];
  const [dx, dy] = [right.x - left.x, right.y - left.y];
  const square = dx * dx + dy * dy;
  if (!(square > 0)) return null;
  const [cx, cy] = [(left.x + right.x) / 2, (left.y + right.y) / 2];
  const shape = new Float32Array(2 * COUNT);
  for (let i = 0; i < COUNT; i++) {
    const { x, y } = landmarks[FIRST + i] ?? { x: cx, y: cy };
    shape[2 * i] = ((x - cx) * dx + (y - cy) * dy) / square;
    shape[2 * i + 1] = ((y - cy) * dx - (x - cx) * dy) / square;
  }
  return shape;
}

/** One view against the mean of all. */
export interface PlaneFit {
  /** What an affine image of the mean leaves over: root mean square, in eye distances. Near the network's own noise for a plane. */
  readonly residual: number;
  /** How far that image is squeezed one way more than the other (logarithm): only what is tilted is, moved and scaled or not. */
  readonly squeeze: number;
}

/** How well one plane explains several views of a face. Shapes as of `shapeOf`. */
export function fitPlane(shapes: readonly Float32Array[]): PlaneFit[] {
  const length = 2 * COUNT;
  const mean = new Float32Array(length);
  for (const shape of shapes)
    for (let i = 0; i < length; i++) mean[i] = (mean[i] as number) + (shape[i] as number) / shapes.length;
  return shapes.map((shape) => fitTo(mean, shape));
}

const NO_FIT: PlaneFit = { residual: 0, squeeze: 0 };

function fitTo(from: Float32Array, to: Float32Array): PlaneFit {
  let [mx, my, px, py] = [0, 0, 0, 0];
  for (let i = 0; i < COUNT; i++) {
    mx += (from[2 * i] as number) / COUNT;
    my += (from[2 * i + 1] as number) / COUNT;
    px += (to[2 * i] as number) / COUNT;
    py += (to[2 * i + 1] as number) / COUNT;
  }
  let [xx, xy, yy, xu, yu, xv, yv] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < COUNT; i++) {
    const [x, y] = [(from[2 * i] as number) - mx, (from[2 * i + 1] as number) - my];
    const [u, v] = [(to[2 * i] as number) - px, (to[2 * i + 1] as number) - py];
    xx += x * x;
    xy += x * y;
    yy += y * y;
    xu += x * u;
    yu += y * u;
    xv += x * v;
    yv += y * v;
  }
  const det = xx * yy - xy * xy;
  if (!(det > 0)) return NO_FIT;
  const [a, b] = [(xu * yy - yu * xy) / det, (yu * xx - xu * xy) / det];
  const [c, d] = [(xv * yy - yv * xy) / det, (yv * xx - xv * xy) / det];
  let square = 0;
  for (let i = 0; i < COUNT; i++) {
    const [x, y] = [(from[2 * i] as number) - mx, (from[2 * i + 1] as number) - my];
    const [u, v] = [(to[2 * i] as number) - px, (to[2 * i + 1] as number) - py];
    square += (u - a * x - b * y) ** 2 + (v - c * x - d * y) ** 2;
  }
  // The two singular values are the sum and the difference of these.
  const turning = Math.hypot((a + d) / 2, (c - b) / 2);
  const stretching = Math.hypot((a - d) / 2, (b + c) / 2);
  const squeeze = turning > stretching ? Math.log((turning + stretching) / (turning - stretching)) : 0;
  return { residual: Math.sqrt(square / COUNT), squeeze };
}
