import type { Rect } from '../media/yuv.ts';

/** Where something moved lately: far faces are looked for there at full size, and not in all of the picture. */
export interface Activity {
  /** @param blocks of the motion gate's grid */
  moved(at: number, blocks: readonly number[]): void;
  /**
   * The part of the frame that shows what moved lately beside those whose faces are known. Null: nothing to look at, or so
   * much that the whole frame is no dearer.
   */
  region(at: number, frame: Size, known: readonly Rect[]): Rect | null;
}

type Size = { readonly width: number; readonly height: number };
type Grid = { readonly cols: number; readonly rows: number };

/** Somebody who stands still for a moment is still there. */
const LATELY_MS = 3_000;
/** A person is larger than what moves of him. In blocks, each side. */
const MARGIN_BLOCKS = 2;
/** Half a person's height above what moves: a body that sways under a head that does not. */
const ABOVE = 0.4;
const WORTH_SHARE = 0.4;
/** A person's outline from his face, in widths and heights of it: arms to both sides, hair above, a body down to the floor. */
const OUTLINE_BESIDE = 1.5;
const OUTLINE_ABOVE = 0.8;

export function createActivity(cols: number, rows: number): Activity {
  const movedAt = new Float64Array(cols * rows).fill(Number.NEGATIVE_INFINITY);
  return {
    moved(at, blocks) {
      for (const block of blocks) movedAt[block] = at;
    },
    region(at, frame, known) {
      const lately: number[] = [];
      movedAt.forEach((moved, block) => {
        if (moved <= at && at - moved <= LATELY_MS) lately.push(block);
      });
      const blocks = elsewhere(lately, { cols, rows }, frame, known);
      if (blocks.length === 0) return null;
      const across = blocks.map((block) => block % cols);
      const down = blocks.map((block) => Math.floor(block / cols));
      const [top, bottom] = [Math.min(...down), Math.max(...down)];
      const [w, h] = [frame.width / cols, frame.height / rows];
      return within(
        {
          left: (Math.min(...across) - MARGIN_BLOCKS) * w,
          top: (top - MARGIN_BLOCKS - ABOVE * (bottom - top + 1)) * h,
          right: (Math.max(...across) + 1 + MARGIN_BLOCKS) * w,
          bottom: (bottom + 1 + MARGIN_BLOCKS) * h,
        },
        frame,
      );
    },
  };
}

/** Those of a grid's blocks that are nobody's whose face is known. */
export const elsewhere = (blocks: readonly number[], grid: Grid, frame: Size, known: readonly Rect[]): number[] =>
  outside(blocks, grid, frame, known.map(outlineOf));

const outlineOf = ({ x, y, width, height }: Rect): Rect => ({
  x: x - OUTLINE_BESIDE * width,
  y: y - OUTLINE_ABOVE * height,
  width: (1 + 2 * OUTLINE_BESIDE) * width,
  height: Number.POSITIVE_INFINITY,
});

/** Those of a grid's blocks whose middle lies in none of these parts of the frame. */
export function outside(blocks: readonly number[], grid: Grid, frame: Size, parts: readonly Rect[]): number[] {
  const [w, h] = [frame.width / grid.cols, frame.height / grid.rows];
  return blocks.filter((block) => {
    const x = ((block % grid.cols) + 0.5) * w;
    const y = (Math.floor(block / grid.cols) + 0.5) * h;
    return !parts.some((part) => x >= part.x && x <= part.x + part.width && y >= part.y && y <= part.y + part.height);
  });
}

function within(
  edges: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number },
  frame: Size,
): Rect | null {
  const x = Math.max(0, edges.left);
  const y = Math.max(0, edges.top);
  const width = Math.min(frame.width, edges.right) - x;
  const height = Math.min(frame.height, edges.bottom) - y;
  if (width < 2 || height < 2 || width * height > WORTH_SHARE * frame.width * frame.height) return null;
  return { x, y, width, height };
}
