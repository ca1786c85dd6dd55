import {
  costOfLlr,
  isotonicLlr,
  type LlrPoint,
  mergeHistograms,
  minimumCostOfLlr,
  type ScoreHistogram,
  scoreOfStep,
} from './score-histogram.ts';

/** How a score became a likelihood ratio. */
export const LLR_MODELS = ['logistic', 'bi-gaussian', 'isotonic'] as const;
export type LlrModelName = (typeof LLR_MODELS)[number];

/** Scores of the same and of different people. */
export interface ScorePair {
  readonly genuine: ScoreHistogram;
  readonly impostor: ScoreHistogram;
}

export interface LlrLimits {
  readonly cap: number;
  readonly floor: number;
}

export interface ChosenLlr {
  readonly model: LlrModelName;
  /** Rising in score and likelihood ratio (natural logarithm), capped. */
  readonly points: readonly LlrPoint[];
  /** Cost of the log-likelihood ratio on people who took no part in the fit, in bits; and the least that these scores allow. */
  readonly cllr: number;
  readonly minCllr: number;
}

/** A model with more freedom must cost less by this. */
const WORTH_FREEDOM = 0.99;

/**
 * Turns scores into likelihood ratios by the model that costs least on people it was not fitted to (Cllr, Brümmer & du Preez,
 * 2006), the simpler one where two are as good.
 * @param folds scores by groups of people
 */
export function chooseLlr(folds: readonly ScorePair[], limits: LlrLimits): ChosenLlr {
  const whole = joined(folds);
  const tried = LLR_MODELS.map((model) => ({ model, cllr: heldOutCost(model, folds, limits) }));
  const best = tried.reduce((kept, each) => (each.cllr < WORTH_FREEDOM * kept.cllr ? each : kept));
  return {
    ...best,
    points: curveOf(best.model, whole, limits),
    minCllr: minimumCostOfLlr(whole.genuine, whole.impostor),
  };
}

function heldOutCost(model: LlrModelName, folds: readonly ScorePair[], limits: LlrLimits): number {
  const { genuine, impostor } = joined(folds);
  const totals = { genuineTotal: genuine.total, impostorTotal: impostor.total };
  return folds.reduce((cost, fold) => {
    const others = joined(folds.filter((other) => other !== fold));
    if (others.genuine.total === 0 || others.impostor.total === 0) return cost + 1;
    const points = curveOf(model, others, limits);
    return cost + costOfLlr(fold.genuine, fold.impostor, (score) => llrBetween(points, score), totals);
  }, 0);
}

const joined = (folds: readonly ScorePair[]): ScorePair => ({
  genuine: mergeHistograms(folds.map(({ genuine }) => genuine)),
  impostor: mergeHistograms(folds.map(({ impostor }) => impostor)),
});

const fitters: Readonly<Record<LlrModelName, (scores: ScorePair) => readonly LlrPoint[]>> = {
  logistic: (scores) => drawn(logistic(scores)),
  'bi-gaussian': (scores) => drawn(biGaussian(scores)),
  isotonic: ({ genuine, impostor }) => isotonicLlr(genuine, impostor),
};

/** The model's curve, capped and thinned to steps of a tenth. */
function curveOf(model: LlrModelName, scores: ScorePair, { cap, floor }: LlrLimits): LlrPoint[] {
  const table: LlrPoint[] = [];
  for (const { score, llr } of fitters[model](scores)) {
    const point = { score: round(score, 4), llr: round(Math.min(cap, Math.max(floor, llr)), 2) };
    const last = table.at(-1);
    if (!last || (point.score > last.score && point.llr >= last.llr + 0.1)) table.push(point);
  }
  const [only] = table;
  // Scores that tell nothing apart: a level table.
  if (only && table.length === 1) table.push({ score: round(only.score + 0.001, 4), llr: only.llr });
  return table;
}

