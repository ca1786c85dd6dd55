import { type BorderFound, borderFound, meanBorder } from './border.ts';
import type { PresentationLook } from './look.ts';
import type { Presentation, PresentationKind } from './presentation.ts';
import { fitPlane } from './rigid.ts';

/**
 * Signs of a picture in a face's place, over the looks of one appearance. Each sign alone must be strong, or two of different
 * kinds come together: a face that merely does not stir for a while is left in peace. Limits were chosen on films made for it
 * (docs/presentation-attacks.md has what they catch, what they miss and how often they are wrong).
 */

export interface TimedLook extends PresentationLook {
  readonly at: number;
}

/** What the looks say together; null where they cannot say it. */
export interface PresentationSigns {
  /** Of the looks that a close enough face allowed: the middle one's finest regular pattern, against its like. */
  readonly moire: number | null;
  /** Straight edges that moved along with the face. */
  readonly border: BorderFound | null;
  /** How far the face's points are from moving as one plane, in pixels; the fourth of five looks. */
  readonly bending: number | null;
  /** How much more the plane was tilted than its own noise explains. */
  readonly tilting: number | null;
  /** How long nothing of the face has moved by now, ms. */
  readonly stillMs: number;
}

/** What is known of one appearance as it goes on. */
export interface PresentationWatch {
  add(at: number, look: PresentationLook): void;
  /** Takes over what was seen of the same person under another number. */
  absorb(other: PresentationWatch): void;
  readonly looks: readonly TimedLook[];
  /** Null: too few looks. */
  readonly presentation: Presentation | null;
}

/** Of a long stay the first looks and the last ones are kept. */
const KEPT = 48;
const KEPT_FIRST = 20;

export function createPresentationWatch(): PresentationWatch {
  let looks: TimedLook[] = [];
  let judged: Presentation | null | undefined;
  const keep = (more: readonly TimedLook[]): void => {
    looks = [...looks, ...more].sort((a, b) => a.at - b.at);
    while (looks.length > KEPT) looks.splice(KEPT_FIRST, 1);
    judged = undefined;
  };
  return {
    add: (at, look) => keep([{ ...look, at }]),
    absorb: (other) => keep(other.looks),
    get looks() {
      return looks;
    },
    get presentation() {
      judged ??= judgePresentation(looks);
      return judged;
    },
  };
}

const LEAST_LOOKS = 6;
const FACE_WIDTH = 2.1;

/** The value that the given share of the others does not exceed. */
function quantile(values: readonly number[], share: number): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
}

/** Fine patterns are told from so many looks on. */
const LEAST_MOIRE_LOOKS = 4;
/** Two looks show a border before different ground when the face moved so far between them, in face widths … */
const MOVED = 0.25;
/** … and so many such places are needed. */
const LEAST_PLACES = 3;

export function signsOf(looks: readonly TimedLook[]): PresentationSigns {
  const moire = looks.flatMap((look) => look.moire ?? []);
  const unit = quantile(
    looks.map((look) => look.unit),
    0.5,
  );
  const fits = fitPlane(looks.map(({ shape }) => shape));
  const enough = looks.length >= LEAST_LOOKS;
  const residual = quantile(
    fits.map((fit) => fit.residual),
    0.8,
  );
  const squeeze = quantile(
    fits.map((fit) => fit.squeeze),
    0.8,
  );
  const places = placesOf(looks);
  return {
    moire: moire.length < LEAST_MOIRE_LOOKS ? null : quantile(moire, 0.5),
    border: places.length < LEAST_PLACES ? null : borderFound(meanBorder(places.map(({ border }) => border))),
    bending: enough && residual !== null && unit !== null ? residual * unit : null,
    tilting: enough && residual !== null && squeeze !== null && residual > 0 ? squeeze / residual : null,
    stillMs: stillFor(looks),
  };
}

/** Looks each of which found the face somewhere else than all others before it. */
function placesOf(looks: readonly TimedLook[]): TimedLook[] {
  const places: TimedLook[] = [];
  for (const look of looks) {
    const apart = (other: TimedLook): boolean =>
      Math.hypot(look.x - other.x, look.y - other.y) > (MOVED * FACE_WIDTH * (look.unit + other.unit)) / 2;
    if (places.every(apart)) places.push(look);
  }
  return places;
}

