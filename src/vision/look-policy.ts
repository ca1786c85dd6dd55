import { type Box, boxCentre } from '../faces/geometry.ts';
import type { Rect } from '../media/yuv.ts';
import type { Track } from './tracker.ts';

/** A description costs as much as twenty glances: it is made where it can still change something. */

/** What a face's size and the detector's confidence promise, before anything is described. */
export const prospectOf = (track: Track): number =>
  Math.sqrt(Math.max(1, track.box.width * track.box.height)) * (track.scoreSum / track.hits);

const CROWDED_FACES = 1.6;
const CROWDED_LOOK_MS = 500;
const BETTER_PROSPECT = 1.2;
const STARTLED_LOOK_MS = 1_500;

/**
 * Whether a track's face should be described now: soon and often at first, seldom once the person is well known, again when
 * the face promises to be better, when it suddenly looks unlike itself, and whenever somebody else is near enough to be mistaken
 * for him.
 * @param somebodyLost somebody is out of sight and might be this newcomer
 */
export function needsLook(track: Track, at: number, visible: readonly Track[], somebodyLost: boolean): boolean {
  const since = at - track.lookedAt;
  const known = track.draft.faces;
  if (known === 0) return since >= (track.looks < 4 ? 0 : track.looks < 10 ? 500 : 1_500);
  if (track.strikes.length > 0 || (!track.settled && somebodyLost)) return true;
  if (known < 3) return since >= 200;
  if (known < 6) return since >= 700;
  if (since >= CROWDED_LOOK_MS && visible.some((other) => other !== track && near(other.box, track.box))) return true;
  if (since >= CROWDED_LOOK_MS && prospectOf(track) > BETTER_PROSPECT * track.bestProspect) return true;
  if (since >= STARTLED_LOOK_MS && track.startling) return true;
  return since >= (known < WELL_KNOWN_FACES ? 1_500 : 5_000);
}

function near(a: Box, b: Box): boolean {
  const [p, q] = [boxCentre(a), boxCentre(b)];
  return Math.hypot(p.x - q.x, p.y - q.y) < CROWDED_FACES * Math.max(a.width, a.height, b.width, b.height);
}

/** Faces that no close look could confirm must have convinced the detector itself. */
const SURE_SCORE = 0.6;
const COUNTING_SCORE = 0.5;

/** Whether enough was seen to say that there is a person. `at` infinite: he has left, nothing more will come. */
export function isTellable(track: Track, at: number, recognise: boolean): boolean {
  const score = track.scoreSum / track.hits;
  const over = at === Number.POSITIVE_INFINITY;
  if (!recognise) return track.hits >= 3 && score >= COUNTING_SCORE && (over || at - track.draft.from >= 500);
  if (track.draft.faces > 0) return track.hits >= 2 || track.draft.faces >= 2;
  return track.hits >= 4 && score >= SURE_SCORE && (over || at - track.draft.from >= 1_500);
}

const WELL_KNOWN_FACES = 10;
const WELL_KNOWN_QUALITY = 0.5;
const WELL_KNOWN_AFTER_MS = 9_000;
/** Of the face's width, each second. */
const AT_REST_SPEED = 0.5;

/** Whether a person is so well known and so calm that every frame of him would tell nothing new. */
export function isWellKnown(track: Track, at: number): boolean {
  const { draft, velocity, box } = track;
  if (!track.told || !track.settled || track.startling || track.strikes.length > 0) return false;
  if (draft.faces < WELL_KNOWN_FACES || draft.quality < WELL_KNOWN_QUALITY) return false;
  return (
    at - draft.from >= WELL_KNOWN_AFTER_MS && Math.hypot(velocity.x, velocity.y) * 1000 < AT_REST_SPEED * box.width
  );
}

/** The face and what is around it, for a picture that a person looks at. */
export function lookBox(face: Box): Rect {
  const side = 1.8 * Math.max(face.width, face.height);
  const centre = boxCentre(face);
  return { x: centre.x - side / 2, y: centre.y - side / 2, width: side, height: side };
}
