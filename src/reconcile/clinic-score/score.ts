/**
 * The clinic score: a sequential test of "a share of the settlements here is not what it says" against "these are honest
 * visits, seen by cameras that err". Pure.
 *
 * Each settlement is an observation with its probability if an honest visit stands behind it, and if none does. The first is
 * not known exactly (how often these cameras miss somebody, how often a visit takes place elsewhere), and stands for several
 * levels of it; the kind and the share under the alternative, and the day since which, are not known either. All of it is mixed with
 * weights that are fixed beforehand: the ratio is a martingale under the null hypothesis, so it may be looked at every day
 * (optional stopping), and exceeds 1/α with a probability of at most α (Ville's inequality). Caps only make it smaller.
 */
export interface Observation {
  /** Number of its local day. */
  readonly day: number;
  /** Such as would be named. */
  readonly strange: boolean;
  /** Probability of what was seen when an honest visit stands behind it, for each of LEVELS. */
  readonly honest: readonly number[];
  /** The same when none does, for each kind of how it could be: as many for all observations. */
  readonly otherwise: readonly number[];
}

export interface ScoreParameters {
  /** Share of clinics that are supposed to do it. */
  readonly priorShare: number;
  /** Natural logarithms: what one settlement, and one day, may add at most. */
  readonly settlementCap: number;
  readonly dayCap: number;
}

export interface Score {
  /** Natural logarithm of the evidence ratio, alternative to null. */
  readonly logEvidence: number;
  /** Probability that the clinic does it. */
  readonly posterior: number;
  /** Expected share of settlements that are not what they say, if it does. */
  readonly share: number;
  /** Likeliest day on which it began, if it does; null: nothing was observed. */
  readonly since: number | null;
  /** Of each observation: the probability that no honest visit stands behind it, if the clinic does it. */
  readonly each: readonly number[];
}

/** Shares under the alternative, equally likely. */
const SHARES = [0.06, 0.12, 0.22, 0.38, 0.6, 0.85] as const;

/** What is not known of an honest visit's probabilities: quantiles of it, from good to bad, and the weight of each. */
export const LEVELS = [
  { at: 0.05, weight: 0.125 },
  { at: 0.2, weight: 0.15 },
  { at: 0.35, weight: 0.15 },
  { at: 0.5, weight: 0.15 },
  { at: 0.65, weight: 0.15 },
  { at: 0.8, weight: 0.125 },
  { at: 0.9, weight: 0.1 },
  { at: 0.97, weight: 0.05 },
] as const;

/** One way in which it could be: such a share of such a kind, since this day (index), honest visits as at that level. */
interface Branch {
  readonly share: number;
  readonly kind: number;
  readonly level: number;
  readonly from: number;
  readonly log: number;
}

/** @param observations in order of time */
export function scoreOf(observations: readonly Observation[], parameters: ScoreParameters): Score {
  const days = [...new Set(observations.map(({ day }) => day))].sort((a, b) => a - b);
  if (days.length === 0) {
    return { logEvidence: 0, posterior: parameters.priorShare, share: 0, since: null, each: [] };
  }
  const dayIndex = new Map(days.map((day, i) => [day, i]));
  const indexOf = ({ day }: Observation): number => dayIndex.get(day) ?? 0;
  const nulls = LEVELS.map((_, level) =>
    observations.reduce((sum, { honest }) => sum + Math.log(honest[level] ?? 1), 0),
  );
  const kinds = observations[0]?.otherwise ?? [];
  const branches = LEVELS.flatMap(({ weight }, level) =>
    kinds.flatMap((_, kind) =>
      SHARES.flatMap((share): Branch[] => {
        const gains = new Array<number>(days.length).fill(0);
        for (const observation of observations) {
          const ratio = (observation.otherwise[kind] ?? 0) / (observation.honest[level] ?? 1);
          const day = indexOf(observation);
          gains[day] = (gains[day] ?? 0) + Math.min(parameters.settlementCap, Math.log(share * ratio + 1 - share));
        }
        let log = Math.log(weight / (kinds.length * SHARES.length * days.length)) + (nulls[level] ?? 0);
        const made: Branch[] = [];
        for (let from = days.length - 1; from >= 0; from--) {
          log += Math.min(parameters.dayCap, gains[from] ?? 0);
          made.push({ share, kind, level, from, log });
        }
        return made;
      }),
    ),
  );
  const alternative = logSum(branches.map(({ log }) => log));
  const logEvidence = alternative - logSum(LEVELS.map(({ weight }, level) => Math.log(weight) + (nulls[level] ?? 0)));
  const weights = branches.map(({ log }) => Math.exp(log - alternative));
  const expected = (of: (branch: Branch) => number): number =>
    branches.reduce((sum, branch, i) => sum + (weights[i] ?? 0) * of(branch), 0);
  const began = new Array<number>(days.length).fill(0);
  branches.forEach(({ from }, i) => {
    began[from] = (began[from] ?? 0) + (weights[i] ?? 0);
  });
  return {
    logEvidence,
    posterior: 1 / (1 + Math.exp(-(Math.log(parameters.priorShare / (1 - parameters.priorShare)) + logEvidence))),
    share: expected(({ share }) => share),
    since: days[began.indexOf(Math.max(...began))] ?? null,
    each: observations.map((observation) => {
      if (!observation.strange) return 0;
      const day = indexOf(observation);
      return expected(({ from, share, kind, level }) => {
        if (from > day) return 0;
        const without = share * (observation.otherwise[kind] ?? 0);
        return without / (without + (1 - share) * (observation.honest[level] ?? 1));
      });
    }),
  };
}

/** How the two ways to settle for somebody who was not there (nobody came, somebody else came) are mixed beforehand. */
const ONE_WAY = 0.35;
const BOTH_WAYS = 0.3;

/**
 * What two questions say together that are asked of different features of the same settlements (the second of who came,
 * where somebody came): who does it in one way may do it in the other. The mixture of one way, the other and both is again
 * an evidence ratio that may be looked at every day.
 * @param own natural logarithms: the evidence of the first question, of the second
 * @returns that of both together; and how probable it is that it is done in the first way, if it is done at all
 */
export function jointly(own: number, other: number): { readonly logEvidence: number; readonly inThisWay: number } {
  const both = Math.log(BOTH_WAYS) + own + other;
  const logEvidence = logSum([Math.log(ONE_WAY) + own, Math.log(ONE_WAY) + other, both]);
  return { logEvidence, inThisWay: 1 - Math.exp(Math.log(ONE_WAY) + other - logEvidence) };
}

function logSum(logs: readonly number[]): number {
  const top = Math.max(...logs);
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
}
