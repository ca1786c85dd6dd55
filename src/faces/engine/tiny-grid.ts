import type { EngineDetection } from './engine.ts';

/** Anchor sizes in cells, and the overlap to suppress, as face-api's TinyFaceDetector was trained (src/tinyFaceDetector/const.ts). */
const ANCHORS = [
  [1.603231, 2.094468],
  [6.041143, 7.080126],
  [2.882459, 3.518061],
  [4.266906, 5.178857],
  [9.041765, 10.66308],
] as const;
export const TINY_MAX_OVERLAP = 0.4;
const VALUES_PER_ANCHOR = 5;

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

/**
 * Boxes of a TinyFaceDetector's output grid: `rows` × `columns` cells × 5 anchors × (x, y, width, height, score), for a
 * picture of `width` × `height` pixels (YOLOv2's decoding: Redmon & Farhadi, 2016).
 */
export function decodeTinyGrid(
  grid: Float32Array,
  { rows, columns, width, height }: { rows: number; columns: number; width: number; height: number },
  minScore: number,
): EngineDetection[] {
  const cell = { width: width / columns, height: height / rows };
  const minLogit = Math.log(minScore / (1 - minScore));
  const detections: EngineDetection[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      ANCHORS.forEach(([anchorWidth, anchorHeight], anchor) => {
        const at = ((row * columns + column) * ANCHORS.length + anchor) * VALUES_PER_ANCHOR;
        const [dx = 0, dy = 0, dw = 0, dh = 0, logit = 0] = grid.subarray(at, at + VALUES_PER_ANCHOR);
        if (logit <= minLogit) return;
        const boxWidth = Math.exp(dw) * anchorWidth * cell.width;
        const boxHeight = Math.exp(dh) * anchorHeight * cell.height;
        const x = (column + sigmoid(dx)) * cell.width - boxWidth / 2;
        const y = (row + sigmoid(dy)) * cell.height - boxHeight / 2;
        detections.push({ box: { x, y, width: boxWidth, height: boxHeight }, score: sigmoid(logit) });
      });
    }
  }
  return detections;
}