/** The log-likelihood ratio at a score: straight between points, level beyond the ends. Scores of `points` rise. */
export function llrBetween(points: readonly LlrPoint[], score: number): number {
  // The first point at the score or above it, by halving.
  let above = 0;
  for (let end = points.length; above < end; ) {
    const middle = (above + end) >>> 1;
    if ((points[middle]?.score ?? 0) >= score) end = middle;
    else above = middle + 1;
  }
  const upper = points[above] ?? points.at(-1);
  const lower = points[above - 1] ?? upper;
  if (!upper || !lower) return 0;
  if (above === 0 || above === points.length) return upper.llr;
  const share = (score - lower.score) / (upper.score - lower.score);
  return lower.llr + share * (upper.llr - lower.llr);
}

const GRID = 0.002;
const drawn = (llrOf: (score: number) => number): LlrPoint[] =>
  Array.from({ length: Math.round(2 / GRID) + 1 }, (_, i) => {
    const score = i * GRID - 1;
    return { score, llr: llrOf(score) };
  });

/** Mean and variance of counted scores. */
function momentsOf({ counts, total }: ScoreHistogram): { mean: number; variance: number } {
  let [sum, squares] = [0, 0];
  counts.forEach((count, step) => {
    if (count === 0) return;
    const score = scoreOfStep(step);
    sum += count * score;
    squares += count * score * score;
  });
  const mean = sum / total;
  return { mean, variance: Math.max(1e-6, squares / total - mean * mean) };
}

/**
 * Both kinds as normal distributions. Where their variances differ the ratio turns back on one side: there it is held level,
 * since a nearer face must never count as less.
 */
function biGaussian({ genuine, impostor }: ScorePair): (score: number) => number {
  const [g, i] = [momentsOf(genuine), momentsOf(impostor)];
  const logDensity = (score: number, { mean, variance }: typeof g): number =>
    -((score - mean) ** 2) / (2 * variance) - Math.log(variance) / 2;
  const curve = 1 / i.variance - 1 / g.variance;
  const turn = curve === 0 ? null : (i.mean / i.variance - g.mean / g.variance) / curve;
  const held = (score: number): number =>
    turn === null ? score : curve > 0 ? Math.max(score, turn) : Math.min(score, turn);
  return (score) => logDensity(held(score), g) - logDensity(held(score), i);
}

const NEWTON_STEPS = 30;

/** A straight line in the score, fitted by logistic regression with both kinds counting half. */
function logistic({ genuine, impostor }: ScorePair): (score: number) => number {
  let [slope, offset] = [10, -5];
  for (let step = 0; step < NEWTON_STEPS; step++) {
    const sums = { gs: 0, go: 0, ss: 1e-9, so: 0, oo: 1e-9 };
    const add = ({ counts, total }: ScoreHistogram, target: number): void => {
      counts.forEach((count, at) => {
        if (count === 0) return;
        const score = scoreOfStep(at);
        const chance = 1 / (1 + Math.exp(-(slope * score + offset)));
        const weight = count / total;
        const spread = weight * chance * (1 - chance);
        sums.gs += weight * (chance - target) * score;
        sums.go += weight * (chance - target);
        sums.ss += spread * score * score;
        sums.so += spread * score;
        sums.oo += spread;
      });
    };
    add(genuine, 1);
    add(impostor, 0);
    const det = sums.ss * sums.oo - sums.so ** 2;
    if (!(det > 1e-15)) break;
    const moved = {
      slope: (sums.oo * sums.gs - sums.so * sums.go) / det,
      offset: (sums.ss * sums.go - sums.so * sums.gs) / det,
    };
    const most = Math.max(Math.abs(moved.slope), Math.abs(moved.offset));
    const damp = most > 20 ? 20 / most : 1;
    slope -= damp * moved.slope;
    offset -= damp * moved.offset;
    if (most < 1e-6) break;
  }
  const rising = Math.max(0, slope);
  return (score) => rising * score + offset;
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
