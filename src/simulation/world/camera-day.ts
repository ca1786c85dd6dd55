import type { DeviceLine } from '../feed/feed-line.ts';
import { type Camera, type CameraClock, cameraKey } from './cameras.ts';
import type { City } from './city.ts';
import { DAY_MS, HOUR_MS, isoMs, isoSecond, MINUTE_MS, SECOND_MS } from './city-time.ts';
import { type Blind, endOf, type Stretch } from './outages.ts';
import { type Appearance, firstTold } from './presence.ts';
import { type Draw, STREAM } from './random.ts';
import { Telling, TellingOf } from './telling.ts';

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
}): readonly Telling[] {
  const { city, camera, day, blind, networkCuts } = of;
  const dayFrom = city.from + day * DAY_MS;
  const tellings: Telling[] = [];
  const measuredAt = dayFrom + measuringDelay(city, camera, day);
  const now = measured(city, camera, day);
  const before = day === 0 ? now : measured(city, camera, day - 1);
  if (!blind.some(({ from, to }) => from <= measuredAt && measuredAt < to)) {
    tellings.push(deviceTelling(city, camera, measuredAt, through(networkCuts, measuredAt + 500), 'ok', now));
  }
  for (const { from, toldAt, state } of transitionsOf(blind, dayFrom)) {
    const offsetS = from >= measuredAt ? now : before;
    tellings.push(deviceTelling(city, camera, from, through(networkCuts, toldAt), state, offsetS));
  }
  watermarks(of, dayFrom, tellings);
  return tellings;
}

/** When what is told at a moment gets through. */
function through(networkCuts: readonly Stretch[], at: number): number {
  const end = endOf(networkCuts, at);
  return Math.round(end > at ? end + 20 * SECOND_MS : at);
}

function deviceTelling(
  city: City,
  camera: Camera,
  from: number,
  at: number,
  state: DeviceLine['state'],
  offsetS: number | null,
): Telling {
  return new TellingOf(at, 'device', () => {
    const since = isoMs(Math.round(city.clock.device(camera, from)));
    return `{"at":"${isoMs(at)}","kind":"device","camera":"${camera.id}","state":"${state}","from":"${since}","to":null,"clockOffsetS":${offsetS}}`;
  });
}

const measured = (city: City, camera: Camera, day: number): number | null =>
  city.clock.measuredS(camera, day, measuringStream(city, camera, day));

/** The clock is measured once a night, on the first day as soon as the feed begins. */
const measuringDelay = (city: City, camera: Camera, day: number): number =>
  day === 0 ? 0 : (1 + 4 * measuringStream(city, camera, day).unit()) * HOUR_MS;

const measuringStream = (city: City, camera: Camera, day: number): Draw =>
  city.random(STREAM.clock, cameraKey(camera), day);

function watermarks(
  of: {
    readonly city: City;
    readonly camera: Camera;
    readonly busy: Stretch;
    readonly blind: readonly Blind[];
    readonly networkCuts: readonly Stretch[];
    readonly appearances: readonly Appearance[];
  },
  dayFrom: number,
  tellings: Telling[],
): void {
  const { city, camera, blind, networkCuts, appearances } = of;
  const moments: number[] = [];
  const untils: number[] = [];
  let highest = Number.NEGATIVE_INFINITY;
  for (const at of watermarkMoments(of, dayFrom)) {
    if (networkCuts.some(({ from, to }) => from <= at && at < to + 60 * SECOND_MS)) continue;
    let until = at - city.parameters.cameras.lagS * SECOND_MS;
    for (const dark of blind) {
      if (dark.from < until && through(networkCuts, dark.toldAt) >= at) until = dark.from;
    }
    for (const appearance of appearances) {
      if (appearance.from < until && firstTold(appearance) >= at) until = appearance.from;
    }
    until = Math.floor(until / SECOND_MS) * SECOND_MS;
    if (until <= highest) continue;
    highest = until;
    // A series moves on by at least a minute: of two in one minute the later says all.
    if (moments.length > 0 && Math.floor(at / MINUTE_MS) === Math.floor((moments.at(-1) ?? 0) / MINUTE_MS)) {
      moments.pop();
      untils.pop();
    }
    moments.push(at);
    untils.push(until);
  }
  const [first] = moments;
  if (first !== undefined) {
    tellings.push(new Watermarks(first, city.clock, camera, Float64Array.from(moments), Float64Array.from(untils)));
  }
}

/** A camera's watermarks of a day: half of all lines, so they share one object. */
class Watermarks extends Telling {
  readonly kind = 'watermark';
  #at = 0;

  constructor(
    at: number,
    readonly clock: CameraClock,
    readonly camera: Camera,
    readonly moments: Float64Array,
    readonly untils: Float64Array,
  ) {
    super(at);
  }

