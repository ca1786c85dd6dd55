import type { Point } from '../../faces/geometry.ts';

/**
 * Life for photographs of faces: heads turn, eyes blink, mouths speak. A film of a photograph that is only moved about is what a
 * photograph held before a camera looks like, and is told as such; people of the demo and of tests must not be.
 */

/** A picture with 3 (RGB) or 4 (RGBA) bytes a pixel. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
}

/** How somebody holds his face at a moment. Angles in radians; `blink` and `mouth` 0 (open eyes, closed mouth) to 1. */
export interface Expression {
  readonly yaw: number;
  readonly pitch: number;
  readonly blink: number;
  readonly mouth: number;
}

/** How lively: 1 walks, looks around and speaks; 0.15 sits still and reads. */
export type Liveliness = number;

const noise = (seed: number, i: number): number => {
  const x = Math.sin(seed * 127.1 + i * 311.7) * 43_758.5453;
  return x - Math.floor(x);
};

/** Sums of swings that never come together again. */
function swing(t: number, seed: number): number {
  const phase = (i: number): number => 2 * Math.PI * noise(seed, i);
  return (
    0.5 * Math.sin(0.41 * t + phase(1)) + 0.3 * Math.sin(1.07 * t + phase(2)) + 0.2 * Math.sin(2.63 * t + phase(3))
  );
}

const BLINK_S = 0.28;
const BLINKS_EVERY_S = 3.4;
const SPEAKS_FOR_S = 2.5;

/** The face of a person at a moment (seconds): another seed is another person. */
export function expressionAt(seed: number, t: number, liveliness: Liveliness = 1): Expression {
  let blink = 0;
  const slot = Math.floor(t / BLINKS_EVERY_S);
  for (const each of [slot - 1, slot]) {
    const starts = (each + 0.8 * noise(seed, 1_000 + each)) * BLINKS_EVERY_S;
    const into = (t - starts) / BLINK_S;
    if (into > 0 && into < 1) blink = Math.max(blink, Math.min(1, 1.6 * Math.sin(Math.PI * into)));
  }
  const part = Math.floor(t / SPEAKS_FOR_S);
  const speaks = noise(seed, 5_000 + part) < 0.15 + 0.35 * liveliness;
  const within = t / SPEAKS_FOR_S - part;
  const syllables = 0.5 + 0.3 * Math.sin(2 * Math.PI * 3.1 * t + seed) + 0.2 * Math.sin(2 * Math.PI * 1.7 * t);
  return {
    yaw: (0.04 + 0.3 * liveliness) * swing(t, seed),
    pitch: (0.03 + 0.16 * liveliness) * swing(t * 0.8, seed + 17),
    blink,
    mouth: speaks ? Math.max(0, syllables) * Math.min(1, 4 * Math.min(within, 1 - within)) : 0,
  };
}

const GRID = 24;
/** Half axes of a head, and how far it stands out, in eye distances. */
const HEAD = { x: 1.35, y: 1.85, middle: 0.4, depth: 1.15 };
/** Nose: about 22 mm of 63, narrow. */
const NOSE = { y: 0.62, depth: 0.38, x: 0.2, height: 0.32 };

/** How far the face stands out towards the camera at a place, in eye distances: an egg with a nose. */
function depthAt(u: number, v: number): number {
  const round = 1 - (u / HEAD.x) ** 2 - ((v - HEAD.middle) / HEAD.y) ** 2;
  if (round <= 0) return 0;
  const nose = NOSE.depth * Math.exp(-((u / NOSE.x) ** 2) / 2 - ((v - NOSE.y) / NOSE.height) ** 2 / 2);
  return HEAD.depth * round + nose * Math.min(1, 3 * round);
}

/**
 * Draws a face with another expression.
 * @param landmarks 68 points of the face in the picture
 */
