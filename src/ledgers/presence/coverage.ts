/** Pure: which part of a window the cameras could see. All times of one clock, epoch ms. */

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface CameraView {
  readonly cameraId: string;
  /** Null: nothing processed yet. */
  readonly watermark: number | null;
  /** `to` null: until the next one. Times without a state are unknown, not ok. */
  readonly states: readonly { readonly state: string; readonly from: number; readonly to: number | null }[];
}

export interface Coverage {
  /** Share of the window in which at least one camera was ok and below its watermark, 0..1. */
  readonly share: number;
  readonly gaps: readonly Span[];
  /** Every camera's watermark has passed the window's end. False without a camera. */
  readonly complete: boolean;
}

/** Spans that overlap or touch become one; empty ones go. In order. */
export function unite(spans: readonly Span[]): Span[] {
  const united: { from: number; to: number }[] = [];
  for (const span of [...spans].filter(({ from, to }) => to > from).sort((a, b) => a.from - b.from)) {
    const last = united.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else united.push({ ...span });
  }
  return united;
}

/** When a camera was ok and its footage processed, within a window. */
export function seenBy(camera: CameraView, window: Span): Span[] {
  const bound = Math.min(window.to, camera.watermark ?? Number.NEGATIVE_INFINITY);
  const ordered = [...camera.states].sort((a, b) => a.from - b.from);
  return unite(
    ordered.flatMap((state, i) => {
      if (state.state !== 'ok') return [];
      // What a later state says overrules: an interval still open ends where the next begins.
      const next = ordered[i + 1]?.from ?? Number.POSITIVE_INFINITY;
      const to = Math.min(state.to ?? Number.POSITIVE_INFINITY, next, bound);
      return [{ from: Math.max(state.from, window.from), to }];
    }),
  );
}

/** Coverage of a window by the cameras that a claim type needs (DESIGN.md "Coverage"). */
export function coverageOf(cameras: readonly CameraView[], window: Span): Coverage {
  const seen = unite(cameras.flatMap((camera) => seenBy(camera, window)));
  const length = window.to - window.from;
  const gaps: Span[] = [];
  let at = window.from;
  for (const span of seen) {
    if (span.from > at) gaps.push({ from: at, to: span.from });
    at = span.to;
  }
  if (at < window.to) gaps.push({ from: at, to: window.to });
  const covered = seen.reduce((sum, { from, to }) => sum + (to - from), 0);
  return {
    share: length > 0 ? covered / length : 0,
    gaps,
    complete: cameras.length > 0 && cameras.every(({ watermark }) => watermark !== null && watermark >= window.to),
  };
}
