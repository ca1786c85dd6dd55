import type { Counted } from './absence.ts';
import type { ScoredVisit } from './facts.ts';
import { LEVELS } from './score.ts';

/**
 * A card whose owner is not the one who comes: it is kept at a clinic and nobody comes, or it is lent and somebody else does.
 * Each settlement is judged by the cameras that looked at its clinic. Pure.
 */

/** Of LEVELS the one in the middle. */
const MIDDLE = LEVELS.findIndex(({ at }) => at === 0.5);
/** How seldom somebody else is taken for the owner himself (or for a proxy of his) where his look is not compared. */
const TAKEN_FOR_HIM = 0.1;

/**
 * One observation for each settlement: was somebody there, and did he look like the owner. In two kinds of how it could be, and
 * in their mixture: nobody comes; somebody else comes.
 * @param absence `absenceOf` of the clinic, @param strangers `strangersOf` of the same
 */
export function cardObservations(
  absence: readonly Counted[],
  strangers: readonly Counted[],
  isOwn: (visit: ScoredVisit) => boolean,
): Counted[] {
  const looks = new Map(strangers.map((look) => [look.visit, look]));
  return absence
    .filter(({ visit }) => isOwn(visit))
    .map((there): Counted => {
      const came = !there.strange;
      const look = came ? looks.get(there.visit) : undefined;
      const unlike = look?.otherwise.at(-1) ?? (came && there.visit.sight === 'present' ? TAKEN_FOR_HIM : 1);
      const held = (there.otherwise[0] ?? 0) * unlike;
      const lent = (there.honest[MIDDLE] ?? 1) * unlike;
      return {
        visit: there.visit,
        day: there.day,
        strange: there.strange || look?.strange === true,
        honest: there.honest.map((honest, level) => honest * (look?.honest[level] ?? 1)),
        otherwise: [held, lent, (held + lent) / 2],
      };
    });
}

/** Shares of his settlements to which somebody who is treated at home, or sends family, does not come. */
const AWAY_SHARES = [0.3, 0.6, 0.9] as const;

/**
 * How much of the evidence vanishes when it is allowed for that some people are treated at home, or are always collected for,
 * by the clinic where they belong (natural logarithm, >= 0 but for rounding).
 * @param share of people of whom that is so, unfiled and unregistered
 */
export function homeBound(
  observations: readonly Counted[],
  isHome: (visit: ScoredVisit) => boolean,
  share: number,
): number {
  const logOf = (away: number): number =>
    logSum(
      LEVELS.map(({ weight }, level) =>
        observations.reduce((sum, { visit, honest, otherwise }) => {
          const usual = honest[level] ?? 1;
          return sum + Math.log(isHome(visit) ? (1 - away) * usual + away * (otherwise.at(-1) ?? usual) : usual);
        }, Math.log(weight)),
      ),
    );
  const usual = logOf(0);
  return Math.max(
    0,
    logSum([
      Math.log(1 - share),
      ...AWAY_SHARES.map((away) => Math.log(share / AWAY_SHARES.length) + logOf(away) - usual),
    ]),
  );
}

function logSum(logs: readonly number[]): number {
  const top = Math.max(...logs);
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
}