export function createLivelyFace(picture: Raster, landmarks: readonly Point[]): (expression: Expression) => Raster {
  const mean = (from: number, to: number): Point => {
    let [x, y] = [0, 0];
    for (let i = from; i <= to; i++) [x, y] = [x + (landmarks[i]?.x ?? 0), y + (landmarks[i]?.y ?? 0)];
    return { x: x / (to - from + 1), y: y / (to - from + 1) };
  };
  const [left, right] = [mean(36, 41), mean(42, 47)];
  const unit = Math.hypot(right.x - left.x, right.y - left.y);
  const [cos, sin] = [(right.x - left.x) / unit, (right.y - left.y) / unit];
  const origin = { x: (left.x + right.x) / 2, y: (left.y + right.y) / 2 };
  /** Into the face's own measure: eye distances from between the eyes, upright. */
  const inFace = ({ x, y }: Point): Point => ({
    x: ((x - origin.x) * cos + (y - origin.y) * sin) / unit,
    y: ((y - origin.y) * cos - (x - origin.x) * sin) / unit,
  });
  const eyes = [36, 42].map((first) => {
    const at = (i: number): Point => inFace(landmarks[first + i] ?? origin);
    const [from, to] = [at(0), at(3)];
    return {
      x: (from.x + to.x) / 2,
      half: 0.62 * Math.abs(to.x - from.x),
      top: (at(1).y + at(2).y) / 2,
      bottom: (at(4).y + at(5).y) / 2,
    };
  });
  const mouth = {
    x: inFace(mean(48, 67)).x,
    y: (inFace(landmarks[62] ?? origin).y + inFace(landmarks[66] ?? origin).y) / 2,
    half: 0.55 * Math.abs(inFace(landmarks[54] ?? origin).x - inFace(landmarks[48] ?? origin).x),
  };
  const chin = mouth.y + 1.1;

  // Beyond that nothing of the head moves.
  const reach = { left: -2, right: 2, top: -2.2, bottom: 3 };
  const ends = [reach.left, reach.right].flatMap((u) =>
    [reach.top, reach.bottom].map((v) => ({
      x: origin.x + unit * (u * cos - v * sin),
      y: origin.y + unit * (v * cos + u * sin),
    })),
  );
  const within = (value: number, limit: number): number => Math.min(Math.max(0, Math.floor(value)), limit);
  const area = {
    left: within(Math.min(...ends.map(({ x }) => x)), picture.width),
    right: within(Math.max(...ends.map(({ x }) => x)), picture.width),
    top: within(Math.min(...ends.map(({ y }) => y)), picture.height),
    bottom: within(Math.max(...ends.map(({ y }) => y)), picture.height),
  };

  return (expression) => {
    const { du, dv } = turned(expression, reach);
    const out = picture.data.slice();
    const { width, height, channels } = picture;
    const { blink } = expression;
    const opening = 0.28 * expression.mouth;
    for (let y = area.top; y < area.bottom; y++) {
      let at = (y * width + area.left) * channels;
      for (let x = area.left; x < area.right; x++, at += channels) {
        let u = ((x + 0.5 - origin.x) * cos + (y + 0.5 - origin.y) * sin) / unit;
        let v = ((y + 0.5 - origin.y) * cos - (x + 0.5 - origin.x) * sin) / unit;
        const gx = ((u - reach.left) * GRID) / (reach.right - reach.left);
        const gy = ((v - reach.top) * GRID) / (reach.bottom - reach.top);
        if (!(gx > 0 && gy > 0 && gx < GRID && gy < GRID)) continue;
        const [col, row] = [gx | 0, gy | 0];
        const [fx, fy] = [gx - col, gy - row];
        const cell = row * (GRID + 1) + col;
        const [w00, w01, w10, w11] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
        u += w00 * valueAt(du, cell) + w01 * valueAt(du, cell + 1);
        u += w10 * valueAt(du, cell + GRID + 1) + w11 * valueAt(du, cell + GRID + 2);
        v += w00 * valueAt(dv, cell) + w01 * valueAt(dv, cell + 1);
        v += w10 * valueAt(dv, cell + GRID + 1) + w11 * valueAt(dv, cell + GRID + 2);
        let shade = 1;
        if (blink > 0) {
          for (const eye of eyes) {
            const across = (u - eye.x) / eye.half;
            if (Math.abs(across) >= 1) continue;
            const open = Math.max(0.04, eye.bottom - eye.top);
            const down = blink * open * Math.sqrt(1 - across * across) * 1.15;
            const from = eye.top - 1.3 * open;
            if (v > from && v < eye.top + down) v = from + ((v - from) * 1.3 * open) / (1.3 * open + down);
          }
        }
        if (opening > 0) {
          const across = (u - mouth.x) / (1.6 * mouth.half);
          const gap = opening * Math.max(0, 1 - across * across);
          if (gap > 0 && v > mouth.y && v < chin) {
            if (v < mouth.y + gap && Math.abs(u - mouth.x) < mouth.half) shade = 0.3;
            v =
              v < mouth.y + gap ? mouth.y : mouth.y + ((v - mouth.y - gap) * (chin - mouth.y)) / (chin - mouth.y - gap);
          }
        }
        const px = origin.x + unit * (u * cos - v * sin) - 0.5;
        const py = origin.y + unit * (v * cos + u * sin) - 0.5;
        sample(picture, px, py, shade, out, at);
      }
    }
    return { width, height, channels, data: out };
  };
}

