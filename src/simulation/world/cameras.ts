import type { CameraLine } from '../feed/feed-line.ts';
import { DAY_MS, isoMs } from './city-time.ts';
import type { Clinic } from './geography.ts';
import type { CityParameters } from './parameters.ts';
import { type Draw, type Randomness, STREAM } from './random.ts';

export type ScenePoint = CameraLine['scenePoint'];

export interface Camera {
  readonly id: string;
  readonly clinic: number;
  /** 0 to 2 within the clinic. */
  readonly slot: number;
  readonly point: ScenePoint;
  /** Share of passages of which nothing usable remains. */
  readonly miss: number;
  /** Clock: device minus true at the start, milliseconds, and its drift. */
  readonly offsetMs: number;
  readonly driftMsPerDay: number;
  readonly measured: boolean;
}

/** More cameras than this no clinic has: its cameras' streams are numbered `clinic * SLOTS + slot`. */
export const SLOTS = 4;
export const cameraKey = (camera: Pick<Camera, 'clinic' | 'slot'>): number => camera.clinic * SLOTS + camera.slot;

/** The first camera sees where one settles; the others look elsewhere. */
const POINTS: readonly (readonly ScenePoint[])[] = [
  ['counter', 'entrance', 'consulting'],
  ['counter', 'consulting', 'entrance'],
  ['consulting', 'counter', 'pharmacy'],
  ['consulting', 'entrance', 'pharmacy'],
  ['counter', 'pharmacy', 'entrance'],
];

export function makeCameras(
  clinic: Clinic,
  poor: boolean,
  parameters: CityParameters['cameras'],
  random: Randomness,
): readonly Camera[] {
  const draw = random(STREAM.camera, clinic.index);
  const [one, two] = parameters.countShares;
  const count = draw.unit();
  const points = POINTS[draw.below(POINTS.length)] ?? [];
  const cameras = points.slice(0, count < one ? 1 : count < one + two ? 2 : 3);
  return cameras.map((point, slot) => ({
    // Section 3.1: division, 00, industry 09 (health), type 132 (IPC), network 8 (leased line), serial.
    id: `${clinic.county}00091328${String(Number(clinic.code.slice(7)) * SLOTS + slot).padStart(6, '0')}`,
    clinic: clinic.index,
    slot,
    point,
    miss: draw.beta(poor ? parameters.poorMiss : parameters.missMean, parameters.missSd),
    offsetMs: Math.round(offsetS(draw, parameters) * 1000),
    driftMsPerDay: draw.normal() * parameters.clockDriftSPerDay * 1000,
    measured: !draw.chance(parameters.clockUnknownShare),
  }));
}

function offsetS(draw: Draw, parameters: CityParameters['cameras']): number {
  const sign = draw.chance(0.5) ? 1 : -1;
  const kind = draw.unit();
  if (kind < parameters.clockOff8hShare) return sign * 8 * 3600 + draw.normal() * 20;
  if (kind < parameters.clockOff30Share) return sign * (30 + draw.exponential(parameters.clockOffMeanS));
  return draw.between(-30, 30);
}

export interface CameraClock {
  /** Device time of a true moment. */
  device(camera: Camera, at: number): number;
  /** Device minus true, as measured on that day; null: never measured. */
  measuredS(camera: Camera, day: number, draw: Draw): number | null;
}

export function createCameraClock(from: number, parameters: CityParameters['cameras']): CameraClock {
  const offset = (camera: Camera, at: number): number =>
    camera.offsetMs + (camera.driftMsPerDay * (at - from)) / DAY_MS;
  return {
    device: (camera, at) => at + offset(camera, at),
    measuredS: (camera, day, draw) =>
      camera.measured
        ? Math.round((offset(camera, from + day * DAY_MS) / 1000 + draw.normal() * parameters.clockNoiseS) * 10) / 10
        : null,
  };
}

export const cameraLine = (camera: Camera, clinic: Clinic, at: number): CameraLine => ({
  at: isoMs(at),
  kind: 'camera',
  id: camera.id,
  clinic: clinic.code,
  scenePoint: camera.point,
  required: [],
});
