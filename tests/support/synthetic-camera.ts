import type { Box } from '../../src/faces/geometry.ts';
import type { Frame, Gear } from '../../src/media/frame.ts';
import { bytesOfYuv, type YuvImage } from '../../src/media/yuv.ts';
import type { AppearanceState } from '../../src/vision/appearance.ts';
import { type CameraSession, createCameraSession, type SessionOptions } from '../../src/vision/camera-session.ts';
import type { FaceReader } from '../../src/vision/face-reader.ts';
import type { SessionEvent, SessionStep } from '../../src/vision/session-events.ts';

/** A face of a frame that never was filmed. */
export interface SyntheticFace {
  /** Axis of the template: two people are as unlike as can be. Null: the face cannot be described. */
  readonly person: number | null;
  readonly box: Box;
  /** The person whose light and shade the face has, where that is another. */
  readonly looksLike?: number;
  readonly score?: number;
  readonly quality?: number;
}

export interface SyntheticFrame {
  readonly faces?: readonly SyntheticFace[];
  /** Brightness of the room, video luma. Default 110. */
  readonly light?: number;
  /** Another room altogether for each number. Default 0. */
  readonly scene?: number;
  /** Amplitude of the sensor noise. Default 3; 0 makes frames of one scene identical. */
  readonly noise?: number;
}

export const WIDTH = 320;
export const HEIGHT = 180;
const DIMENSION = 16;

const hidden = new WeakMap<YuvImage, readonly SyntheticFace[]>();

/** A small generator (mulberry32), so that every run sees the same noise. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function syntheticImage(frame: SyntheticFrame, seed: number): YuvImage {
  const { faces = [], light = 110, noise = 3, scene = 0 } = frame;
  const data = new Uint8Array(bytesOfYuv(WIDTH, HEIGHT)).fill(128);
  const next = random(seed);
  for (let i = 0; i < WIDTH * HEIGHT; i++) {
    const pattern = scene === 0 ? 20 * Math.sin(i / 977) : 60 * Math.sin((scene + 1) * ((i % WIDTH) / 37));
    const room = light + (light > 40 ? pattern : 0);
    data[i] = Math.round(Math.max(16, Math.min(235, room + (noise === 0 ? 0 : noise * (next() + next() - 1) * 2))));
  }
  for (const { box, person, looksLike = person ?? 0 } of faces) {
    for (let y = Math.max(0, Math.round(box.y)); y < Math.min(HEIGHT, box.y + box.height); y++) {
      for (let x = Math.max(0, Math.round(box.x)); x < Math.min(WIDTH, box.x + box.width); x++)
        data[y * WIDTH + x] =
          190 + 25 * Math.sin(looksLike * (3 * ((x - box.x) / box.width) + (y - box.y) / box.height));
    }
  }
  const image: YuvImage = { width: WIDTH, height: HEIGHT, data, matrix: 'bt601' };
  hidden.set(image, faces);
  return image;
}

export const templateOf = (person: number): Float32Array => {
  const template = new Float32Array(DIMENSION);
  template[person] = 1;
  return template;
};

/** Sees exactly what the synthetic frame says, and counts its work. */
export function syntheticReader(): FaceReader & { finds: number; follows: number; described: number } {
  const facesOf = (image: YuvImage): readonly SyntheticFace[] => hidden.get(image) ?? [];
  return {
    finds: 0,
    follows: 0,
    described: 0,
    modelVersion: 'synthetic/1',
    async find(image) {
      this.finds++;
      return facesOf(image).map(({ box, score = 0.9 }) => ({ box, score }));
    },
    async follow(image, boxes) {
      this.follows++;
      const reach = (box: Box): number => 0.9 * Math.max(box.width, box.height);
      return facesOf(image)
        .filter(({ box }) =>
          boxes.some((was) => Math.max(Math.abs(box.x - was.x), Math.abs(box.y - was.y)) < reach(was)),
        )
        .map(({ box, score = 0.9 }) => ({ box, score }));
    },
    async describe(image, faces) {
      this.described += faces.length;
      return faces.map(({ box, score }) => {
        const face = facesOf(image).find((each) => each.box.x === box.x && each.box.y === box.y);
        const template = face?.person == null ? null : templateOf(face.person);
        return { box, detectorScore: score, quality: template ? (face?.quality ?? 0.8) : 0, template };
      });
    },
    likeness(a, b) {
      const cosine = a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
      return cosine > 0.9 ? 'same' : cosine < 0.5 ? 'different' : 'unsure';
    },
  };
}

export interface Played {
  readonly session: CameraSession;
  readonly reader: ReturnType<typeof syntheticReader>;
  readonly events: SessionEvent[];
  readonly wishes: NonNullable<SessionStep['wish']>[];
  /** Plays `seconds` of a scene from `fromMs` at `fps`; answers the moment after. */
  play(
    fromMs: number,
    seconds: number,
    scene: (second: number) => SyntheticFrame,
    options?: { fps?: number; gear?: Gear },
  ): Promise<number>;
}

export function syntheticCamera(options: Partial<SessionOptions> = {}): Played {
  const reader = syntheticReader();
  const session = createCameraSession({
    cameraId: 'cam',
    recognise: true,
    canGoBack: false,
    ...options,
    reader: options.reader ?? reader,
  });
  const events: SessionEvent[] = [];
  const wishes: NonNullable<SessionStep['wish']>[] = [];
  let seq = 0;
  return {
    session,
    reader,
    events,
    wishes,
    async play(fromMs, seconds, scene, { fps = 4, gear = 'close' } = {}) {
      const count = Math.round(seconds * fps);
      for (let i = 0; i < count; i++) {
        const at = fromMs + (i * 1000) / fps;
        const frame: Frame = { at, seq: seq++, gear, image: syntheticImage(scene(i / fps), at + 1) };
        const step = await session.frame(frame);
        events.push(...step.events);
        if (step.wish) wishes.push(step.wish);
      }
      return fromMs + (count * 1000) / fps;
    },
  };
}

/** A face of 40 pixels around a place in the frame. */
export const faceAt = (person: number | null, x: number, y = 80, more: Partial<SyntheticFace> = {}): SyntheticFace => ({
  person,
  box: { x: Math.round(x) - 17, y: y - 20, width: 34, height: 40 },
  ...more,
});

/** Everything that was said of appearances. */
export const appearances = (events: readonly SessionEvent[]): AppearanceState[] =>
  events.flatMap((event) => (event.kind === 'appearance' ? [event.appearance] : []));
/** The last word on each appearance, in the order of their beginnings. */
export const final = (events: readonly SessionEvent[]): AppearanceState[] =>
  [...new Map(appearances(events).map((each) => [each.id, each])).values()].sort((a, b) => a.from - b.from);
/** The person whose template it is; -1: it has none. */
export const who = (appearance: AppearanceState): number =>
  appearance.template?.vector.findIndex((value) => value > 0.9) ?? -1;
/** How far the watermark was said to be, each time. */
export const marks = (events: readonly SessionEvent[]): number[] =>
  events.flatMap((event) => (event.kind === 'watermark' ? [event.until] : []));
/** A scene with nobody. */
export const empty = () => ({});
/** No more frames come. */
export const end = (camera: Played): void => void camera.events.push(...camera.session.end().events);
