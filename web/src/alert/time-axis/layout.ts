/**
 * Where everything of the time axis stands, without a browser. Times are epoch ms, x in pixels from the plot's left edge.
 */
export interface Domain {
  readonly from: number;
  readonly to: number;
}

export interface Tick {
  readonly at: number;
  readonly x: number;
}

export interface Bar {
  readonly x: number;
  readonly width: number;
  /** Goes on beyond the edge of what is shown. */
  readonly cutLeft: boolean;
  readonly cutRight: boolean;
}

const MINUTE = 60_000;
const STEPS = [MINUTE / 4, MINUTE / 2, 1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((step, i) =>
  i < 2 ? step : step * MINUTE,
);
const MIN_BAR_PX = 4;

export const xOf = (at: number, domain: Domain, width: number): number =>
  domain.to === domain.from ? 0 : ((at - domain.from) / (domain.to - domain.from)) * width;

/** Round local times, at least `minGapPx` apart. `zoneOffsetMs` turns UTC into local time. */
export function ticksOf(domain: Domain, width: number, minGapPx: number, zoneOffsetMs: number): Tick[] {
  const span = domain.to - domain.from;
  if (span <= 0 || width <= 0) return [];
  const step = STEPS.find((candidate) => (candidate / span) * width >= minGapPx) ?? 1440 * MINUTE;
  const first = Math.ceil((domain.from + zoneOffsetMs) / step) * step - zoneOffsetMs;
  const ticks: Tick[] = [];
  for (let at = first; at <= domain.to; at += step) ticks.push({ at, x: xOf(at, domain, width) });
  return ticks;
}

/** The part of a stretch that is shown, wide enough to see; null when none is. `to` null: still going on. */
export function barOf(from: number, to: number | null, domain: Domain, width: number): Bar | null {
  const end = to ?? domain.to;
  if (end < domain.from || from > domain.to) return null;
  const left = xOf(Math.max(from, domain.from), domain, width);
  const right = xOf(Math.min(end, domain.to), domain, width);
  const wide = Math.max(MIN_BAR_PX, right - left);
  return {
    x: Math.max(0, Math.min(left, width - wide)),
    width: wide,
    cutLeft: from < domain.from,
    cutRight: end > domain.to,
  };
}

/** Puts bars that overlap on rows of their own: the lowest row where there is room. Returns each bar's row. */
export function packRows(bars: readonly Bar[], gapPx = 2): number[] {
  const order = bars.map((bar, index) => ({ bar, index })).sort((a, b) => a.bar.x - b.bar.x || a.index - b.index);
  const ends: number[] = [];
  const rows = new Array<number>(bars.length).fill(0);
  for (const { bar, index } of order) {
    const free = ends.findIndex((end) => end + gapPx <= bar.x);
    const row = free === -1 ? ends.length : free;
    ends[row] = bar.x + bar.width;
    rows[index] = row;
  }
  return rows;
}

/** What the axis shows: a settlement's window with a margin, or everything. Never nothing. */
export function domainOf(all: Domain, window: Domain | null): Domain {
  const chosen = window ?? all;
  const span = Math.max(chosen.to - chosen.from, MINUTE);
  const margin = window === null ? 0 : span * 0.08;
  return { from: chosen.from - margin, to: chosen.from + span + margin };
}
