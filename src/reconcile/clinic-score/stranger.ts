import type { Counted } from './absence.ts';
import { type ClinicScoreFacts, dayNumberOf, looksOf, type ScoredVisit } from './facts.ts';
import { type MissPrior, meanOf, missPosterior, quantileOf } from './miss-rate.ts';
import { missesOf } from './misses.ts';
import { LEVELS } from './score.ts';

/**
 * Settlements that somebody else came for, of claim types for which one comes oneself. Somebody else alone is seen when the
 * cameras missed the visitor beside his companion, when his face was poor, or when he did not come: how often the first two
 * happen here, visits show that the national terminal confirmed.
 */
export interface StrangerParameters {
  /** Claim types (beginnings of `med_type`) for which nobody is sent. */
  readonly ownMedTypes: readonly string[];
  readonly miss: MissPrior;
  /** How often somebody else is at the counter beside a visitor whom the cameras miss. */
  readonly companions: number;
  /** Nobody who was seen is more like the insured person than `below` (log10 likelihood ratio). */
  readonly strange: Likeness;
  /** Of the others, nobody is more like him than this. */
  readonly doubtful: Likeness;
  /** What the honest shares are worth in visits. */
  readonly strength: number;
}

interface Likeness {
  readonly below: number;
  /** Share of honest visits that look like that though no camera missed the visitor; share of visits by somebody else. */
  readonly honest: number;
  readonly others: number;
}

export interface Strangers {
  readonly observations: readonly Counted[];
  /** Visits that the national terminal confirmed and in which faces could be compared; and how many looked strange. */
  readonly confirmed: number;
  readonly confirmedStrange: number;
}

type Look = 'strange' | 'doubtful' | 'like';

export function strangersOf(
  facts: Pick<ClinicScoreFacts, 'cameras' | 'visits'>,
  parameters: StrangerParameters,
): Strangers {
  const { strange, doubtful, strength } = parameters;
  const compared = facts.visits.filter(
    (visit) =>
      (visit.sight === 'present' || (visit.sight === 'counter' && visit.bestLlr !== null)) &&
      looksOf(visit).some(({ counter }) => counter) &&
      parameters.ownMedTypes.some((type) => visit.medType?.startsWith(type)),
  );
  const lookOf = ({ sight, bestLlr }: ScoredVisit): Look => {
    if (sight !== 'counter' || bestLlr === null) return 'like';
    return bestLlr < strange.below ? 'strange' : bestLlr < doubtful.below ? 'doubtful' : 'like';
  };
  const sure = compared.filter(({ confirmed }) => confirmed).map(lookOf);
  const missed = missedShare(facts, compared, parameters.miss) * parameters.companions;
  const strangeAt = ratesOf(strange.honest + (1 - strange.honest) * missed, strength, sure, 'strange');
  const doubtfulAt = ratesOf(doubtful.honest, strength, sure, 'doubtful');
  const honest = (look: Look): number[] =>
    LEVELS.map((_, level) => {
      const rates = { strange: strangeAt[level] ?? 0, doubtful: doubtfulAt[level] ?? 0 };
      return look === 'like' ? 1 - rates.strange - rates.doubtful : rates[look];
    });
  const known = { strange: honest('strange'), doubtful: honest('doubtful'), like: honest('like') };
  const others = { strange: strange.others, doubtful: doubtful.others, like: 1 - strange.others - doubtful.others };
  return {
    observations: compared
      .filter(({ confirmed }) => !confirmed)
      .map((visit): Counted => {
        const look = lookOf(visit);
        return {
          visit,
          day: dayNumberOf(visit),
          strange: look !== 'like',
          honest: known[look],
          otherwise: others[look],
        };
      }),
    confirmed: sure.length,
    confirmedStrange: sure.filter((look) => look === 'strange').length,
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
  return LEVELS.map(({ at }) => Math.min(0.45, quantileOf(posterior, at)));
}
