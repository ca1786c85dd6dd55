import { llrAt } from '../../faces/compare.ts';
import type { QualityBin } from '../../faces/model-card.ts';
import type { RawBin } from './calibration-schema.ts';

interface LlrPoint {
  readonly score: number;
  readonly llr: number;
}
interface Gauss {
  readonly mean: number;
  readonly sd: number;
}
export interface BinLimits {
  readonly llrCap: number;
  readonly llrFloor: number;
  readonly matchFmr: number;
  readonly mismatchFnmr: number;
}

/** A score that nothing reaches, or that nothing lies below: says nothing, harms nobody. */
const NEVER_ABOVE = 1;
const NEVER_BELOW = -1;
const GAP = 0.001;

/** A quality bin in the model card's form. null when its table cannot be had; `warn` gets what was put right. */
export function readBin(
  raw: RawBin,
  name: QualityBin['name'],
  limits: BinLimits,
  warn: (what: string) => void,
): QualityBin | null {
  const { genuine, impostor } = raw;
  const gauss = genuine && impostor && genuine.mean > impostor.mean ? { genuine, impostor } : null;
  const points = raw.llr ? tableOf(raw.llr, limits, warn) : gauss ? gaussTable(gauss, limits) : null;
  if (points === null || points.length < 2) return null;
  const thresholdOf = (fmr: number, key: string): number =>
    clamp(raw.thresholds?.[key] ?? (gauss ? quantile(gauss.impostor, 1 - fmr) : scoreAtLlr(points, -Math.log(fmr))));
  const matchCut = clamp(
    raw.matchCut ??
      (gauss ? quantile(gauss.impostor, 1 - limits.matchFmr) : thresholdOf(limits.matchFmr, rateKey(limits.matchFmr))),
  );
  let mismatchCut = clamp(
    raw.mismatchCut ??
      (gauss ? quantile(gauss.genuine, limits.mismatchFnmr) : scoreBelowLlr(points, Math.log(limits.mismatchFnmr))),
  );
  if (mismatchCut > matchCut - GAP) {
    if (raw.mismatchCut != null && raw.matchCut != null)
      warn(`the cuts of quality bin ${name} overlap: the mismatch cut is lowered below the match cut`);
    mismatchCut = Math.max(NEVER_BELOW, matchCut - GAP);
  }
  return {
    name,
    minQuality: raw.minQuality ?? 0,
    genuinePeople: count(raw.genuinePeople),
    genuinePairs: count(raw.genuinePairs),
    impostorPairs: count(raw.impostorPairs),
    llr: points,
    thresholds: {
      '1e-2': thresholdOf(1e-2, '1e-2'),
      '1e-3': thresholdOf(1e-3, '1e-3'),
      '1e-4': thresholdOf(1e-4, '1e-4'),
      '1e-5': thresholdOf(1e-5, '1e-5'),
    },
    matchCut,
    fnmrAtMatchCut: share(raw.fnmrAtMatchCut),
    mismatchCut,
    impostorsBelowMismatchCut: share(raw.impostorsBelowMismatchCut),
  };
}

const clamp = (score: number): number => Math.min(NEVER_ABOVE, Math.max(NEVER_BELOW, score));
const count = (value: number | null | undefined): number => Math.max(0, Math.round(value ?? 0));
const share = (value: number | null | undefined): number => Math.min(1, Math.max(0, value ?? 0));
const rateKey = (rate: number): string => rate.toExponential();

function tableOf(raw: NonNullable<RawBin['llr']>, limits: BinLimits, warn: (what: string) => void): LlrPoint[] {
  const points = raw
    .map((point) => (Array.isArray(point) ? { score: point[0] ?? 0, llr: point[1] ?? 0 } : point))
    .toSorted((a, b) => a.score - b.score);
  const rising = risingOf(points, limits);
  const repaired = rising.some((point) => {
    const was = points.find(({ score }) => score === point.score);
    return was !== undefined && point.llr !== bounded(was.llr, limits);
  });
  if (repaired) warn('a table of likelihood ratios fell with the score: it was made to rise');
  return rising;
}

