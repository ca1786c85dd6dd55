import type { DeviceLine } from '../feed/feed-line.ts';
import { type Camera, cameraKey } from './cameras.ts';
import type { City } from './city.ts';
import { DAY_MS, HOUR_MS, isoMs, isoSecond, MINUTE_MS, SECOND_MS } from './city-time.ts';
import { type Blind, endOf, type Stretch } from './outages.ts';
import { type Appearance, firstTold } from './presence.ts';
import { type Draw, STREAM } from './random.ts';

/** A line of the feed to be written at a moment. */
export interface Telling {
  readonly at: number;
  readonly text: () => string;
}

interface Transition {
  readonly from: number;
  readonly toldAt: number;
  readonly state: DeviceLine['state'];
}

/**
 * The camera's states that begin on a day, one after the other: where several outages overlap the camera is back only
 * after the last of them.
 */
function transitionsOf(blind: readonly Blind[], dayFrom: number): Transition[] {
  const sorted = blind.toSorted((a, b) => a.from - b.from || a.to - b.to);
  const transitions: Transition[] = [];
  let until = Number.NEGATIVE_INFINITY;
  let last: Blind | undefined;
  for (const dark of sorted) {
    if (dark.from >= until) {
      if (last) transitions.push({ from: until, toldAt: last.endToldAt, state: 'ok' });
      transitions.push({ from: dark.from, toldAt: dark.toldAt, state: dark.state });
      until = dark.to;
      last = dark;
    } else if (dark.to > until) {
      // The state goes on under another name; what is told first is told first.
      transitions.push({ from: until, toldAt: Math.max(last?.endToldAt ?? 0, dark.toldAt), state: dark.state });
      until = dark.to;
      last = dark;
    }
  }
  if (last) transitions.push({ from: until, toldAt: last.endToldAt, state: 'ok' });
  return transitions.filter(({ from }) => from >= dayFrom && from < dayFrom + DAY_MS);
}

/**
 * One camera's day apart from its appearances: measurements of its clock, changes of state, watermarks.
 * The watermark never passes an appearance that has not been told, nor a darkness before it is told.
 */
export function cameraDay(of: {
  readonly city: City;
  readonly camera: Camera;
  readonly day: number;
  readonly busy: Stretch;
  readonly blind: readonly Blind[];
  readonly networkCuts: readonly Stretch[];
  readonly appearances: readonly Appearance[];
}): { readonly states: readonly Telling[]; readonly watermarks: readonly Telling[] } {
  const { city, camera, day, blind, networkCuts } = of;
  const dayFrom = city.from + day * DAY_MS;
  const tellings: Telling[] = [];
  const measuredAt = dayFrom + measuringDelay(city, camera, day);
  const dark = (at: number): boolean => blind.some(({ from, to }) => from <= at && at < to);
  const through = (at: number): number => {
    const end = endOf(networkCuts, at);
    return end > at ? end + 20 * SECOND_MS : at;
  };
  const offset = (at: number): number | null => {
    const on = at >= measuredAt || day === 0 ? day : day - 1;
    return city.clock.measuredS(camera, on, measuringStream(city, camera, on));
  };
  const device = (from: number, at: number, state: DeviceLine['state'], offsetS: number | null): Telling => ({
    at: Math.round(at),
    text: () =>
      `{"at":"${isoMs(Math.round(at))}","kind":"device","camera":"${camera.id}","state":"${state}","from":"${isoMs(Math.round(city.clock.device(camera, from)))}","to":null,"clockOffsetS":${offsetS}}`,
  });
  if (!dark(measuredAt)) {
    const at = through(measuredAt + 500);
    tellings.push(device(measuredAt, at, 'ok', offset(measuredAt)));
  }
  for (const { from, toldAt, state } of transitionsOf(blind, dayFrom)) {
    tellings.push(device(from, through(toldAt), state, offset(from)));
  }
  return { states: tellings, watermarks: watermarks({ ...of, dayFrom, tellBlind: through }) };
}

/** The clock is measured once a night, on the first day as soon as the feed begins. */
const measuringDelay = (city: City, camera: Camera, day: number): number =>
  day === 0 ? 0 : (1 + 4 * measuringStream(city, camera, day).unit()) * HOUR_MS;

const measuringStream = (city: City, camera: Camera, day: number): Draw =>
  city.random(STREAM.clock, cameraKey(camera), day);