  override text(): string {
    const device = isoMs(Math.round(this.clock.device(this.camera, this.untils[this.#at] ?? this.at)));
    return `{"at":"${isoMs(this.at)}","kind":"watermark","camera":"${this.camera.id}","until":"${device}"}`;
  }

  override advance(): boolean {
    const next = this.moments[++this.#at];
    if (next === undefined) return false;
    this.at = next;
    return true;
  }
}

/** Every few minutes while people appear, now and then while nobody does, and after a cut. */
function watermarkMoments(
  of: {
    readonly city: City;
    readonly camera: Camera;
    readonly busy: Stretch;
    readonly networkCuts: readonly Stretch[];
    readonly appearances: readonly Appearance[];
  },
  dayFrom: number,
): readonly number[] {
  const { camera, busy, networkCuts, appearances } = of;
  const { watermarkBusyMin, watermarkIdleMin, watermarkNightMin } = of.city.parameters.cameras;
  const step = watermarkBusyMin * MINUTE_MS;
  const moments: number[] = [];
  let last = dayFrom;
  // Cameras do not report in step.
  for (
    let at = dayFrom + ((((cameraKey(camera) * 7919) % 300) * SECOND_MS) % step);
    at < dayFrom + DAY_MS;
    at += step
  ) {
    const quiet = (at >= busy.from && at < busy.to ? watermarkIdleMin : watermarkNightMin) * MINUTE_MS;
    let due = at - last >= quiet;
    for (let i = 0; !due && at > busy.from && last < busy.to && i < appearances.length; i++) {
      const appearance = appearances[i];
      due = appearance !== undefined && appearance.from <= at && appearance.closedAt > last;
    }
    if (!due) continue;
    moments.push(at);
    last = at;
  }
  for (const cut of networkCuts) {
    const at = cut.to + 60 * SECOND_MS;
    if (at >= dayFrom && at < dayFrom + DAY_MS) moments.push(at);
  }
  return networkCuts.length > 0 ? moments.sort((a, b) => a - b) : moments;
}

/** Lines of one appearance: while the person is there, when he has gone, and revised. */
export function appearanceTellings(city: City, day: number, appearance: Appearance, tellings: Telling[]): void {
  const { openAt, closedAt, revisedAt } = appearance;
  if (openAt !== null) tellings.push(new Sighting(openAt, city, day, appearance, 0));
  tellings.push(new Sighting(closedAt, city, day, appearance, 1));
  if (revisedAt !== null) tellings.push(new Sighting(revisedAt, city, day, appearance, 2));
}

class Sighting extends Telling {
  readonly kind = 'appearance';

  constructor(
    at: number,
    readonly city: City,
    readonly day: number,
    readonly seen: Appearance,
    /** 0: open, with what the first shots give · 1: closed · 2: closed, revised. */
    readonly phase: 0 | 1 | 2,
  ) {
    super(at);
  }

  override text(): string {
    const { city, day, seen, phase } = this;
    const { camera, face, from } = seen;
    const key = cameraKey(camera);
    const last = phase === 0 ? Math.min(seen.to, from + 3 * SECOND_MS) : seen.to;
    const quality = phase === 0 ? Math.round(seen.quality * 750) / 1000 : seen.quality;
    const faces = phase === 0 ? Math.min(1, seen.faces) : seen.faces;
    const picture = city.random(STREAM.face, key, day, seen.number * 8 + 1 + phase);
    const template = face ? `"${city.faces.observe(face, quality, picture)}"` : 'null';
    const id = uuidOf(city.random(STREAM.face, key, day, seen.number * 8));
    const times = `"from":"${deviceTime(city, camera, from)}","to":"${deviceTime(city, camera, last)}"`;
    return `{"at":"${isoMs(this.at)}","kind":"appearance","id":"${id}","camera":"${camera.id}","state":"${phase === 0 ? 'open' : 'closed'}",${times},"template":${template},"quality":${quality},"faces":${faces}}`;
  }
}

/** Device clocks count milliseconds: cutting them off would move an appearance across a watermark. */
function deviceTime(city: City, camera: Camera, at: number): string {
  const whole = Math.round(city.clock.device(camera, at));
  return whole % 1000 === 0 ? isoSecond(whole) : isoMs(whole);
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** A UUID (version 4's form) from 122 bits of a stream. */
export function uuidOf(draw: Draw): string {
  const [a, b, c, d] = [draw.bits(), draw.bits(), draw.bits(), draw.bits()];
  const second = word(((b & 0xffff0fff) | 0x4000) >>> 0);
  const third = word(((c & 0x3fffffff) | 0x80000000) >>> 0);
  return `${word(a)}-${second.slice(0, 4)}-${second.slice(4)}-${third.slice(0, 4)}-${third.slice(4)}${word(d)}`;
}

const word = (value: number): string =>
  `${HEX[value >>> 24]}${HEX[(value >>> 16) & 255]}${HEX[(value >>> 8) & 255]}${HEX[value & 255]}`;