const bounded = (llr: number, { llrCap, llrFloor }: BinLimits): number => Math.min(llrCap, Math.max(llrFloor, llr));

function risingOf(points: readonly LlrPoint[], limits: BinLimits): LlrPoint[] {
  const rising: LlrPoint[] = [];
  for (const { score, llr } of points) {
    const last = rising.at(-1);
    if (!Number.isFinite(llr) || score < -1 || score > 1 || (last && score <= last.score)) continue;
    rising.push({ score, llr: Math.max(last?.llr ?? -Infinity, bounded(llr, limits)) });
  }
  return rising;
}

/**
 * The table of two normal distributions. With unequal spread their ratio turns again far out in the tails; a score further
 * up never says less, so from where the two are equally likely the table only rises, upwards and downwards.
 */
function gaussTable(gauss: { genuine: Gauss; impostor: Gauss }, limits: BinLimits): LlrPoint[] {
  const { genuine, impostor } = gauss;
  const llrOf = (x: number): number =>
    Math.log(impostor.sd / genuine.sd) +
    ((x - impostor.mean) / impostor.sd) ** 2 / 2 -
    ((x - genuine.mean) / genuine.sd) ** 2 / 2;
  const low = Math.max(-1, impostor.mean - 5 * impostor.sd);
  const high = Math.min(1, genuine.mean + 5 * genuine.sd);
  const STEPS = 120;
  const scores = Array.from({ length: STEPS + 1 }, (_, i) => low + ((high - low) * i) / STEPS);
  const middle = (impostor.mean * genuine.sd + genuine.mean * impostor.sd) / (genuine.sd + impostor.sd);
  const values = scores.map(llrOf);
  for (let i = 1; i < values.length; i++)
    if ((scores[i - 1] ?? 0) >= middle) values[i] = Math.max(values[i] ?? 0, values[i - 1] ?? 0);
  for (let i = values.length - 2; i >= 0; i--)
    if ((scores[i + 1] ?? 0) <= middle) values[i] = Math.min(values[i] ?? 0, values[i + 1] ?? 0);
  return risingOf(
    scores.map((score, i) => ({ score: Number(score.toFixed(5)), llr: Number((values[i] ?? 0).toFixed(3)) })),
    limits,
  );
}

/** At most e^−t of the impostors have a log-likelihood ratio of t or more: the score that holds a rate without more data. */
function scoreAtLlr(points: readonly LlrPoint[], llr: number): number {
  for (let score = points[0]?.score ?? 1; score <= NEVER_ABOVE; score += GAP)
    if (llrAt({ llr: [...points] }, score) >= llr) return score;
  return NEVER_ABOVE;
}

/** The same bound on the other side: at most e^−t of the right people's scores have −t or less. */
function scoreBelowLlr(points: readonly LlrPoint[], llr: number): number {
  for (let score = points.at(-1)?.score ?? -1; score >= NEVER_BELOW; score -= GAP)
    if (llrAt({ llr: [...points] }, score) <= llr) return score;
  return NEVER_BELOW;
}

/** Inverse of the normal distribution (Acklam's rational approximation, relative error below 1.2e−9). */
function quantile({ mean, sd }: Gauss, p: number): number {
  return mean + sd * normalQuantile(p);
}

export function normalQuantile(p: number): number {
  const a = [
    -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716, 2.506628277459239,
  ];
  const b = [-54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572];
  const c = [
    -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734, 4.374664141464968,
    2.938163982698783,
  ];
  const d = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416];
  const poly = (k: readonly number[], x: number): number => k.reduce((sum, value) => sum * x + value, 0);
  if (p <= 0) return -Infinity;
  if (p >= 1) return Infinity;
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return poly(c, q) / (poly(d, q) * q + 1);
  }
  if (p > 1 - 0.02425) return -normalQuantile(1 - p);
  const q = p - 0.5;
  const r = q * q;
  return (poly(a, r) * q) / (poly(b, r) * r + 1);
}
