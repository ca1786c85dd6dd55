/** How often a camera misses somebody who is there: what was known of cameras before, and what this one has shown. */
export interface MissPrior {
  /** Mean and strength (so many visits) of a usual camera. */
  readonly mean: number;
  readonly strength: number;
  /** Share and mean of poor ones. */
  readonly poorShare: number;
  readonly poorMean: number;
}

/** Of visits that are confirmed otherwise: in how many the camera saw nobody who could have been the visitor. */
export interface Misses {
  readonly visits: number;
  readonly missed: number;
}

/** Rates from one in a thousand to nearly all, evenly by their logarithm: a clock that nobody measured makes a camera miss everybody. */
const RATES: readonly number[] = Array.from({ length: 40 }, (_, i) => 0.001 * 990 ** (i / 39));

/** Share of cameras of which nothing is known beforehand. */
const FAULTY_SHARE = 0.01;

/** A posterior over rates, as weights that add up to 1. */
export interface RatePosterior {
  readonly rates: readonly number[];
  readonly weights: readonly number[];
}

/** The posterior of a camera's miss rate: a mixture of usual and poor cameras, on a grid. */
export function missPosterior(prior: MissPrior, { visits, missed }: Misses): RatePosterior {
  const usual = betaOf(prior.mean, prior.strength);
  const poor = betaOf(prior.poorMean, prior.strength);
  const priors = [
    { share: 1 - prior.poorShare - FAULTY_SHARE, weights: normal(RATES.map((q) => logBeta(q, usual))) },
    { share: prior.poorShare, weights: normal(RATES.map((q) => logBeta(q, poor))) },
    // Turned away, or with a clock that nobody measured: any rate.
    { share: FAULTY_SHARE, weights: normal(RATES.map((q) => logBeta(q, { a: 1, b: 1 }))) },
  ];
  const logs = RATES.map((q, i) => {
    const before = priors.reduce((sum, { share, weights }) => sum + share * (weights[i] ?? 0), 0);
    return Math.log(before + 1e-300) + missed * Math.log(q) + (visits - missed) * Math.log1p(-q);
  });
  return { rates: RATES, weights: normal(logs) };
}

const betaOf = (mean: number, strength: number): { a: number; b: number } => ({
  a: mean * strength,
  b: (1 - mean) * strength,
});

/** Of a density per rate, on a grid that is even in the logarithm: hence `a`, not `a - 1`. */
const logBeta = (q: number, { a, b }: { a: number; b: number }): number => a * Math.log(q) + (b - 1) * Math.log1p(-q);

function normal(logs: readonly number[]): number[] {
  const top = Math.max(...logs);
  const raw = logs.map((log) => Math.exp(log - top));
  const sum = raw.reduce((all, one) => all + one, 0);
  return raw.map((one) => one / sum);
}

export const meanOf = ({ rates, weights }: RatePosterior): number =>
  rates.reduce((sum, rate, i) => sum + rate * (weights[i] ?? 0), 0);

/** The rate below which a share `level` of the posterior lies. */
export function quantileOf({ rates, weights }: RatePosterior, level: number): number {
  let below = 0;
  for (let i = 0; i < rates.length; i++) {
    const weight = weights[i] ?? 0;
    if (below + weight >= level) {
      const from = rates[Math.max(0, i - 1)] ?? 0;
      const to = rates[i] ?? 1;
      return from * (to / from) ** ((level - below) / weight);
    }
    below += weight;
  }
  return rates.at(-1) ?? 1;
}
