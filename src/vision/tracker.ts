import { type Box, intersectionOverSmaller, intersectionOverUnion } from '../faces/geometry.ts';
import { AppearanceDraft } from './appearance.ts';
import { assign, movingCost } from './assignment.ts';
import type { FoundFace, Likeness, ObservedFace } from './face-reader.ts';

/** A face followed from picture to picture, and what is known of the person. */
export interface Track {
  readonly number: number;
  draft: AppearanceDraft;
  box: Box;
  /** Pixels per ms, smoothed. */
  velocity: { x: number; y: number };
  seenAt: number;
  hits: number;
  scoreSum: number;
  /** Descriptions tried so far, also those that gave no template. */
  looks: number;
  lookedAt: number;
  /** The best promise (`prospect`) that was followed up so far. */
  bestProspect: number;
  /** Descriptions in a row that did not look like this person. */
  strikes: { readonly at: number; readonly face: ObservedFace }[];
  /** Whether it is decided who this is: a newcomer, or somebody who was gone for a moment. */
  settled: boolean;
  /** The appearance has been told. */
  told: boolean;
  /** He was in another scene, or somebody else was taken for him: where his face was says nothing any more. */
  elsewhere: boolean;
  /** The face in the last picture searched, in a few grey values. */
  glimpse: Float32Array | null;
  /** It looked unlike itself since it was described last: somebody else may stand there. */
  startling: boolean;
}

/** Follows by place only what was seen this recently; after that, only the face itself tells. */
const SAME_PLACE_MS = 1_000;
const SAME_PLACE_OVERLAP = 0.3;
/** Weaker ones are mostly wallpaper unless a face was there a moment ago; what is wallpaper all the same, a close look finds out. */
export const NEWCOMER_SCORE = 0.4;
const SURELY_WHOLE_SCORE = 0.6;
const PIECE_OVERLAP = 0.3;
/** Two who cross hide each other no longer, … */
const HIDDEN_MS = 3_000;
/** … and overlap for a moment after it. */
const PIECES_FOR_MS = 1_000;
const STRIKES_TO_SPLIT = 2;
const STRIKE_QUALITY = 0.15;
/** A single strike that nothing confirms within this is forgotten: until then every picture is looked at, and nothing promised. */
const STRIKE_HOLDS_MS = 5_000;

export interface TrackerOptions {
  readonly likeness: (a: Float32Array, b: Float32Array) => Likeness;
  readonly modelVersion: string;
  /** Unseen for this long, a person has left. */
  readonly goneAfterMs: number;
}

/** Pure bookkeeping: who is where. Looks at no picture itself. */
export class Tracker {
  readonly #options: TrackerOptions;
  #tracks: Track[] = [];
  #next = 0;
  /** When somebody was last out of sight for a moment. */
  #hiddenAt = Number.NEGATIVE_INFINITY;

  constructor(options: TrackerOptions) {
    this.#options = options;
  }

  /** All that have not left, also those out of sight at the moment. */
  get tracks(): readonly Track[] {
    return this.#tracks;
  }

  /** In sight at `at`. */
  visible(at: number): Track[] {
    return this.#tracks.filter((track) => track.seenAt === at);
  }