function watermarks(of: {
  readonly city: City;
  readonly camera: Camera;
  readonly dayFrom: number;
  readonly busy: Stretch;
  readonly blind: readonly Blind[];
  readonly networkCuts: readonly Stretch[];
  readonly appearances: readonly Appearance[];
  readonly tellBlind: (at: number) => number;
}): Telling[] {
  const { city, camera, dayFrom, busy, blind, networkCuts, appearances } = of;
  const { cameras } = city.parameters;
  const busyStep = cameras.watermarkBusyMin * MINUTE_MS;
  const told = appearances.map((appearance) => ({ from: appearance.from, at: firstTold(appearance) }));
  // Cameras do not report in step.
  const phase = ((cameraKey(camera) * 7919) % 300) * SECOND_MS;
  const moments: number[] = [];
  let last = dayFrom;
  for (let at = dayFrom + (phase % busyStep); at < dayFrom + DAY_MS; at += busyStep) {
    const active = appearances.some(({ from, closedAt }) => from <= at && closedAt > last);
    const quiet = (at >= busy.from && at < busy.to ? cameras.watermarkIdleMin : cameras.watermarkNightMin) * MINUTE_MS;
    if (active || at - last >= quiet) {
      moments.push(at);
      last = at;
    }
  }
  for (const cut of networkCuts) {
    const at = cut.to + 60 * SECOND_MS;
    if (at >= dayFrom && at < dayFrom + DAY_MS) moments.push(at);
  }
  const tellings: Telling[] = [];
  let highest = Number.NEGATIVE_INFINITY;
  for (const at of moments.toSorted((a, b) => a - b)) {
    if (networkCuts.some(({ from, to }) => from <= at && at < to + 60 * SECOND_MS)) continue;
    let until = at - cameras.lagS * SECOND_MS;
    for (const dark of blind) {
      if (dark.from < until && of.tellBlind(dark.toldAt) >= at) until = dark.from;
    }
    for (const appearance of told) if (appearance.at >= at && appearance.from < until) until = appearance.from;
    until = Math.floor(until / SECOND_MS) * SECOND_MS;
    if (until <= highest || until < dayFrom - DAY_MS * 6) continue;
    highest = until;
    const limit = until;
    tellings.push({
      at,
      text: () =>
        `{"at":"${isoMs(at)}","kind":"watermark","camera":"${camera.id}","until":"${isoMs(Math.round(city.clock.device(camera, limit)))}"}`,
    });
  }
  return tellings;
}

/** Lines of one appearance. `render` makes the template, from the quality of the shots so far. */
export function appearanceTellings(city: City, day: number, appearance: Appearance): Telling[] {
  const { camera, from, to, openAt, closedAt, revisedAt } = appearance;
  const deviceFrom = isoSecondMs(city.clock.device(camera, from));
  const deviceTo = isoSecondMs(city.clock.device(camera, to));
  const id = (): string => uuidOf(city.random(STREAM.face, cameraKey(camera), day, appearance.number * 8));
  const line = (at: number, state: 'open' | 'closed', phase: number): Telling => {
    const soFar = phase === 0 ? 0.75 : 1;
    const until = phase === 0 ? isoSecondMs(city.clock.device(camera, Math.min(to, from + 3 * SECOND_MS))) : deviceTo;
    const quality = Math.round(appearance.quality * soFar * 1000) / 1000;
    return {
      at,
      text: () => {
        const { face } = appearance;
        const picture = city.random(STREAM.face, cameraKey(camera), day, appearance.number * 8 + 1 + phase);
        const template = face ? `"${city.faces.observe(face, quality, picture)}"` : 'null';
        const faces = phase === 0 ? Math.min(1, appearance.faces) : appearance.faces;
        return `{"at":"${isoMs(at)}","kind":"appearance","id":"${id()}","camera":"${camera.id}","state":"${state}","from":"${deviceFrom}","to":"${until}","template":${template},"quality":${quality},"faces":${faces}}`;
      },
    };
  };
  const tellings: Telling[] = [];
  if (openAt !== null) tellings.push(line(openAt, 'open', 0));
  tellings.push(line(closedAt, 'closed', 1));
  if (revisedAt !== null) tellings.push(line(revisedAt, 'closed', 2));
  return tellings;
}

/** Device clocks count milliseconds: cutting them off would move an appearance across a watermark. */
const isoSecondMs = (at: number): string => {
  const whole = Math.round(at);
  return whole % 1000 === 0 ? isoSecond(whole) : isoMs(whole);
};

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** A UUID (version 4's form) from 122 bits of a stream. */
export function uuidOf(draw: Draw): string {
  const [a, b, c, d] = [draw.bits(), draw.bits(), draw.bits(), draw.bits()];
  const word = (value: number): string =>
    `${HEX[value >>> 24]}${HEX[(value >>> 16) & 255]}${HEX[(value >>> 8) & 255]}${HEX[value & 255]}`;
  const second = word(((b & 0xffff0fff) | 0x4000) >>> 0);
  const third = word(((c & 0x3fffffff) | 0x80000000) >>> 0);
  return `${word(a)}-${second.slice(0, 4)}-${second.slice(4)}-${third.slice(0, 4)}-${third.slice(4)}${word(d)}`;
}
