import { type Camera, cameraKey } from './cameras.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from './city-time.ts';
import type { Face } from './face-space.ts';
import { type Blind, endOf, type Stretch } from './outages.ts';
import type { CityParameters } from './parameters.ts';
import type { Draw } from './random.ts';
import type { Actor } from './visit.ts';

/** One person before one camera, in true time, and when the edge node tells of it. */
export interface Appearance extends Stretch {
  readonly camera: Camera;
  /** Unlike any other's of this camera and day. */
  readonly number: number;
  /** null: counted only. */
  readonly face: Face | null;
  readonly quality: number;
  readonly faces: number;
  /** First telling, while the person is still there; null: told only when closed. */
  readonly openAt: number | null;
  readonly closedAt: number;
  readonly revisedAt: number | null;
}

/** Moment of an appearance's first telling: from then on it is delivered. */
export const firstTold = ({ openAt, closedAt }: Appearance): number => openAt ?? closedAt;

interface Passage extends Stretch {
  readonly camera: Camera;
  readonly actor: Actor;
}

/** Which cameras see an actor when: he enters before he consults before he settles before he leaves. */
function passagesOf(actor: Actor, cameras: readonly Camera[], draw: Draw): Passage[] {
  const passages: Passage[] = [];
  const hasCounter = cameras.some(({ point }) => point === 'counter');
  for (const camera of cameras) {
    if (camera.point === 'entrance') {
      if (actor.role === 'staff') continue;
      see(passages, actor, camera, actor.arrive, actor.arrive + draw.between(4, 14) * SECOND_MS);
      // Those who leave mostly show their backs.
      if (draw.chance(0.3)) see(passages, actor, camera, actor.leave - draw.between(3, 9) * SECOND_MS, actor.leave);
    } else if (camera.point === 'counter') {
      if (actor.counter) see(passages, actor, camera, actor.counter.from, actor.counter.to);
      else if (actor.role !== 'companion' && draw.chance(0.5)) see(passages, actor, camera, actor.arrive, actor.leave);
    } else if (camera.point === 'consulting') {
      const settles = actor.counter?.from ?? actor.leave;
      const from = actor.arrive + (actor.role === 'staff' ? 0 : draw.between(10, 90) * SECOND_MS);
      // Without a counter camera the consulting room is where one settles.
      const to = hasCounter ? settles - draw.between(0, 20) * SECOND_MS : (actor.counter?.to ?? actor.leave);
      const turns = to - from > 4 * MINUTE_MS && draw.chance(0.35);
      const middle = from + (to - from) * draw.between(0.35, 0.65);
      if (turns) see(passages, actor, camera, from, middle);
      see(passages, actor, camera, turns ? middle + draw.between(5, 40) * SECOND_MS : from, to);
    } else if (actor.role !== 'passer' && actor.counter) {
      const from = actor.counter.to + draw.between(2, 20) * SECOND_MS;
      see(passages, actor, camera, from, from + draw.between(20, 90) * SECOND_MS);
    }
  }
  return passages;
}

function see(passages: Passage[], actor: Actor, camera: Camera, from: number, to: number): void {
  const [start, end] = [Math.max(from, actor.arrive), Math.min(to, actor.leave)];
  if (end - start >= 2 * SECOND_MS) passages.push({ camera, actor, from: Math.round(start), to: Math.round(end) });
}

/** What a camera makes of whoever passes: nothing in the dark, nothing usable now and then. */
export function appearancesOf(
  actors: readonly Actor[],
  cameras: readonly Camera[],
  blind: (camera: Camera) => readonly Blind[],
  networkCuts: readonly Stretch[],
  parameters: CityParameters['cameras'],
  draw: Draw,
): Appearance[] {
  const appearances: Appearance[] = [];
  const numbers = new Map<number, number>();
  for (const actor of actors) {
    for (const passage of passagesOf(actor, cameras, draw)) {
      const { camera } = passage;
      const missed = draw.chance(missShare(camera, actor.age, parameters));
      const counted = missed && draw.chance(parameters.missCountedShare);
      const quality = draw.beta(parameters.qualityMean[camera.point], parameters.qualitySd);
      const latency = draw.between(0, 2) * SECOND_MS;
      const open = draw.chance(parameters.openShare);
      const revised = draw.chance(parameters.revisedShare);
      const delays = [draw.between(2.2, 3), draw.between(2, 9), draw.between(5, 50)] as const;
      if (missed && !counted) continue;
      const seen = visible({ from: passage.from + latency, to: passage.to }, blind(camera));
      if (!seen) continue;
      const number = (numbers.get(cameraKey(camera)) ?? 0) + 1;
      numbers.set(cameraKey(camera), number);
      appearances.push({
        ...told(seen, networkCuts, { open: open && !missed, revised: revised && !missed, delays, number }),
        camera,
        number,
        face: missed ? null : actor.face,
        quality: missed ? 0 : Math.round(Math.max(0.05, quality) * 1000) / 1000,
        faces: missed ? 0 : 1 + Math.min(7, Math.floor((seen.to - seen.from) / (4 * SECOND_MS))),
      });
    }
  }
  return appearances;
}

const missShare = (camera: Camera, age: number, parameters: CityParameters['cameras']): number =>
  Math.min(0.95, camera.miss * (age < 12 ? parameters.missFactorChild : age >= 80 ? parameters.missFactorVeryOld : 1));

/** The first stretch of a passage that the camera could see; null where there is none worth telling. */
function visible(passage: Stretch, blind: readonly Blind[]): Stretch | null {
  const from = endOf(blind, passage.from);
  let to = passage.to;
  for (const dark of blind) if (dark.from > from && dark.from < to) to = dark.from;
  const seen = { from: Math.ceil(from / SECOND_MS) * SECOND_MS, to: Math.floor(to / SECOND_MS) * SECOND_MS };
  return seen.to - seen.from >= SECOND_MS ? seen : null;
}

/** When the node tells: at once, or all together when its line is back. */
function told(
  seen: Stretch,
  networkCuts: readonly Stretch[],
  how: {
    readonly open: boolean;
    readonly revised: boolean;
    readonly delays: readonly [number, number, number];
    readonly number: number;
  },
): Pick<Appearance, 'from' | 'to' | 'openAt' | 'closedAt' | 'revisedAt'> {
  const openAt = through(networkCuts, seen.from + how.delays[0] * SECOND_MS, how.number);
  const closedAt = Math.max(through(networkCuts, seen.to + how.delays[1] * SECOND_MS, how.number), openAt + 100);
  const useOpen = how.open && openAt < closedAt - 5 * SECOND_MS;
  const revisedAt = Math.max(through(networkCuts, closedAt + how.delays[2] * MINUTE_MS, how.number), closedAt + 100);
  return { ...seen, openAt: useOpen ? openAt : null, closedAt, revisedAt: how.revised ? revisedAt : null };
}

/** After a cut all that was kept is sent one after the other. */
function through(networkCuts: readonly Stretch[], at: number, number: number): number {
  const end = endOf(networkCuts, at);
  return Math.round(end > at ? end + 3 * SECOND_MS + (number % 40) * 400 : at);
}

/** Opening hours, with the time around them in which somebody may still be before a camera. */
export const aroundOpening = (opensAt: number, closesAt: number): Stretch => ({
  from: opensAt - HOUR_MS,
  to: closesAt + HOUR_MS,
});
