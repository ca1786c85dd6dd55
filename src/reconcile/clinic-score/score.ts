import { type Misses, type MissPrior, meanOf, missPosterior, quantileOf, type RatePosterior } from './miss-rate.ts';

/**
 * The clinic score: a sequential test of "settlements are made here of visits that never were" against "people come, and
 * cameras miss some". Pure.
 *
 * Counted are settlements that the national terminal did not confirm and of which the cameras can tell. Under the null
 * hypothesis nobody is seen at the counter because the camera there missed the visitor (each camera at its own rate, with
 * its uncertainty) or because he was treated elsewhere and nobody filed it. Under the alternative a share of the
 * settlements has no visit behind it, since a day that is not known. Both are mixtures over what is not known: the ratio is
 * a martingale under the null, so it may be looked at every day (optional stopping), and exceeds 1/α with a probability of
 * at most α (Ville's inequality). Caps can only make it smaller.
 */
export interface ScoreInput {
  /** In order of time. */
  readonly settlements: readonly CountedSettlement[];
  /** Of visits that are confirmed otherwise, how many each camera missed. */
  readonly cameras: readonly Misses[];
  readonly parameters: ScoreParameters;
}

export interface CountedSettlement {
  /** Number of its local day. */
  readonly day: number;
  readonly sight: 'came' | 'elsewhere' | 'absent';
  /** Cameras that looked at the counter, and elsewhere: indexes of `cameras`. */
  readonly counter: readonly number[];
  readonly others: readonly number[];
}

export interface ScoreParameters {
  readonly miss: MissPrior;
  /** Honest visits without a visitor at the clinic that nobody filed: mean share and its strength in visits. */
  readonly away: { readonly mean: number; readonly strength: number };
  /** Share of windows in which somebody else passes elsewhere, and share of moments with somebody else at the counter. */
  readonly passers: number;
  readonly bystanders: number;
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
  /** Expected share of settlements without a visit, if it does. */
  readonly share: number;
  /** Likeliest day on which it began, if it does; null: no settlement was counted. */
  readonly since: number | null;
  /** Of each settlement: the probability that no visit stands behind it, if the clinic does it. */
  readonly each: readonly number[];
  readonly missRates: readonly { readonly mean: number; readonly low: number; readonly high: number }[];
}

/** Shares under the alternative, equally likely. */
const SHARES = [0.06, 0.12, 0.22, 0.38, 0.6, 0.85] as const;
/** What is not known of cameras and of visits elsewhere, from good to bad, and how likely each is. */
const LEVELS = [
  { at: 0.05, weight: 0.125 },
  { at: 0.2, weight: 0.15 },
  { at: 0.35, weight: 0.15 },
  { at: 0.5, weight: 0.15 },
  { at: 0.65, weight: 0.15 },
  { at: 0.8, weight: 0.125 },
  { at: 0.9, weight: 0.1 },
  { at: 0.97, weight: 0.05 },
] as const;

/** One way in which it could be: so much of it, since this day (index), cameras as good as that level. */
interface Branch {
  readonly share: number;
  readonly level: number;
  readonly from: number;
  readonly log: number;
}

