import type { Counted } from './absence.ts';
import type { ScoredVisit } from './facts.ts';
import { missPosterior, quantileOf } from './miss-rate.ts';
import { LEVELS } from './score.ts';

/**
 * A doctor beside the other doctors of the clinic, before the same cameras: what they have in common (a poor camera, a patient
 * list that is treated at home, a clinic that does it as a whole) speaks against none of them. Pure.
 */
export interface Compared {
  /** The doctor's own settlements, with what his colleagues' say of honest ones. */
  readonly observations: readonly Counted[];
  readonly own: Tally;
  readonly colleagues: Tally;
}

export interface Tally {
  readonly settlements: number;
  readonly strange: number;
}

/** However much is strange at a clinic, an honest settlement is so with no more than this probability. */
const MOST_STRANGE = 0.9;
/** Of LEVELS the one in the middle. */
const MIDDLE = LEVELS.findIndex(({ at }) => at === 0.5);

/**
 * A doctor's observations, whose honest probabilities are raised to what his colleagues show, with its uncertainty: under the
 * null hypothesis his settlements are as theirs.
 * @param strength what the cameras' own word on honest settlements is worth, in settlements
 */
export function againstColleagues(
  observations: readonly Counted[],
  isOwn: (visit: ScoredVisit) => boolean,
  strength: number,
): Compared {
  const own = observations.filter(({ visit }) => isOwn(visit));
  const others = observations.filter(({ visit }) => !isOwn(visit));
  const colleagues = tallyOf(others);
  const plain = observations.filter(({ strange }) => !strange);
  // How often the cameras' word has an honest settlement look strange; where all do, nothing tells.
  const expected = LEVELS.map((_, level) =>
    plain.length === 0
      ? MOST_STRANGE
      : plain.reduce((sum, { honest }) => sum + 1 - (honest[level] ?? 1), 0) / plain.length,
  );
  const mean = Math.min(MOST_STRANGE, Math.max(0.001, expected[MIDDLE] ?? MOST_STRANGE));
  const shown = missPosterior(
    { mean, strength, poorShare: 0, poorMean: mean },
    { visits: colleagues.settlements, missed: colleagues.strange },
  );
  const raised = LEVELS.map(({ at }, level) =>
    Math.max(1, quantileOf(shown, at) / Math.max(1e-6, expected[level] ?? 1)),
  );
  return {
    observations: own.map((observation) => ({
      ...observation,
      honest: observation.honest.map((honest, level) => {
        const factor = raised[level] ?? 1;
        return observation.strange
          ? Math.min(MOST_STRANGE, honest * factor)
          : 1 - Math.min(MOST_STRANGE, (1 - honest) * factor);
      }),
    })),
    own: tallyOf(own),
    colleagues,
  };
}

/**
 * How likely it is that so many of the strange settlements of a clinic are one doctor's by chance alone (hypergeometric tail).
 * A net to be cast before the test, which costs more.
 */
export function chanceOfShare(own: Tally, colleagues: Tally): number {
  const all = own.settlements + colleagues.settlements;
  const strange = own.strange + colleagues.strange;
  const whole = logChoose(all, own.settlements);
  let chance = 0;
  for (let k = own.strange; k <= Math.min(strange, own.settlements); k++) {
    if (own.settlements - k > all - strange) continue;
    chance += Math.exp(logChoose(strange, k) + logChoose(all - strange, own.settlements - k) - whole);
  }
  return Math.min(1, chance);
}

function logChoose(n: number, k: number): number {
  let log = 0;
  for (let i = 1; i <= k; i++) log += Math.log(n - k + i) - Math.log(i);
  return log;
}

const tallyOf = (observations: readonly Counted[]): Tally => ({
  settlements: observations.length,
  strange: observations.filter(({ strange }) => strange).length,
});
