import type { Rect } from '../media/yuv.ts';

/** Where something moved lately: far faces are looked for there at full size, and not in all of the picture. */
export interface Activity {
  /** @param blocks of the motion gate's grid */
  moved(at: number, blocks: readonly number[]): void;
  /**
   * The part of the frame that shows what moved lately, and the boxes given. Null: nothing to look at, or so much that the
   * whole frame is no dearer.
   */
  region(at: number, frame: { readonly width: number; readonly height: number }, boxes: readonly Rect[]): Rect | null;
}

/** A person's outline from his face, in widths and heights of it: arms to both sides, hair above, a body down to the floor. */
const OUTLINE_BESIDE = 1.5;
const OUTLINE_ABOVE = 0.8;

/** How many of these blocks of a grid are nobody's whose face is known. */
export function blocksElsewhere(
  blocks: readonly number[],
  grid: { readonly cols: number; readonly rows: number },
  frame: { readonly width: number; readonly height: number },
  faces: readonly Rect[],
): number {
  const [w, h] = [frame.width / grid.cols, frame.height / grid.rows];
  return blocks.filter((block) => {
    const x = ((block % grid.cols) + 0.5) * w;
    const y = (Math.floor(block / grid.cols) + 0.5) * h;
    return !faces.some(
      (face) =>
        x >= face.x - OUTLINE_BESIDE * face.width &&
        x <= face.x + (1 + OUTLINE_BESIDE) * face.width &&
        y >= face.y - OUTLINE_ABOVE * face.height,
    );
  }).length;
}

/** Somebody who stands still for a moment is still there. */
const LATELY_MS = 3_000;
/** A person is larger than what moves of him. In blocks, each side. */
const MARGIN_BLOCKS = 2;
/** Half a person's height above what moves: a body that sways under a head that does not. */
const ABOVE = 0.4;
const AROUND_BOX = 1;
const WORTH_SHARE = 0.4;

export function createActivity(cols: number, rows: number): Activity {
  const movedAt = new Float64Array(cols * rows).fill(Number.NEGATIVE_INFINITY);
  return {
    moved(at, blocks) {
      for (const block of blocks) movedAt[block] = at;
    },
    region(at, frame, boxes) {
      let [left, top, right, bottom] = [cols, rows, -1, -1];
      for (let i = 0; i < movedAt.length; i++) {
        const ago = at - (movedAt[i] as number);
        if (ago < 0 || ago > LATELY_MS) continue;
        const [col, row] = [i % cols, Math.floor(i / cols)];
        left = Math.min(left, col);
        right = Math.max(right, col);
        top = Math.min(top, row);
        bottom = Math.max(bottom, row);
      }
      const [w, h] = [frame.width / cols, frame.height / rows];
      const parts = boxes.map(around);
      if (right >= 0) {
        parts.push({
          left: (left - MARGIN_BLOCKS) * w,
          top: (top - MARGIN_BLOCKS - ABOVE * (bottom - top + 1)) * h,
          right: (right + 1 + MARGIN_BLOCKS) * w,
          bottom: (bottom + 1 + MARGIN_BLOCKS) * h,
        });
      }
      return within(parts, frame);
    },
  };
}

interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const around = ({ x, y, width, height }: Rect): Edges => ({
  left: x - AROUND_BOX * width,
  top: y - AROUND_BOX * height,
  right: x + (1 + AROUND_BOX) * width,
  bottom: y + (1 + AROUND_BOX) * height,
});

/** The part of the frame that shows some boxes and what is around them; null as for `region`. */
export const regionOf = (
  boxes: readonly Rect[],
  frame: { readonly width: number; readonly height: number },
): Rect | null => within(boxes.map(around), frame);

function within(parts: readonly Edges[], frame: { readonly width: number; readonly height: number }): Rect | null {
  if (parts.length === 0) return null;
  const x = Math.max(0, Math.min(...parts.map(({ left }) => left)));
  const y = Math.max(0, Math.min(...parts.map(({ top }) => top)));
  const width = Math.min(frame.width, Math.max(...parts.map(({ right }) => right))) - x;
  const height = Math.min(frame.height, Math.max(...parts.map(({ bottom }) => bottom))) - y;
  if (width < 2 || height < 2 || width * height > WORTH_SHARE * frame.width * frame.height) return null;
  return { x, y, width, height };
}
