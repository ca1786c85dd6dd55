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
  /** Nobody who was seen is more like the insured person than this (log10 likelihood ratio). */
  readonly belowLlr: number;
  readonly miss: MissPrior;
  /** How often an honest visit looks like that when no camera misses the visitor: mean, and strength in visits. */
  readonly honest: { readonly mean: number; readonly strength: number };
  /** How often somebody else is at the counter beside a visitor whom the cameras miss. */
  readonly companions: number;
  /** How often a visit by somebody else looks like that. */
  readonly shown: number;
}

export interface Strangers {
  readonly observations: readonly Counted[];
  /** Visits that the national terminal confirmed and in which faces could be compared; and how many looked strange. */
  readonly confirmed: number;
  readonly confirmedStrange: number;
}

export function strangersOf(
  facts: Pick<ClinicScoreFacts, 'cameras' | 'visits'>,
  parameters: StrangerParameters,
): Strangers {
  const compared = facts.visits.filter(
    (visit) =>
      (visit.sight === 'present' || (visit.sight === 'counter' && visit.bestLlr !== null)) &&
      looksOf(visit).some(({ counter }) => counter) &&
      parameters.ownMedTypes.some((type) => visit.medType?.startsWith(type)),
  );
  const isStrange = ({ sight, bestLlr }: ScoredVisit): boolean =>
    sight === 'counter' && bestLlr !== null && bestLlr < parameters.belowLlr;
  const sure = compared.filter(({ confirmed }) => confirmed);
  const confirmedStrange = sure.filter(isStrange).length;
  const rates = missesOf(facts).misses.map((of) => meanOf(missPosterior(parameters.miss, of)));
  const missed =
    compared.reduce(
      (sum, visit) => sum + looksOf(visit).reduce((all, { camera }) => all * (rates[camera] ?? 1), 1),
      0,
    ) / Math.max(1, compared.length);
  const { strength } = parameters.honest;
  const mean = parameters.honest.mean + (1 - parameters.honest.mean) * missed * parameters.companions;
  const posterior = missPosterior(
    { mean, strength, poorShare: 0, poorMean: mean },
    { visits: sure.length, missed: confirmedStrange },
  );
  const strangeAt = LEVELS.map(({ at }) => quantileOf(posterior, at));
  return {
    observations: compared
      .filter(({ confirmed }) => !confirmed)
      .map((visit): Counted => {
        const strange = isStrange(visit);
        return {
          visit,
          day: dayNumberOf(visit),
          strange,
          honest: strangeAt.map((rate) => (strange ? rate : 1 - rate)),
          otherwise: strange ? parameters.shown : 1 - parameters.shown,
        };
      }),
    confirmed: sure.length,
    confirmedStrange,
  };
}