export function scoreOf({ settlements, cameras, parameters }: ScoreInput): Score {
  const posteriors = cameras.map((misses) => missPosterior(parameters.miss, misses));
  const missRates = posteriors.map((posterior) => ({
    mean: meanOf(posterior),
    low: quantileOf(posterior, 0.05),
    high: quantileOf(posterior, 0.95),
  }));
  const days = [...new Set(settlements.map(({ day }) => day))].sort((a, b) => a - b);
  if (days.length === 0) {
    return { logEvidence: 0, posterior: parameters.priorShare, share: 0, since: null, each: [], missRates };
  }
  const dayIndex = new Map(days.map((day, i) => [day, i]));
  const indexOf = ({ day }: CountedSettlement): number => dayIndex.get(day) ?? 0;
  const honest = honestOdds(settlements, posteriors, parameters);

  const nulls = LEVELS.map((_, level) =>
    settlements.reduce((sum, { sight }, i) => sum + Math.log(honest[i]?.[level]?.[sight] ?? 1), 0),
  );
  const branches = LEVELS.flatMap(({ weight }, level) =>
    SHARES.flatMap((share): Branch[] => {
      const gains = new Array<number>(days.length).fill(0);
      settlements.forEach((settlement, i) => {
        const known = honest[i]?.[level];
        if (known === undefined) return;
        const gain = Math.log(mixed(share, settlement.sight, known, parameters) / known[settlement.sight]);
        const day = indexOf(settlement);
        gains[day] = (gains[day] ?? 0) + Math.min(parameters.settlementCap, gain);
      });
      const before = Math.log(weight / (SHARES.length * days.length)) + (nulls[level] ?? 0);
      let sum = 0;
      return gains
        .map((gain, from): Branch => ({ share, level, from, log: Math.min(parameters.dayCap, gain) }))
        .reverse()
        .map((branch) => {
          sum += branch.log;
          return { ...branch, log: before + sum };
        });
    }),
  );
  const alternative = logSum(branches.map(({ log }) => log));
  const logEvidence = alternative - logSum(LEVELS.map(({ weight }, level) => Math.log(weight) + (nulls[level] ?? 0)));
  const weights = branches.map(({ log }) => Math.exp(log - alternative));
  const expected = (of: (branch: Branch) => number): number =>
    branches.reduce((sum, branch, i) => sum + (weights[i] ?? 0) * of(branch), 0);
  const began = days.map((_, day) => expected(({ from }) => (from === day ? 1 : 0)));
  return {
    logEvidence,
    posterior: 1 / (1 + Math.exp(-(Math.log(parameters.priorShare / (1 - parameters.priorShare)) + logEvidence))),
    share: expected(({ share }) => share),
    since: days[began.indexOf(Math.max(...began))] ?? null,
    each: settlements.map((settlement, i) => {
      const { sight } = settlement;
      if (sight === 'came') return 0;
      const day = indexOf(settlement);
      return expected(({ from, share, level }) => {
        const known = honest[i]?.[level];
        if (from > day || known === undefined) return 0;
        return 1 - ((1 - share) * known[sight]) / mixed(share, sight, known, parameters);
      });
    }),
    missRates,
  };
}

type Odds = Readonly<Record<CountedSettlement['sight'], number>>;

/** For each settlement and level: how probable each sight is when an honest visit stands behind it. */
function honestOdds(
  settlements: readonly CountedSettlement[],
  posteriors: readonly RatePosterior[],
  { away, passers }: ScoreParameters,
): readonly (readonly Odds[])[] {
  const elsewhere = missPosterior({ ...away, poorShare: 0, poorMean: away.mean }, { visits: 0, missed: 0 });
  const awayAt = LEVELS.map(({ at }) => quantileOf(elsewhere, at));
  const rates = posteriors.map((posterior) => LEVELS.map(({ at }) => quantileOf(posterior, at)));
  const missedBy = (cameras: readonly number[], level: number): number =>
    cameras.reduce((all, camera) => all * (rates[camera]?.[level] ?? 1), 1);
  const known = new Map<string, readonly Odds[]>();
  return settlements.map(({ counter, others }) => {
    const key = `${counter.join()}/${others.join()}`;
    const found = known.get(key);
    if (found) return found;
    const odds = LEVELS.map((_, level): Odds => {
      const gone = awayAt[level] ?? away.mean;
      const missed = missedBy(counter, level);
      const unseen = missedBy(others, level) * (1 - passers);
      const absent = gone * (1 - passers) + (1 - gone) * missed * unseen;
      const besides = gone * passers + (1 - gone) * missed * (1 - unseen);
      return { absent, elsewhere: besides, came: 1 - absent - besides };
    });
    known.set(key, odds);
    return odds;
  });
}

/** The same when a share of the settlements has no visit behind it. */
function mixed(share: number, sight: CountedSettlement['sight'], honest: Odds, parameters: ScoreParameters): number {
  const { passers, bystanders } = parameters;
  const nobody = sight === 'came' ? bystanders : (1 - bystanders) * (sight === 'elsewhere' ? passers : 1 - passers);
  return share * nobody + (1 - share) * honest[sight];
}

function logSum(logs: readonly number[]): number {
  const top = Math.max(...logs);
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
}
