import { spawn } from 'node:child_process';
import { once } from 'node:events';
import sharp, { type Sharp } from 'sharp';
import type { Raster } from '../../../src/demo/footage/lively.ts';
import type { Point } from '../../../src/faces/geometry.ts';
import { Draw } from '../../../src/simulation/world/random.ts';

/** A panel's pixels as a camera sees them. */
export interface Panel {
  /** Of the panel's pixels in pixels of the camera: below 1 the lens and the sensor blur almost all of it away. */
  readonly pitch: number;
  /** Strength of the bars that the panel's refresh and the camera's shutter make, 0..1. */
  readonly bars: number;
}

/** Somebody or something in a scene: a picture that changes with time, drawn onto a quadrilateral that moves. */
export interface Actor {
  readonly from: number;
  readonly to: number;
  picture(t: number): Raster;
  /** Top left, top right, bottom right, bottom left, in pixels of the camera. */
  corners(t: number): readonly [Point, Point, Point, Point];
  /** How far a sheet bulges, in shares of its width, at a moment. */
  bend?(t: number): number;
  readonly panel?: Panel;
  /** A light that is mirrored in a glossy surface, 0..1. */
  readonly glare?: number;
}

export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly seconds: number;
  readonly room: Raster;
  readonly actors: readonly Actor[];
  /** Of the sensor, in grey values. */
  readonly noise: number;
  readonly kbps: number;
  readonly seed: number;
  /** From then on the picture of that moment is sent again and again, noise and all; or so many seconds before it. */
  readonly injected?: { readonly at: number; readonly loopSeconds: number };
}

/** Films a scene as H.264. */
export async function film(ffmpeg: string, scene: Scene, path: string): Promise<string> {
  const { width, height, fps, seconds } = scene;
  const rate = [`-b:v`, `${scene.kbps}k`, '-maxrate', `${2 * scene.kbps}k`, '-bufsize', `${4 * scene.kbps}k`];
  const child = spawn(
    ffmpeg,
    [
      ...['-y', '-v', 'error', '-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', String(fps)],
      ...['-i', 'pipe:0', '-c:v', 'libx264', '-preset', 'veryfast', '-threads', '1', '-pix_fmt', 'yuv420p', '-bf', '0'],
      ...[...rate, '-g', String(2 * fps), '-sc_threshold', '0', '-movflags', '+faststart', path],
    ],
    { stdio: ['pipe', 'ignore', 'inherit'] },
  );
  const ended = once(child, 'close');
  const draw = new Draw([scene.seed, 0x9e37, 0x79b9, 7]);
  const grain = Float32Array.from({ length: 1 << 17 }, () => draw.normal() * scene.noise);
  const kept: Buffer[] = [];
  const { injected } = scene;
  for (let i = 0; i < Math.round(seconds * fps); i++) {
    const t = i / fps;
    const loop = injected ? Math.max(1, Math.round(injected.loopSeconds * fps)) : 0;
    const first = injected ? Math.round(injected.at * fps) - loop : 0;
    const again = injected && t >= injected.at ? kept[(i - first) % loop] : undefined;
    const frame = again ?? Buffer.from(drawFrame(scene, t, grain, draw.bits()));
    if (injected && i >= first && kept.length < loop) kept.push(frame);
    if (!child.stdin.write(frame)) await once(child.stdin, 'drain');
  }
  child.stdin.end();
  const [code] = await ended;
  if (code !== 0) throw new Error(`ffmpeg ended with ${String(code)}`);
  return path;
}

function drawFrame(scene: Scene, t: number, grain: Float32Array, at: number): Uint8Array {
  const { width, height, room } = scene;
  const out = new Uint8ClampedArray(room.data);
  for (const actor of scene.actors) if (t >= actor.from && t <= actor.to) drawActor(out, width, height, actor, t);
  const mask = grain.length - 1;
  let g = at & mask;
  for (let i = 0; i < out.length; i += 3, g = (g + 1) & mask) {
    const value = grain[g] as number;
    out[i] = (out[i] as number) + value;
    out[i + 1] = (out[i + 1] as number) + value;
    out[i + 2] = (out[i + 2] as number) + value;
  }
  return new Uint8Array(out.buffer);
}

/** The lens spreads a point so far, in pixels (standard deviation). */
const LENS = 0.4;
/** What is left of a pattern of so many cycles per pixel behind the lens and the sensor's square pixels. */
const passed = (cycles: number): number =>
  (Math.abs(Math.sin(Math.PI * cycles)) / (Math.PI * cycles)) * Math.exp(-2 * (Math.PI * LENS * cycles) ** 2);

