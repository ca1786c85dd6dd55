import type { Counted } from './absence.ts';
import type { ScoredVisit } from './facts.ts';
import { missPosterior, quantileOf } from './miss-rate.ts';
import { LEVELS } from './score.ts';

/**
 * A doctor beside the other doctors of the clinic, before the same cameras: what they have in common (a poor camera, a patient
 * list that is treated at home, a clinic that does it as a whole) speaks against none of them. Pure.
 */

/** Settlements that are counted, and those of them that look strange. */
export interface Tally {
  readonly settlements: number;
  readonly strange: number;
}

/** However much is strange at a clinic, an honest settlement is so with no more than this probability. */
const MOST_STRANGE = 0.9;
/** Of LEVELS the one in the middle. */
const MIDDLE = LEVELS.findIndex(({ at }) => at === 0.5);

/**
 * A doctor's observations as strange or not, and nothing else: under the null hypothesis his are so as often as his colleagues',
 * with the uncertainty of that share, and at least as often as the cameras' own word has it. What cameras err in together, and
 * no model knows of, is the same for all of them.
 * @param strength what the cameras' own word on honest settlements is worth, in settlements
 */
export function againstColleagues(
  observations: readonly Counted[],
  isOwn: (visit: ScoredVisit) => boolean,
  strength: number,
): Counted[] {
  const others = observations.filter(({ visit }) => !isOwn(visit));
  const plain = observations.filter(({ strange }) => !strange);
  // How often the cameras' word has an honest settlement look strange; where all do, nothing tells.
  const expected = LEVELS.map((_, level) => 1 - meanOf(plain.map(({ honest }) => honest[level] ?? 1)));
  const mean = Math.min(MOST_STRANGE, Math.max(0.001, expected[MIDDLE] ?? MOST_STRANGE));
  const shown = missPosterior(
    { mean, strength, poorShare: 0, poorMean: mean },
    { visits: others.length, missed: others.filter(({ strange }) => strange).length },
  );
  const shares = LEVELS.map(({ at }, level) =>
    Math.min(MOST_STRANGE, Math.max(quantileOf(shown, at), expected[level] ?? MOST_STRANGE)),
  );
  const kinds = observations[0]?.otherwise ?? [];
  const otherwise = kinds.map((_, kind) => 1 - meanOf(plain.map((one) => one.otherwise[kind] ?? 0)));
  const asSeen = (strange: boolean, share: number): number => (strange ? share : 1 - share);
  return observations
    .filter(({ visit }) => isOwn(visit))
    .map((observation) => ({
      ...observation,
      honest: shares.map((share) => asSeen(observation.strange, share)),
      otherwise: otherwise.map((share) => asSeen(observation.strange, share)),
    }));
}

const meanOf = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

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
