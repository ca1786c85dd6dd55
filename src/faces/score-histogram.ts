/**
 * Scores (cosines, −1..1) counted in narrow steps. Twenty million pairs fit into two of these; every figure about scores is
 * computed from them. A score may carry a weight.
 */
const STEPS = 20_000;
const STEP_WIDTH = 2 / STEPS;

export interface ScoreHistogram {
  readonly counts: Float64Array;
  total: number;
}

export const emptyHistogram = (): ScoreHistogram => ({ counts: new Float64Array(STEPS), total: 0 });

const stepOf = (score: number): number => Math.min(STEPS - 1, Math.max(0, Math.floor((score + 1) / STEP_WIDTH)));

/** The middle of a step. */
export const scoreOfStep = (step: number): number => (step + 0.5) * STEP_WIDTH - 1;

export function addScore(histogram: ScoreHistogram, score: number, weight = 1): void {
  const step = stepOf(score);
  histogram.counts[step] = (histogram.counts[step] ?? 0) + weight;
  histogram.total += weight;
}

export function mergeHistograms(histograms: readonly ScoreHistogram[]): ScoreHistogram {
  const merged = emptyHistogram();
  for (const { counts, total } of histograms) {
    counts.forEach((count, step) => {
      merged.counts[step] = (merged.counts[step] ?? 0) + count;
    });
    merged.total += total;
  }
  return merged;
}

/** The smallest score of a step: as a threshold it lets through this step and all above it. */
export const lowerEdgeOfStep = (step: number): number => step * STEP_WIDTH - 1;

/** The first step whose scores are all at or above the threshold. */
const firstStepFrom = (threshold: number): number => Math.max(0, Math.ceil((threshold + 1) / STEP_WIDTH - 1e-6));

/** Share of scores at or above the threshold; a step counts when it lies there wholly. */
export function shareAtOrAbove({ counts, total }: ScoreHistogram, threshold: number): number {
  let sum = 0;
  for (let step = firstStepFrom(threshold); step < STEPS; step++) sum += counts[step] ?? 0;
  return total > 0 ? sum / total : 0;
}

/** The smallest threshold at which at most `share` of the scores are at or above it. */
export function thresholdForShareAbove({ counts, total }: ScoreHistogram, share: number): number {
  let sum = 0;
  for (let step = STEPS - 1; step >= 0; step--) {
    sum += counts[step] ?? 0;
    if (sum > share * total) return lowerEdgeOfStep(step + 1);
  }
  return -1;
}

/** The largest score under which at most `share` of the scores lie. */
export function quantileBelow({ counts, total }: ScoreHistogram, share: number): number {
  let sum = 0;
  for (let step = 0; step < STEPS; step++) {
    sum += counts[step] ?? 0;
    if (sum > share * total) return lowerEdgeOfStep(step);
  }
  return 1;
}

/**
 * The rate at which misses and false matches are equally frequent. `failures`: genuine weight that never got a score and
 * counts as missed at every threshold.
 */
export function equalErrorRate(genuine: ScoreHistogram, impostor: ScoreHistogram, failures = 0): number {
  const all = genuine.total + failures;
  let missed = failures;
  let falseMatches = impostor.total;
  for (let step = 0; step < STEPS; step++) {
    const fnmr = missed / all;
    const fmr = falseMatches / impostor.total;
    if (fnmr >= fmr) return (fnmr + fmr) / 2;
    missed += genuine.counts[step] ?? 0;
    falseMatches -= impostor.counts[step] ?? 0;
  }
  return 1;
}

/** One point of a score's calibration: natural logarithm of the likelihood ratio. */
export interface LlrPoint {
  readonly score: number;
  readonly llr: number;
}

interface Pool {
  /** Shares of all genuine and of all impostor scores that fell into the pool. */
  readonly genuine: number;
  readonly impostor: number;
  readonly scoreSum: number;
}

/** Pool-adjacent-violators: neighbouring steps joined until the share of genuine scores rises (Ayer et al., 1955). */
function poolAdjacentViolators(genuine: ScoreHistogram, impostor: ScoreHistogram): Pool[] {
  const pools: Pool[] = [];
  const posterior = (pool: Pool) => pool.genuine / (pool.genuine + pool.impostor);
  for (let step = 0; step < STEPS; step++) {
    const g = (genuine.counts[step] ?? 0) / genuine.total;
    const i = (impostor.counts[step] ?? 0) / impostor.total;
    if (g + i === 0) continue;
    let pool: Pool = { genuine: g, impostor: i, scoreSum: scoreOfStep(step) * (g + i) };
    for (let last = pools.at(-1); last && posterior(last) >= posterior(pool); last = pools.at(-1)) {
      pools.pop();
      pool = {
        genuine: last.genuine + pool.genuine,
        impostor: last.impostor + pool.impostor,
        scoreSum: last.scoreSum + pool.scoreSum,
      };
    }
    pools.push(pool);
  }
  return pools;
}

/**
 * The log-likelihood ratio as a rising function of the score: one point per pool of adjacent violators, at the pool's mean
 * score (Brümmer & du Preez, 2006). −∞ and +∞ at the ends where only one kind occurs.
 */
export const isotonicLlr = (genuine: ScoreHistogram, impostor: ScoreHistogram): LlrPoint[] =>
  poolAdjacentViolators(genuine, impostor).map((pool) => ({
    score: pool.scoreSum / (pool.genuine + pool.impostor),
    llr: Math.log(pool.genuine) - Math.log(pool.impostor),
  }));

/**
 * Cost of the log-likelihood ratio in bits (Brümmer & du Preez, 2006): 0 perfect, 1 says nothing. For a part of the scores
 * give the totals of all; the parts' costs then add up.
 */
export function costOfLlr(
  genuine: ScoreHistogram,
  impostor: ScoreHistogram,
  llrOf: (score: number) => number,
  { genuineTotal = genuine.total, impostorTotal = impostor.total } = {},
): number {
  const bits = ({ counts }: ScoreHistogram, sign: number) => {
    let sum = 0;
    counts.forEach((count, step) => {
      if (count > 0) sum += count * softplusBits(-sign * llrOf(scoreOfStep(step)));
    });
    return sum;
  };
  return (bits(genuine, 1) / genuineTotal + bits(impostor, -1) / impostorTotal) / 2;
}

/** log2(1 + e^x) without overflow. */
const softplusBits = (x: number): number => (x > 30 ? x : Math.log1p(Math.exp(x))) / Math.LN2;

/** The cost that the best possible calibration of these scores would have. */
export function minimumCostOfLlr(genuine: ScoreHistogram, impostor: ScoreHistogram): number {
  const bits = (share: number, other: number) => (share > 0 ? share * Math.log2(1 + other / share) : 0);
  const pools = poolAdjacentViolators(genuine, impostor);
  return pools.reduce((sum, p) => sum + bits(p.genuine, p.impostor) + bits(p.impostor, p.genuine), 0) / 2;
}
