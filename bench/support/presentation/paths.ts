import type { Point } from '../../../src/faces/geometry.ts';
import type { Draw } from '../../../src/simulation/world/random.ts';

/** Where something is and how it is held: place in pixels, angles in radians. */
export interface Pose {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
  readonly roll: number;
  /** Of a flat thing, about its upright and its level middle line. */
  readonly yaw: number;
  readonly pitch: number;
}
export type Path = (t: number) => Pose;

/** Swings of some speeds, within ±1. */
function swinging(draw: Draw): (t: number) => number {
  const parts = [0.35, 0.9, 2.1].map((speed, i) => ({
    speed: speed * draw.between(0.8, 1.25),
    phase: 2 * Math.PI * draw.unit(),
    share: [0.55, 0.3, 0.15][i] ?? 0,
  }));
  return (t) => parts.reduce((sum, { speed, phase, share }) => sum + share * Math.sin(speed * t + phase), 0);
}

/** Stands or sits, and shifts by so many pixels. */
export function swayPath(draw: Draw, place: Point, reach: number): Path {
  const [across, down, roll] = [swinging(draw), swinging(draw), swinging(draw)];
  return (t) => ({
    x: place.x + reach * across(t),
    y: place.y + 0.4 * reach * down(t),
    ...{ scale: 1, roll: 0.04 * Math.min(1, reach / 10) * roll(t), yaw: 0, pitch: 0 },
  });
}

/** Walks through the picture, or half through it and back. */
export function walkPath(
  draw: Draw,
  walk: {
    readonly width: number;
    readonly y: number;
    readonly facePx: number;
    readonly from: number;
    readonly to: number;
  },
): Path {
  const turns = draw.chance(0.5);
  const [start, end] = draw.chance(0.5) ? [0.08, 0.92] : [0.92, 0.08];
  return (t) => {
    const share = (t - walk.from) / (walk.to - walk.from);
    const way = turns ? 1 - Math.abs(2 * share - 1) : share;
    return {
      x: walk.width * (start + (turns ? 0.6 : 1) * way * (end - start)),
      y: walk.y + 0.05 * walk.facePx * Math.sin(5 * t),
      ...{ scale: 0.85 + 0.3 * share, roll: 0.03 * Math.sin(2.5 * t), yaw: 0, pitch: 0 },
    };
  };
}

/** A sheet or a telephone in somebody's hands: carried about, tilted, trembling. */
export function heldPath(draw: Draw, place: Point, facePx: number): Path {
  const [across, down, near] = [swinging(draw), swinging(draw), swinging(draw)];
  const [roll, yaw, pitch, tremor] = [swinging(draw), swinging(draw), swinging(draw), swinging(draw)];
  return (t) => ({
    x: place.x + facePx * (1.1 * across(t) + 0.015 * tremor(7 * t)),
    y: place.y + facePx * (0.35 * down(t) + 0.015 * tremor(7 * t + 3)),
    scale: 1 + 0.15 * near(t),
    ...{ roll: 0.15 * roll(t), yaw: 0.4 * yaw(t), pitch: 0.25 * pitch(t) },
  });
}

/** The eye is so many widths away from what it looks at. */
const DISTANCE = 5;

/** Corners of a picture that follows a path by one of its points. */
export function onPath(
  path: Path,
  size: { readonly width: number; readonly height: number },
  anchor: Point,
): (t: number) => readonly [Point, Point, Point, Point] {
  return (t) => {
    const pose = path(t);
    const corner = (x: number, y: number): Point => {
      const [u, v] = [(x - anchor.x) * pose.scale, (y - anchor.y) * pose.scale];
      const z = u * Math.sin(pose.yaw) + v * Math.sin(pose.pitch);
      const far = 1 / (1 + z / (DISTANCE * size.width));
      const [a, b] = [u * Math.cos(pose.yaw) * far, v * Math.cos(pose.pitch) * far];
      return {
        x: pose.x + a * Math.cos(pose.roll) - b * Math.sin(pose.roll),
        y: pose.y + b * Math.cos(pose.roll) + a * Math.sin(pose.roll),
      };
    };
    return [corner(0, 0), corner(size.width, 0), corner(size.width, size.height), corner(0, size.height)];
  };
}
