import type { Counted } from './absence.ts';
import { type ClinicScoreFacts, dayNumberOf, looksOf, type ScoredVisit } from './facts.ts';
import { type MissPrior, meanOf, missPosterior, quantileOf } from './miss-rate.ts';
import { missesOf } from './misses.ts';
import { type Look, type LookLimits, lookOf } from './population.ts';
import { LEVELS } from './score.ts';

/**
 * Settlements that somebody else came for, of claim types for which one comes oneself. Somebody else alone is seen when the
 * cameras missed the visitor beside his companion, when his face was poor, or when he did not come: how often the first two
 * happen here, visits show that the national terminal confirmed.
 */
export interface StrangerParameters {
  readonly looks: LookLimits;
  readonly miss: MissPrior;
  /** How often somebody else is at the counter beside a visitor whom the cameras miss; and how many of those are recognised as his kin. */
  readonly companions: number;
  readonly companionsKin: number;
  /** Shares of honest visits that look like that though no camera missed the visitor. */
  readonly honest: OddLooks;
  /** The same of visits by somebody else, for each kind of somebody. */
  readonly others: readonly OddLooks[];
  /** What the honest shares are worth in visits. */
  readonly strength: number;
}

/** Shares of visits that look odd; the rest is like the insured person. */
export type OddLooks = Readonly<Record<(typeof ODD)[number], number>>;
const ODD = ['kin', 'strange', 'doubtful'] as const;

export interface Strangers {
  readonly observations: readonly Counted[];
  /** Visits that the national terminal confirmed and in which faces could be compared; and how many looked like somebody else. */
  readonly confirmed: number;
  readonly confirmedStrange: number;
}

/** However little is known, honest visits look odd in no more than this share of cases for each look. */
const MOST_ODD = 0.3;

export function strangersOf(
  facts: Pick<ClinicScoreFacts, 'cameras' | 'visits'>,
  parameters: StrangerParameters,
): Strangers {
  const { honest, companions, companionsKin, strength } = parameters;
  const compared = facts.visits.flatMap((visit): { readonly visit: ScoredVisit; readonly look: Look }[] => {
    const look = looksOf(visit).some(({ counter }) => counter) ? lookOf(visit, parameters.looks) : null;
    return look === null ? [] : [{ visit, look }];
  });
  const sure = compared.filter(({ visit }) => visit.confirmed).map(({ look }) => look);
  const missed =
    missedShare(
      facts,
      compared.map(({ visit }) => visit),
      parameters.miss,
    ) * companions;
  const usual: OddLooks = {
    kin: honest.kin + missed * companionsKin,
    strange: honest.strange + missed * (1 - companionsKin),
    doubtful: honest.doubtful,
  };
  const rates = ODD.map((look) => ratesOf(usual[look], strength, sure, look));
  const honestOf: Record<Look, readonly number[]> = {
    kin: rates[0] ?? [],
    strange: rates[1] ?? [],
    doubtful: rates[2] ?? [],
    like: LEVELS.map((_, level) => 1 - rates.reduce((sum, of) => sum + (of[level] ?? 0), 0)),
  };
  const othersOf = (look: Look): number[] =>
    parameters.others.map((of) => (look === 'like' ? 1 - of.kin - of.strange - of.doubtful : of[look]));
  return {
    observations: compared
      .filter(({ visit }) => !visit.confirmed)
      .map(
        ({ visit, look }): Counted => ({
          visit,
          day: dayNumberOf(visit),
          strange: look !== 'like',
          honest: honestOf[look],
          otherwise: othersOf(look),
        }),
      ),
    confirmed: sure.length,
    confirmedStrange: sure.filter((look) => look === 'strange' || look === 'kin').length,
  };
}

/** How often all cameras that looked at such a visit miss the visitor, on average. */
function missedShare(
  facts: Pick<ClinicScoreFacts, 'cameras' | 'visits'>,
  visits: readonly ScoredVisit[],
  prior: MissPrior,
): number {
  const rates = missesOf(facts).misses.map((of) => meanOf(missPosterior(prior, of)));
  const missed = visits.map((visit) => looksOf(visit).reduce((all, { camera }) => all * (rates[camera] ?? 1), 1));
  return missed.reduce((sum, one) => sum + one, 0) / Math.max(1, missed.length);
}

/** The rate of a look among honest visits, at each level: what is usual, and what confirmed visits showed here. */
function ratesOf(mean: number, strength: number, sure: readonly Look[], of: Look): number[] {
  const posterior = missPosterior(
    { mean, strength, poorShare: 0, poorMean: mean },
    { visits: sure.length, missed: sure.filter((look) => look === of).length },
  );
  return LEVELS.map(({ at }) => Math.min(MOST_ODD, quantileOf(posterior, at)));
}