  /** From when on somebody may have been seen of whom nothing was told: where the first begins who is untold or doubted; else infinite. */
  get untoldFrom(): number {
    const untold = this.#tracks.filter((track) => !track.told).map((track) => track.draft.from);
    return Math.min(...untold, ...this.#tracks.flatMap(({ strikes }) => strikes[0]?.at ?? []));
  }

  /** Pairs the faces of one picture with the people followed; the rest are newcomers. */
  see(at: number, faces: readonly FoundFace[]): void {
    const near = this.#tracks.filter((track) => !track.elsewhere && at - track.seenAt <= SAME_PLACE_MS);
    const costs = near.map((track) =>
      faces.map((face) => movingCost(predicted(track, at), face.box, at - track.seenAt)),
    );
    const pairs = assign(costs);
    const taken = new Set<number>();
    near.forEach((track, row) => {
      const column = pairs[row];
      const face = column == null ? undefined : faces[column];
      if (column == null || !face) return;
      taken.add(column);
      follow(track, at, face);
    });
    if (this.#tracks.some((track) => track.told && track.seenAt < at && at - track.seenAt <= HIDDEN_MS))
      this.#hiddenAt = at;
    faces.forEach((face, column) => {
      if (taken.has(column) || this.#isPiece(at, face, faces)) return;
      if (face.score >= NEWCOMER_SCORE || this.#lostHere(at, face.box))
        this.#begin(at, face.box, face.score, new AppearanceDraft(at, this.#options.modelVersion));
    });
  }

  /** Around the moment when one hides another, a weak face half within a better one is mostly made of pieces of the two. */
  #isPiece(at: number, face: FoundFace, faces: readonly FoundFace[]): boolean {
    if (face.score >= SURELY_WHOLE_SCORE || at - this.#hiddenAt > PIECES_FOR_MS) return false;
    return faces.some(
      (other) => other.score > face.score && intersectionOverSmaller(face.box, other.box) >= PIECE_OVERLAP,
    );
  }

  /** Somebody went out of sight where this weak face is: a close look tells whether it is he. */
  #lostHere(at: number, box: Box): boolean {
    return this.#tracks.some(
      (track) => track.told && track.seenAt < at && intersectionOverUnion(track.box, box) >= SAME_PLACE_OVERLAP,
    );
  }

  /** From here on places are pixels of a picture of another size. */
  rescale(x: number, y: number): void {
    for (const track of this.#tracks) {
      const { box, velocity } = track;
      track.box = { x: box.x * x, y: box.y * y, width: box.width * x, height: box.height * y };
      track.velocity = { x: velocity.x * x, y: velocity.y * y };
      track.bestProspect *= Math.sqrt(x * y);
    }
  }

  /** The picture is of another scene from here on: nobody is followed by place, only faces that are the same go on. */
  cut(): void {
    for (const track of this.#tracks) track.elsewhere = true;
  }

  /** Nothing moved since the last picture: everyone in sight then is in sight still. */
  still(at: number, since: number): void {
    for (const track of this.#tracks) if (track.seenAt === since) this.#stay(track, at);
  }

  /** Each one's face among those of a picture, where it was; null: somebody's is not. */
  inPlace(faces: readonly FoundFace[]): ReadonlyMap<Track, FoundFace> | null {
    const found = new Map<Track, FoundFace>();
    const free = new Set(faces);
    for (const track of this.#tracks) {
      const [nearest] = [...free]
        .map((face) => ({ face, overlap: intersectionOverUnion(track.box, face.box) }))
        .sort((a, b) => b.overlap - a.overlap);
      if (!nearest || nearest.overlap < SAME_PLACE_OVERLAP) return null;
      found.set(track, nearest.face);
      free.delete(nearest.face);
    }
    return found;
  }

  /** These are still there, as their faces show. */
  remain(at: number, found: ReadonlyMap<Track, FoundFace>): void {
    for (const [track, { box, score }] of found) {
      track.box = box;
      track.hits++;
      track.scoreSum += score;
      this.#stay(track, at);
    }
  }

  /** Pictures are shown again from there on. */
  rewind(at: number): void {
    for (const track of this.#tracks) track.seenAt = Math.min(track.seenAt, at);
  }

  #stay(track: Track, at: number): void {
    track.seenAt = at;
    track.draft.to = Math.max(track.draft.to, at);
    track.velocity = { x: 0, y: 0 };
  }

  #begin(at: number, box: Box, score: number, draft: AppearanceDraft): Track {
    const track: Track = {
      number: this.#next++,
      draft,
      box,
      velocity: { x: 0, y: 0 },
      seenAt: at,
      hits: 1,
      scoreSum: score,
      looks: 0,
      lookedAt: Number.NEGATIVE_INFINITY,
      bestProspect: 0,
      strikes: [],
      settled: false,
      told: false,
      elsewhere: false,
      glimpse: null,
      startling: false,
    };
    this.#tracks.push(track);
    return track;
  }

  /**
   * What a close look at a track's face showed. A face that is not this person's ends the mistake: two people who crossed
   * are put right, a newcomer in the same place becomes a person of his own.
   * @returns whether the face was counted as the track's person
   */
  describe(track: Track, at: number, face: ObservedFace): boolean {
    track.looks++;
    track.startling = false;
    track.lookedAt = at;
    track.strikes = track.strikes.filter((strike) => at - strike.at <= STRIKE_HOLDS_MS);
    if (face.template === null) return false;
    const known = track.draft.template;
    if (known === null || this.#options.likeness(known, face.template) !== 'different') {
      track.strikes = [];
      track.draft.add(at, face);
      return true;
    }
    if (face.quality < STRIKE_QUALITY) return false;
    track.strikes.push({ at, face });
    const other = this.#other(track, face.template);
    if (other && !track.told && track.draft.faces < 2 && other.seenAt < track.draft.from) {
      // The one description that made a newcomer of him was of a face half hidden.
      track.draft = new AppearanceDraft(track.draft.from, this.#options.modelVersion);
      track.draft.add(at, face);
      track.draft.to = at;
      track.strikes = [];
      return this.rejoin(track, at);
    }
    if (other) {
      const since = track.strikes[0]?.at ?? at;
      // Two who crossed: each goes on as who he is.
      [track.draft, other.draft] = [other.draft, track.draft];
      [track.settled, other.settled] = [other.settled, track.settled];
      [track.told, other.told] = [other.told, track.told];
      track.strikes = [];
      other.strikes = [];
      track.draft.add(at, face);
      track.draft.to = Math.max(track.draft.to, at);
      if (other.seenAt !== at) {
        // He was here last before the first picture that showed somebody else.
        other.seenAt = Math.max(other.draft.from, since - 1);
        other.draft.to = other.seenAt;
      }
      return true;
    }
    if (track.strikes.length >= STRIKES_TO_SPLIT) this.#split(track, at);
    return false;
  }

  #other(track: Track, template: Float32Array): Track | undefined {
    return this.#tracks.find((each) => {
      const known = each.draft.template;
      return each !== track && known !== null && this.#options.likeness(known, template) === 'same';
    });
  }

  /** The person left at the first strike and another stands there. */
  #split(track: Track, at: number): void {
    const since = track.strikes[0]?.at ?? at;
    const gone: Track = {
      ...track,
      number: this.#next++,
      seenAt: Math.max(track.draft.from, since - 1),
      velocity: { x: 0, y: 0 },
      strikes: [],
      elsewhere: true,
    };
    gone.draft.to = gone.seenAt;
    const draft = new AppearanceDraft(since, this.#options.modelVersion);
    for (const strike of track.strikes) draft.add(strike.at, strike.face);
    draft.to = at;
    Object.assign(track, {
      draft,
      strikes: [],
      settled: false,
      told: false,
      hits: track.strikes.length,
      looks: track.strikes.length,
      bestProspect: 0,
    });
    this.#tracks.push(gone);
  }

  /**
   * Whether `track` is somebody who was out of sight for a moment: then that appearance goes on, with what the new one
   * learnt. Only a face that is surely the same joins; by place alone nobody does.
   */
  rejoin(track: Track, at: number): boolean {
    const template = track.draft.template;
    if (template === null) return false;
    const lost = this.#tracks.filter(
      (each) => each !== track && each.seenAt < track.draft.knownFrom && each.seenAt < at,
    );
    const same = lost.find(
      (each) => each.draft.template !== null && this.#options.likeness(each.draft.template, template) === 'same',
    );
    if (!same) return false;
    same.draft.absorb(track.draft);
    Object.assign(same, {
      box: track.box,
      velocity: track.velocity,
      seenAt: track.seenAt,
      strikes: [],
      lookedAt: track.lookedAt,
      elsewhere: false,
      glimpse: track.glimpse,
      startling: track.startling,
    });
    same.hits += track.hits;
    same.looks += track.looks;
    this.#tracks = this.#tracks.filter((each) => each !== track);
    return true;
  }