/** Something that hangs there is found in its place, but for the points' own noise: so far off, in eye distances and in pixels, … */
const STILL_PLACE = 0.012;
const STILL_NOISE_PX = 0.6;
/** … with its points, each about its own place, so far off, in pixels, … */
const STILL_SHAPE_PX = 1.1;
/** … and its light and shade as unlike, in parts of their contrast. */
const STILL_PATCH = 0.27;
const LEAST_STILL_LOOKS = 8;
/** Somebody's shadow may fall on it now and then. */
const STILL_EXCEPT = 0.1;

/** Since when nearly every look has found the same as the last ones, blink for blink; ms. */
function stillFor(looks: readonly TimedLook[]): number {
  const newest = looks.slice(-LEAST_STILL_LOOKS);
  const last = newest.at(-1);
  if (!last || newest.length < LEAST_STILL_LOOKS) return 0;
  const [x, y] = (['x', 'y'] as const).map((axis) =>
    quantile(
      newest.map((look) => look[axis]),
      0.5,
    ),
  ) as [number, number];
  const off = (look: TimedLook): number => Math.hypot(look.x - x, look.y - y);
  const usual = { ...newest.reduce((a, b) => (off(b) < off(a) ? b : a)), x, y };
  let [since, count, others] = [last.at, 0, 0];
  for (const look of looks.toReversed()) {
    if (isSame(look, usual)) {
      since = look.at;
      count++;
    } else if (++others > 1 + STILL_EXCEPT * (count + others)) break;
  }
  return count < LEAST_STILL_LOOKS ? 0 : last.at - since;
}

function isSame(a: TimedLook, b: TimedLook): boolean {
  const unit = (a.unit + b.unit) / 2;
  if (Math.hypot(a.x - b.x, a.y - b.y) > STILL_PLACE * unit + STILL_NOISE_PX) return false;
  let square = 0;
  for (let i = 0; i < a.shape.length; i++) square += ((a.shape[i] as number) - (b.shape[i] as number)) ** 2;
  if (Math.sqrt((2 * square) / a.shape.length) * unit > STILL_SHAPE_PX) return false;
  return unlikeness(a.patch, b.patch) <= STILL_PATCH;
}

/** Difference of two patches, each without its mean, in parts of their contrast. */
function unlikeness(a: Float32Array, b: Float32Array): number {
  const [ma, mb] = [a, b].map((patch) => patch.reduce((sum, value) => sum + value, 0) / patch.length) as [
    number,
    number,
  ];
  let [aa, bb, ab] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [(a[i] as number) - ma, (b[i] as number) - mb];
    aa += x * x;
    bb += y * y;
    ab += x * y;
  }
  return aa > 0 && bb > 0 ? Math.sqrt(Math.max(0, 2 - (2 * ab) / Math.sqrt(aa * bb))) : 0;
}

/** From 0 at `from` to 1 at `to`. */
const ramp = (value: number | null | undefined, from: number, to: number): number =>
  value == null ? 0 : Math.min(1, Math.max(0, (value - from) / (to - from)));

export const SUSPECTED_FROM = 0.5;

/** The fused judgement: the strongest of the signs, and of what two signs say together. Null: too few looks. */
export function judgePresentation(looks: readonly TimedLook[]): Presentation | null {
  if (looks.length < LEAST_LOOKS) return null;
  const signs = signsOf(looks);
  const strengths = strengthsOf(signs);
  const [kind, strength] = (Object.entries(strengths) as [PresentationKind, number][]).reduce((a, b) =>
    b[1] > a[1] ? b : a,
  );
  return {
    suspected: strength >= SUSPECTED_FROM,
    kind: strength > 0 ? kind : null,
    strength: Math.round(strength * 100) / 100,
    looks: looks.length,
  };
}

/** Half of it is the limit from which something is suspected. */
export function strengthsOf(signs: PresentationSigns): Record<PresentationKind, number> {
  const { moire, border, bending, tilting, stillMs } = signs;
  const plane = bending === null ? 0 : ramp(bending, 0.3, 0.1);
  const alive = bending === null ? 0 : ramp(bending, 0.2, 0.5);
  const tilted = Math.min(plane, ramp(tilting, 3, 5));
  const edges = ramp(border?.edges, 0.9, 1);
  return {
    screen: ramp(moire, 7, 13),
    held_picture: Math.max(
      ramp(border?.margin, 0.7, 0.98),
      // A rectangle that tilts with what it shows, or in which somebody is alive.
      Math.min(edges, tilted),
      Math.min(edges, alive),
    ),
    static_picture: ramp(stillMs, 30_000, 210_000),
  };
}
