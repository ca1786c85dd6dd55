/** Half-open stretches of time [from, to), epoch ms. Lists that functions return are sorted and disjoint. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export const overlaps = (a: Span, b: Span): boolean => a.from < b.to && b.from < a.to;

export const clip = (span: Span, to: Span): Span | null => {
  const clipped = { from: Math.max(span.from, to.from), to: Math.min(span.to, to.to) };
  return clipped.from < clipped.to ? clipped : null;
};

export function union(spans: readonly Span[]): Span[] {
  if (spans.length < 2) return spans.filter(({ from, to }) => from < to);
  const out: { from: number; to: number }[] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    if (span.to <= span.from) continue;
    const last = out.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else out.push({ ...span });
  }
  return out;
}

export function intersect(a: readonly Span[], b: readonly Span[]): Span[] {
  const common: Span[] = [];
  for (const x of a) {
    for (const y of b) {
      const both = clip(x, y);
      if (both !== null) common.push(both);
    }
  }
  return union(common);
}

/** What of `whole` none of `spans` covers. */
export function gapsOf(whole: Span, spans: readonly Span[]): Span[] {
  const gaps: Span[] = [];
  let at = whole.from;
  for (const span of union(spans)) {
    if (span.from > at) gaps.push({ from: at, to: Math.min(span.from, whole.to) });
    at = Math.max(at, span.to);
    if (at >= whole.to) break;
  }
  if (at < whole.to) gaps.push({ from: at, to: whole.to });
  return gaps.filter((gap) => gap.from < gap.to);
}

export const lengthOf = (spans: readonly Span[]): number => spans.reduce((sum, { from, to }) => sum + to - from, 0);

/** Share of `whole` (1 for an empty one) that `spans` cover, to four decimals so that equal facts have equal hashes. */
export function shareOf(whole: readonly Span[], spans: readonly Span[]): number {
  const total = lengthOf(whole);
  if (total === 0) return 1;
  return Math.round((lengthOf(intersect(whole, spans)) / total) * 10_000) / 10_000;
}
