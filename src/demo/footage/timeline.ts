import type { Scenario, ScenarioCamera } from '../scenario.ts';

/** Somebody in a piece, with times in seconds from the piece's start. */
export interface Actor {
  readonly who: string;
  readonly fromS: number;
  readonly toS: number;
  readonly place: 'left' | 'centre' | 'right';
  readonly facePx: number;
}

/** A stretch of one camera's footage that is rendered in one go; whole seconds, epoch ms. */
export interface Piece {
  readonly from: number;
  readonly to: number;
  readonly kind: 'empty' | 'people' | 'dark' | 'frozen' | 'off';
  readonly actors: readonly Actor[];
}

const wholeSecond = (ms: number, round: (x: number) => number): number => round(ms / 1000) * 1000;

/**
 * What one camera records from the scenario's start to its end, without gaps: outages first, people where there is no
 * outage, an empty room elsewhere. Stays that overlap are one piece.
 */
export function planFootage(scenario: Scenario, camera: ScenarioCamera): Piece[] {
  const startsAt = wholeSecond(scenario.startsAt, Math.floor);
  const endsAt = wholeSecond(scenario.endsAt, Math.ceil);
  const kindOf = { offline: 'off', dark: 'dark', frozen: 'frozen' } as const;
  const outages = scenario.scenes
    .flatMap((scene) => scene.outages)
    .filter((outage) => outage.camera === camera.id)
    .map((outage) => ({
      from: wholeSecond(outage.from, Math.floor),
      to: wholeSecond(outage.to, Math.ceil),
      kind: kindOf[outage.what],
    }))
    .sort((a, b) => a.from - b.from);
  const stays = scenario.scenes
    .flatMap((scene) => scene.present)
    .filter((stay) => stay.camera === camera.id)
    .sort((a, b) => a.from - b.from);

  const pieces: Piece[] = [];
  const fillWithLife = (from: number, to: number): void => {
    let at = from;
    for (const group of joinOverlapping(stays)) {
      const groupFrom = Math.max(at, wholeSecond(group.from, Math.floor));
      const groupTo = Math.min(to, wholeSecond(group.to, Math.ceil));
      if (groupTo <= groupFrom) continue;
      if (groupFrom > at) pieces.push({ from: at, to: groupFrom, kind: 'empty', actors: [] });
      const actors = group.stays.map((stay) => ({
        who: stay.who,
        fromS: (stay.from - groupFrom) / 1000,
        toS: (stay.to - groupFrom) / 1000,
        place: stay.place,
        facePx: stay.facePx,
      }));
      pieces.push({ from: groupFrom, to: groupTo, kind: 'people', actors });
      at = groupTo;
    }
    if (to > at) pieces.push({ from: at, to, kind: 'empty', actors: [] });
  };
  let at = startsAt;
  for (const outage of outages) {
    if (outage.to <= at) continue;
    const from = Math.max(at, outage.from);
    if (from > at) fillWithLife(at, from);
    pieces.push({ from, to: Math.min(outage.to, endsAt), kind: outage.kind, actors: [] });
    at = Math.min(outage.to, endsAt);
  }
  if (endsAt > at) fillWithLife(at, endsAt);
  return pieces;
}

interface Stay extends Omit<Actor, 'fromS' | 'toS'> {
  readonly from: number;
  readonly to: number;
}

function joinOverlapping(stays: readonly Stay[]): { from: number; to: number; stays: Stay[] }[] {
  const groups: { from: number; to: number; stays: Stay[] }[] = [];
  for (const stay of stays) {
    const last = groups.at(-1);
    // A second of emptiness between two pieces, else one cut second would belong to both.
    if (last && stay.from < last.to + 1000) {
      last.stays.push(stay);
      last.to = Math.max(last.to, stay.to);
    } else {
      groups.push({ from: stay.from, to: stay.to, stays: [stay] });
    }
  }
  return groups;
}
