import type { YuvImage } from '../media/yuv.ts';
import type { FaceReader, ObservedFace } from './face-reader.ts';
import { glimpseOf, isStartling } from './glimpse.ts';
import type { MotionGate } from './motion-gate.ts';
import { type Search, WORTH_A_LOOK_SCORE } from './search.ts';
import type { Track, Tracker } from './tracker.ts';

/** Those in sight who are so well known that keyframes will do to see that they stay. */
export interface Stayers {
  /**
   * Whether everybody whom the last keyframe showed is where he was, as himself, and nobody else came: null. Otherwise since
   * when that may not be so.
   * @param seenThen when that keyframe was @param closeUntil up to where every frame was looked at
   */
  doubtedSince(
    at: number,
    image: YuvImage,
    grid: Float32Array,
    seenThen: number,
    closeUntil: number,
  ): Promise<number | null>;
  /** Up to where everybody was compared with himself: what came later is read again when he proves to be another. */
  comparedUntil(closeUntil: number): number;
}

/** Who is seen to stay by keyframes is compared with himself so often. */
const COMPARE_MS = 6_000;

export function createStayers(options: {
  readonly reader: FaceReader;
  readonly search: Search;
  readonly tracker: Tracker;
  readonly gate: MotionGate;
  readonly goneAfterMs: number;
  /** What a description of somebody's face says of him. */
  readonly learn: (track: Track, at: number, image: YuvImage, face: ObservedFace) => void;
}): Stayers {
  const { reader, search, tracker, gate, goneAfterMs, learn } = options;

  const startles = (track: Track, image: YuvImage, face: { readonly box: Track['box'] } | undefined): boolean =>
    track.glimpse !== null && isStartling(track.glimpse, glimpseOf(image, face?.box ?? track.box));

  const earliest = (tracks: readonly Track[], closeUntil: number): number =>
    Math.min(...tracks.map((track) => Math.max(track.lookedAt, closeUntil)));

  return {
    async doubtedSince(at, image, grid, seenThen, closeUntil) {
      if (at - seenThen > goneAfterMs) return seenThen;
      const { tracks } = tracker;
      const seen = await search.stayers(image, tracks, gate.changed(grid) ?? []);
      const found = seen === null ? null : tracker.inPlace(seen);
      if (seen === null || found === null) return seenThen;
      const theirs = new Set(found.values());
      if (seen.some((face) => !theirs.has(face) && face.score >= WORTH_A_LOOK_SCORE)) return seenThen;
      if (tracks.some((track) => startles(track, image, found.get(track)))) return seenThen;
      const due = tracks.filter((track) => at - track.lookedAt >= COMPARE_MS);
      const faces = due.flatMap((track) => found.get(track) ?? []);
      const observed = await reader.describe(image, faces);
      const isAnother = (track: Track, i: number): boolean => {
        const [known, now] = [track.draft.template, observed[i]?.template];
        return known !== null && now != null && reader.likeness(known, now) === 'different';
      };
      if (due.some(isAnother)) return earliest(due, closeUntil);
      tracker.remain(at, found);
      due.forEach((track, i) => {
        const face = observed[i];
        if (face) learn(track, at, image, face);
      });
      gate.remember(grid);
      return null;
    },
    comparedUntil: (closeUntil) => earliest(tracker.tracks, closeUntil),
  };
}