  /** Takes out and returns those who have been out of sight too long. */
  takeGone(at: number): Track[] {
    const isGone = (track: Track): boolean =>
      at - track.seenAt >
      (track.told || track.hits > 2 ? this.#options.goneAfterMs : Math.min(this.#options.goneAfterMs, 1_500));
    const gone = this.#tracks.filter(isGone);
    if (gone.length > 0) this.#tracks = this.#tracks.filter((track) => !gone.includes(track));
    return gone;
  }

  takeAll(): Track[] {
    const all = this.#tracks;
    this.#tracks = [];
    return all;
  }
}

/** Where it should be now. */
export function predicted(track: Track, at: number): Box {
  const ms = Math.min(at - track.seenAt, 500);
  return { ...track.box, x: track.box.x + track.velocity.x * ms, y: track.box.y + track.velocity.y * ms };
}

function follow(track: Track, at: number, face: FoundFace): void {
  const ms = at - track.seenAt;
  const drift = (now: number, before: number, speed: number): number => 0.5 * speed + (0.5 * (now - before)) / ms;
  // A picture that is shown again says nothing of speed.
  if (ms > 0) {
    track.velocity = {
      x: drift(face.box.x + face.box.width / 2, track.box.x + track.box.width / 2, track.velocity.x),
      y: drift(face.box.y + face.box.height / 2, track.box.y + track.box.height / 2, track.velocity.y),
    };
  }
  track.box = face.box;
  track.seenAt = at;
  track.draft.to = Math.max(track.draft.to, at);
  track.hits++;
  track.scoreSum += face.score;
}
