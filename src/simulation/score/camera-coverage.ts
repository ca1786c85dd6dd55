import type { NormalLine } from '../feed/normal-line.ts';
import type { FeedWatcher } from './watch-feed.ts';

/** The window around a settlement in which cameras are asked (DOMAIN.md 2.3). */
export const WINDOW = { beforeMs: 30 * 60_000, afterMs: 10 * 60_000 } as const;
/** Under it a window is blind (DESIGN.md). */
export const MIN_COVERAGE = 0.8;
/** By so much a camera's clock may be read wrongly: a window is blind only if it is so under every reading. */
const CLOCK_DOUBT_MS = [-120_000, -60_000, 0, 60_000, 120_000];

interface CameraState {
  readonly state: string;
  /** Device time. */
  readonly from: number;
  readonly to: number | null;
}

export interface CameraRecord {
  readonly id: string;
  readonly clinic: string;
  readonly scenePoint: string;
  readonly required: readonly string[];
  readonly states: CameraState[];
  /** Device time; the furthest that was promised. */
  until: number | null;
  /** Device minus true, seconds, with when it was told. */
  readonly offsets: { readonly at: number; readonly seconds: number }[];
}

export interface CoverageBook {
  readonly camera: (id: string) => CameraRecord | undefined;
  readonly camerasOf: (clinic: string) => readonly CameraRecord[];
  /** Device minus true in ms, as last measured by a moment; 0 where it never was. */
  readonly offsetMs: (camera: CameraRecord, at: number) => number;
  /**
   * Share of the window around a settlement in which some camera that its claim type needs was ok and its footage delivered by
   * the end of the feed; the best reading of the clocks. null for a clinic without cameras.
   */
  readonly coverage: (clinic: string, at: number, medType: string | null) => number | null;
}

/** Keeps what the feed says of some clinics' cameras. The scorer's own account, apart from the product's. */
export function cameraCoverage(clinics: ReadonlySet<string>): { watcher: FeedWatcher; book: CoverageBook } {
  const cameras = new Map<string, CameraRecord>();
  const byClinic = new Map<string, CameraRecord[]>();

  const see = (line: NormalLine): void => {
    if (line.kind === 'camera') {
      if (!clinics.has(line.clinic) || cameras.has(line.id)) return;
      const record: CameraRecord = {
        ...{ id: line.id, clinic: line.clinic, scenePoint: line.scenePoint, required: line.required },
        ...{ states: [], until: null, offsets: [] },
      };
      cameras.set(line.id, record);
      byClinic.set(line.clinic, [...(byClinic.get(line.clinic) ?? []), record]);
    } else if (line.kind === 'watermark') {
      const record = cameras.get(line.camera);
      if (record) record.until = Math.max(line.until, record.until ?? -Infinity);
    } else if (line.kind === 'device') {
      const record = cameras.get(line.camera);
      if (!record) return;
      record.states.push({ state: line.state, from: line.from, to: line.to });
      if (line.clockOffsetS !== null) record.offsets.push({ at: line.at, seconds: line.clockOffsetS });
    }
  };

  const offsetMs = (camera: CameraRecord, at: number): number => {
    const before = camera.offsets.findLast((offset) => offset.at <= at) ?? camera.offsets[0];
    return (before?.seconds ?? 0) * 1000;
  };
  const spansOf = (camera: CameraRecord): { from: number; to: number }[] => {
    // One state begins at one moment: the later word stands.
    const latest = new Map(camera.states.map((state) => [state.from, state]));
    const sorted = [...latest.values()].sort((a, b) => a.from - b.from);
    const until = camera.until ?? -Infinity;
    return sorted.flatMap((state, i) => {
      const next = sorted[i + 1]?.from ?? Infinity;
      const to = Math.min(state.to ?? Infinity, next, until);
      return state.state === 'ok' && to > state.from ? [{ from: state.from, to }] : [];
    });
  };
  const spans = new Map<string, { from: number; to: number }[]>();
  const cachedSpans = (camera: CameraRecord): { from: number; to: number }[] => {
    let known = spans.get(camera.id);
    if (!known) {
      known = spansOf(camera);
      spans.set(camera.id, known);
    }
    return known;
  };

  return {
    watcher: { kinds: new Set(['camera', 'watermark', 'device']), clinics, see: ({ line }) => see(line) },
    book: {
      camera: (id) => cameras.get(id),
      camerasOf: (clinic) => byClinic.get(clinic) ?? [],
      offsetMs,
      coverage(clinic, at, medType) {
        const all = byClinic.get(clinic) ?? [];
        if (all.length === 0) return null;
        const needed = all.filter(
          ({ required }) =>
            required.length === 0 || medType === null || required.some((type) => medType.startsWith(type)),
        );
        const window = { from: at - WINDOW.beforeMs, to: at + WINDOW.afterMs };
        let best = 0;
        for (const doubt of CLOCK_DOUBT_MS) {
          const seen = needed.flatMap((camera) => {
            const offset = offsetMs(camera, at) + doubt;
            return cachedSpans(camera).map(({ from, to }) => ({ from: from - offset, to: to - offset }));
          });
          best = Math.max(best, shareSeen(seen, window));
        }
        return best;
      },
    },
  };
}

function shareSeen(spans: readonly { from: number; to: number }[], window: { from: number; to: number }): number {
  let reached = window.from;
  let seen = 0;
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const from = Math.max(span.from, reached);
    const to = Math.min(span.to, window.to);
    if (to > from) {
      seen += to - from;
      reached = to;
    }
  }
  return seen / (window.to - window.from);
}