const valueAt = (values: Float32Array, at: number): number => values[at] as number;

interface Reach {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** From the points of a grid over the turned head to where they stood before it turned. */
function turned({ yaw, pitch }: Expression, reach: Reach): { du: Float32Array; dv: Float32Array } {
  const [du, dv] = [new Float32Array((GRID + 1) ** 2), new Float32Array((GRID + 1) ** 2)];
  const [sy, cy, sp, cp] = [Math.sin(yaw), Math.cos(yaw), Math.sin(pitch), Math.cos(pitch)];
  for (let row = 0; row <= GRID; row++) {
    for (let col = 0; col <= GRID; col++) {
      const toU = reach.left + (col * (reach.right - reach.left)) / GRID;
      const toV = reach.top + (row * (reach.bottom - reach.top)) / GRID;
      let [u, v] = [toU, toV];
      for (let i = 0; i < 4; i++) {
        const z = depthAt(u, v);
        const fade = z > 0 ? Math.min(1, z / 0.3) : 0;
        const nextU = toU - sy * z + fade * (1 - cy) * u;
        const nextV = toV - sp * z + fade * (1 - cp) * (v - HEAD.middle);
        [u, v] = [nextU, nextV];
      }
      du[row * (GRID + 1) + col] = u - toU;
      dv[row * (GRID + 1) + col] = v - toV;
    }
  }
  return { du, dv };
}

function sample(picture: Raster, x: number, y: number, shade: number, out: Uint8Array, at: number): void {
  const { width, height, channels, data } = picture;
  const left = Math.min(Math.max(0, Math.floor(x)), width - 1);
  const top = Math.min(Math.max(0, Math.floor(y)), height - 1);
  const [fx, fy] = [Math.min(1, Math.max(0, x - left)), Math.min(1, Math.max(0, y - top))];
  const right = Math.min(left + 1, width - 1);
  const below = Math.min(top + 1, height - 1);
  const [a, b] = [(top * width + left) * channels, (top * width + right) * channels];
  const [c, d] = [(below * width + left) * channels, (below * width + right) * channels];
  for (let k = 0; k < channels; k++) {
    const value =
      (1 - fy) * ((1 - fx) * (data[a + k] as number) + fx * (data[b + k] as number)) +
      fy * ((1 - fx) * (data[c + k] as number) + fx * (data[d + k] as number));
    out[at + k] = (k < 3 ? shade : 1) * value + 0.5;
  }
}
