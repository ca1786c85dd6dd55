import { type ClinicScoreFacts, dayNumberOf, looksOf, type ScoredVisit } from './facts.ts';
import { type Misses, type MissPrior, meanOf, missPosterior, quantileOf, type RatePosterior } from './miss-rate.ts';
import { missesOf } from './misses.ts';
import { LEVELS, type Observation } from './score.ts';

/**
 * Settlements that nobody came for. Nobody is seen at the counter when the camera there missed the visitor (each camera at
 * its own rate, with its uncertainty), when he was treated elsewhere and nobody filed it, or when there was no visit.
 */
export interface AbsenceParameters {
  readonly miss: MissPrior;
  /** Honest visits without a visitor at the clinic that nobody filed: mean share and its strength in visits. */
  readonly away: { readonly mean: number; readonly strength: number };
  /** Share of windows in which somebody else passes elsewhere, and share of moments with somebody else at the counter. */
  readonly passers: number;
  readonly bystanders: number;
}

/** A visit that is counted, as an observation. */
export interface Counted extends Observation {
  readonly visit: ScoredVisit;
}

export interface Absence {
  readonly observations: readonly Counted[];
  /** Of each camera: on how many confirmed visits it looked, and how many it missed; and what follows. */
  readonly cameras: readonly (Misses & { readonly mean: number; readonly high: number })[];
  /** Visits that the national terminal confirmed, while a camera looked at the counter. */
  readonly confirmed: number;
}

export function absenceOf(facts: Pick<ClinicScoreFacts, 'cameras' | 'visits'>, parameters: AbsenceParameters): Absence {
  const { misses, confirmed } = missesOf(facts);
  const posteriors = misses.map((of) => missPosterior(parameters.miss, of));
  const oddsFor = honestOdds(posteriors, parameters);
  const observations = facts.visits.flatMap((visit): Counted[] => {
    const looks = looksOf(visit);
    const counter = looks.filter((look) => look.counter).map(({ camera }) => camera);
    if (visit.confirmed || visit.sight === 'explained' || counter.length === 0) return [];
    const others = looks.filter((look) => !look.counter).map(({ camera }) => camera);
    const sight = visit.sight === 'absent' || visit.sight === 'elsewhere' ? visit.sight : 'came';
    return [
      {
        visit,
        day: dayNumberOf(visit),
        strange: sight !== 'came',
        honest: oddsFor(counter, others).map((odds) => odds[sight]),
        otherwise: [withoutVisit(sight, parameters)],
      },
    ];
  });
  const cameras = misses.map((of, i) => {
    const posterior = posteriors[i] as RatePosterior;
    return { ...of, mean: meanOf(posterior), high: quantileOf(posterior, 0.95) };
  });
  return { observations, cameras, confirmed };
}

type Sight = 'came' | 'elsewhere' | 'absent';
type Odds = Readonly<Record<Sight, number>>;

/** For each level: how probable each sight is when an honest visit stands behind it and these cameras looked. */
function honestOdds(posteriors: readonly RatePosterior[], { away, passers }: AbsenceParameters) {
  const elsewhere = missPosterior({ ...away, poorShare: 0, poorMean: away.mean }, { visits: 0, missed: 0 });
  const awayAt = LEVELS.map(({ at }) => quantileOf(elsewhere, at));
  const rates = posteriors.map((posterior) => LEVELS.map(({ at }) => quantileOf(posterior, at)));
  const missedBy = (cameras: readonly number[], level: number): number =>
    cameras.reduce((all, camera) => all * (rates[camera]?.[level] ?? 1), 1);
  const known = new Map<string, readonly Odds[]>();
  return (counter: readonly number[], others: readonly number[]): readonly Odds[] => {
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
  };
}

function withoutVisit(sight: Sight, { passers, bystanders }: AbsenceParameters): number {
  if (sight === 'came') return bystanders;
  return (1 - bystanders) * (sight === 'elsewhere' ? passers : 1 - passers);
}
