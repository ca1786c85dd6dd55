/** A point in pixels of a picture, x to the right, y down. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box in pixels of a picture. It may reach beyond the picture's edge. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const boxCentre = (box: Box): Point => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });

const overlapArea = (a: Box, b: Box): number => {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
};

/** Shared area over joint area, 0..1. */
export function intersectionOverUnion(a: Box, b: Box): number {
  const shared = overlapArea(a, b);
  const joint = a.width * a.height + b.width * b.height - shared;
  return joint > 0 ? shared / joint : 0;
}

/** Shared area over the smaller box's area, 0..1: near 1 when one box lies in the other. */
export function intersectionOverSmaller(a: Box, b: Box): number {
  const smaller = Math.min(a.width * a.height, b.width * b.height);
  return smaller > 0 ? overlapArea(a, b) / smaller : 0;
}

/** A square around the box's centre; `side` in pixels. */
export function squareAround(box: Box, side: number): Box {
  const centre = boxCentre(box);
  return { x: centre.x - side / 2, y: centre.y - side / 2, width: side, height: side };
}

/**
 * A similarity transform (turn, scale, move): x' = a·x − b·y + tx, y' = b·x + a·y + ty.
 */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

export const applySimilarity = (t: Similarity, p: Point): Point => ({
  x: t.a * p.x - t.b * p.y + t.tx,
  y: t.b * p.x + t.a * p.y + t.ty,
});

export function invertSimilarity({ a, b, tx, ty }: Similarity): Similarity {
  const n = a * a + b * b;
  const inverse = { a: a / n, b: -b / n };
  return { ...inverse, tx: -(inverse.a * tx - inverse.b * ty), ty: -(inverse.b * tx + inverse.a * ty) };
}

/**
 * The similarity that brings `from` nearest to `to` in least squares (Umeyama 1991, two dimensions, no reflection).
 * Null when the points all coincide. Both lists have the same length.
 */
export function fitSimilarity(from: readonly Point[], to: readonly Point[]): Similarity | null {
  const mean = (points: readonly Point[]): Point => ({
    x: points.reduce((sum, p) => sum + p.x, 0) / points.length,
    y: points.reduce((sum, p) => sum + p.y, 0) / points.length,
  });
  const fromMean = mean(from);
  const toMean = mean(to);
  let along = 0;
  let across = 0;
  let spread = 0;
  from.forEach((p, i) => {
    const q = to[i];
    if (!q) return;
    const [px, py, qx, qy] = [p.x - fromMean.x, p.y - fromMean.y, q.x - toMean.x, q.y - toMean.y];
    along += px * qx + py * qy;
    across += px * qy - py * qx;
    spread += px * px + py * py;
  });
  if (!(spread > 0)) return null;
  const a = along / spread;
  const b = across / spread;
  if (!(a * a + b * b > 0)) return null;
  return { a, b, tx: toMean.x - (a * fromMean.x - b * fromMean.y), ty: toMean.y - (b * fromMean.x + a * fromMean.y) };
}
