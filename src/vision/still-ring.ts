import type { Frame } from '../media/frame.ts';

/** The last few seconds of a camera as pictures, about one a second, for stills that are asked for just after the moment. */
export interface StillRing {
  push(frame: Frame): void;
  /** The frame nearest to `at`, if one is within `toleranceMs`. */
  nearest(at: number, toleranceMs: number): Frame | null;
}

const SPACING_MS = 900;

/**
 * @param capacity frames kept; one of 1280×720 takes 1.4 MB
 * @param forgotten told of each frame that was pushed and is not kept (any more)
 */
export function createStillRing(capacity = 12, forgotten: (frame: Frame) => void = () => undefined): StillRing {
  let frames: Frame[] = [];
  return {
    push(frame) {
      const last = frames.at(-1);
      // Footage that is read again from an earlier moment replaces what was kept of it.
      if (last && frame.at < last.at) {
        for (const late of frames.filter(({ at }) => at >= frame.at)) forgotten(late);
        frames = frames.filter(({ at }) => at < frame.at);
      } else if (last && frame.at - last.at < SPACING_MS) return forgotten(frame);
      frames.push(frame);
      const oldest = frames.length > capacity ? frames.shift() : undefined;
      if (oldest) forgotten(oldest);
    },
    nearest(at, toleranceMs) {
      const best = frames.reduce<Frame | null>(
        (a, b) => (a === null || Math.abs(b.at - at) < Math.abs(a.at - at) ? b : a),
        null,
      );
      return best && Math.abs(best.at - at) <= toleranceMs ? best : null;
    },
  };
}