function drawActor(out: Uint8ClampedArray, width: number, height: number, actor: Actor, t: number): void {
  const picture = actor.picture(t);
  const corners = actor.corners(t);
  const toPicture = fromQuad(corners);
  const bend = actor.bend?.(t) ?? 0;
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  const [left, right] = [Math.max(0, Math.floor(Math.min(...xs))), Math.min(width - 1, Math.ceil(Math.max(...xs)))];
  const [top, bottom] = [Math.max(0, Math.floor(Math.min(...ys))), Math.min(height - 1, Math.ceil(Math.max(...ys)))];
  const [a, b, , d] = corners;
  const across = Math.hypot(b.x - a.x, b.y - a.y);
  const down = Math.hypot(d.x - a.x, d.y - a.y);
  const { panel, glare = 0 } = actor;
  const grid = panel ? passed(1 / panel.pitch) : 0;
  const { channels, data } = picture;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [s0, v] = toPicture(x + 0.5, y + 0.5);
      // A bent sheet is seen longer at its middle than at its ends.
      const u = bend === 0 ? s0 : s0 + 0.035 * bend * Math.sin(2 * Math.PI * s0);
      if (u < 0 || v < 0 || u >= 1 || v >= 1) continue;
      const px = Math.min(picture.width - 1.001, Math.max(0, u * picture.width - 0.5));
      const py = Math.min(picture.height - 1.001, Math.max(0, v * picture.height - 0.5));
      const [col, row] = [Math.floor(px), Math.floor(py)];
      const [fx, fy] = [px - col, py - row];
      const from = (row * picture.width + col) * channels;
      const next = from + picture.width * channels;
      const [w00, w01, w10, w11] = [(1 - fx) * (1 - fy), fx * (1 - fy), (1 - fx) * fy, fx * fy];
      const alpha = channels === 4 ? mixed(data, from + 3, next + 3, channels, w00, w01, w10, w11) / 255 : 1;
      if (alpha <= 0) continue;
      let gain = bend === 0 ? 1 : 1 + 0.35 * bend * Math.cos(2 * Math.PI * s0);
      if (panel) {
        const [gx, gy] = [(u * across) / panel.pitch, (v * down) / panel.pitch];
        gain *= 1 + grid * (0.7 * Math.cos(2 * Math.PI * gx) + 0.35 * Math.cos(2 * Math.PI * gy));
        gain *= 1 + panel.bars * Math.sin(2 * Math.PI * ((2.3 * y) / height + 1.7 * t));
      }
      const shine =
        glare > 0
          ? glare * 150 * Math.exp(-(((u - 0.3 - 0.2 * Math.sin(t)) / 0.12) ** 2) - ((v - 0.25) / 0.1) ** 2)
          : 0;
      const to = (y * width + x) * 3;
      for (let k = 0; k < 3; k++) {
        const shown = gain * mixed(data, from + k, next + k, channels, w00, w01, w10, w11) + shine;
        out[to + k] = (1 - alpha) * (out[to + k] as number) + alpha * shown;
      }
    }
  }
}

/** The mean of four neighbours: two of one row, two of the next. */
const mixed = (
  data: Uint8Array,
  at: number,
  below: number,
  step: number,
  w00: number,
  w01: number,
  w10: number,
  w11: number,
): number =>
  w00 * (data[at] as number) +
  w01 * (data[at + step] as number) +
  w10 * (data[below] as number) +
  w11 * (data[below + step] as number);

/** From a quadrilateral to the unit square (projective). */
function fromQuad([p0, p1, p2, p3]: readonly [Point, Point, Point, Point]): (x: number, y: number) => [number, number] {
  const dx1 = p1.x - p2.x;
  const dx2 = p3.x - p2.x;
  const dx3 = p0.x - p1.x + p2.x - p3.x;
  const dy1 = p1.y - p2.y;
  const dy2 = p3.y - p2.y;
  const dy3 = p0.y - p1.y + p2.y - p3.y;
  const det = dx1 * dy2 - dx2 * dy1;
  const g = (dx3 * dy2 - dx2 * dy3) / det;
  const h = (dx1 * dy3 - dx3 * dy1) / det;
  const [a, b, c] = [p1.x - p0.x + g * p1.x, p3.x - p0.x + h * p3.x, p0.x];
  const [d, e, f] = [p1.y - p0.y + g * p1.y, p3.y - p0.y + h * p3.y, p0.y];
  // The inverse of [a b c; d e f; g h 1], up to a factor.
  const [A, B, C] = [e - f * h, c * h - b, b * f - c * e];
  const [D, E, F] = [f * g - d, a - c * g, c * d - a * f];
  const [G, H, I] = [d * h - e * g, b * g - a * h, a * e - b * d];
  return (x, y) => {
    const w = G * x + H * y + I;
    return [(A * x + B * y + C) / w, (D * x + E * y + F) / w];
  };
}

export async function rasterOf(image: Buffer | Sharp, channels: 3 | 4): Promise<Raster> {
  const base = Buffer.isBuffer(image) ? sharp(image) : image;
  const shaped = channels === 4 ? base.ensureAlpha() : base.removeAlpha();
  const { data, info } = await shaped.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels, data: new Uint8Array(data) };
}
