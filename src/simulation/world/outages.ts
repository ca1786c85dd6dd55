import type { DeviceLine } from '../feed/feed-line.ts';
import { type Camera, cameraKey } from './cameras.ts';
import { DAY_MS, MINUTE_MS } from './city-time.ts';
import type { Clinic } from './geography.ts';
import type { CityParameters, LongTailed } from './parameters.ts';
import { type Draw, type Randomness, STREAM } from './random.ts';

/** A stretch of true time. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

export type BlindState = Exclude<DeviceLine['state'], 'ok'>;

export interface Blind extends Stretch {
  readonly state: BlindState;
  /** When the state's beginning and end become known: with the power, the node that would tell is gone too. */
  readonly toldAt: number;
  readonly endToldAt: number;
}

export interface PowerCut extends Stretch {
  /** When a clinic that files it does so. */
  readonly filedAt: number;
}

export interface Outages {
  /** Power cuts of a clinic's township that touch this day. */
  power(clinic: Clinic, day: number): readonly PowerCut[];
  /** Stretches in which nothing from the clinic's edge node gets through. */
  network(clinic: Clinic, day: number): readonly Stretch[];
  /** A camera's own failures. */
  camera(camera: Camera, day: number): readonly Blind[];
}

const MONTH_DAYS = 30.4;
const FAILURES: readonly (readonly [BlindState, number])[] = [
  ['offline', 0.6],
  ['dark', 0.75],
  ['frozen', 0.85],
  ['covered', 0.9],
  ['moved', 1],
];

/** Long-tailed outages, each a function of where and on which day it begins: a day knows those that reach into it. */
export function createOutages(parameters: CityParameters['outages'], from: number, random: Randomness): Outages {
  const begun = <T extends Stretch>(day: number, on: (day: number) => readonly T[]): T[] => {
    const found: T[] = [];
    const dayFrom = from + day * DAY_MS;
    for (let start = Math.max(0, day - parameters.longestDays); start <= day; start++) {
      for (const outage of on(start)) if (outage.to > dayFrom && outage.from < dayFrom + DAY_MS) found.push(outage);
    }
    return found;
  };
  const stretches = (draw: Draw, day: number, perMonth: number, minutes: LongTailed): Stretch[] =>
    Array.from({ length: draw.poisson(perMonth / MONTH_DAYS) }, () => {
      const start = from + day * DAY_MS + draw.between(0.1, 23.9) * 60 * MINUTE_MS;
      const length = Math.min(parameters.longestDays * DAY_MS, Math.max(2, draw.lognormal(minutes)) * MINUTE_MS);
      return { from: Math.round(start), to: Math.round(start + length) };
    });
  return {
    power: (clinic, day) =>
      begun(day, (start) => {
        const draw = random(STREAM.power, clinic.township, start);
        return stretches(draw, start, parameters.powerPerTownshipMonth, parameters.powerMin).map((cut) => ({
          ...cut,
          filedAt: Math.round(cut.to + draw.between(10, 180) * MINUTE_MS),
        }));
      }),
    network: (clinic, day) =>
      begun(day, (start) => [
        ...stretches(
          random(STREAM.network, clinic.index, start),
          start,
          parameters.networkPerClinicMonth,
          parameters.networkMin,
        ),
        ...stretches(
          random(STREAM.network, clinic.township, start, 1),
          start,
          parameters.networkPerTownshipMonth,
          parameters.networkMin,
        ),
      ]),
    camera: (camera, day) =>
      begun(day, (start) => {
        const draw = random(STREAM.cameraOutage, cameraKey(camera), start);
        return stretches(draw, start, parameters.cameraPerMonth, parameters.cameraMin).map((failure) => {
          const kind = draw.unit();
          return {
            ...failure,
            state: FAILURES.find(([, upTo]) => kind < upTo)?.[0] ?? 'offline',
            toldAt: Math.round(failure.from + draw.between(40, 180) * 1000),
            endToldAt: Math.round(failure.to + draw.between(20, 120) * 1000),
          };
        });
      }),
  };
}

/** What a power cut does to each camera: dark at once, and told only when the power is back. */
export const blindByPower = (cut: PowerCut): Blind => ({
  from: cut.from,
  to: cut.to,
  state: 'offline',
  toldAt: cut.to + 2 * MINUTE_MS,
  endToldAt: cut.to + 2 * MINUTE_MS,
});

export const touches = (stretches: readonly Stretch[], from: number, to: number): boolean =>
  stretches.some((stretch) => stretch.from < to && stretch.to > from);

/** The end of the stretches that hold a moment, one after the other; the moment itself where none does. */
export function endOf(stretches: readonly Stretch[], at: number): number {
  let end = at;
  for (let again = true; again; ) {
    again = false;
    for (const { from, to } of stretches) {
      if (from <= end && to > end) {
        end = to;
        again = true;
      }
    }
  }
  return end;
}
