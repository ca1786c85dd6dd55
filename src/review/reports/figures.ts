import { type Estimate, estimateShare } from '../budget/beta.ts';
import { ALERT_STATES, type AlertState, isStanding } from '../flow/states.ts';

/** Pure: what is told of a region, a clinic or all of them over a span of days. Money in fen. */

export const PHASES = ['pre', 'in', 'post'] as const;
export const CLASSES = ['fraud', 'evidence', 'device', 'data'] as const;

/** Sums of the daily counts of one place. */
export interface Sums {
  readonly settlements: number;
  readonly fundFen: number;
  readonly seen: number;
  readonly blind: number;
  readonly confirmed: number;
  readonly excluded: number;
  readonly foundFen: number;
  readonly orderedFen: number;
  readonly recoveredFen: number;
  /** Fund money of settlements that alerts name which nobody has determined or excluded yet; each settlement once. */
  readonly atRiskFen: number;
  /** Standing alerts beyond their limit, now. */
  readonly overdue: number;
  readonly alerts: readonly AlertCount[];
}

export interface AlertCount {
  readonly class: (typeof CLASSES)[number];
  readonly phase: (typeof PHASES)[number];
  readonly state: AlertState;
  readonly n: number;
}

export const NOTHING: Sums = {
  settlements: 0,
  fundFen: 0,
  seen: 0,
  blind: 0,
  confirmed: 0,
  excluded: 0,
  foundFen: 0,
  orderedFen: 0,
  recoveredFen: 0,
  atRiskFen: 0,
  overdue: 0,
  alerts: [],
};

const ADDED = [
  'settlements',
  'fundFen',
  'seen',
  'blind',
  'confirmed',
  'excluded',
  'foundFen',
  'orderedFen',
  'recoveredFen',
  'atRiskFen',
  'overdue',
] as const satisfies readonly (keyof Sums)[];

export function addSums(places: readonly Sums[]): Sums {
  const total = Object.fromEntries(
    ADDED.map((name) => [name, places.reduce((sum, place) => sum + place[name], 0)]),
  ) as Record<(typeof ADDED)[number], number>;
  return { ...total, alerts: places.flatMap(({ alerts }) => alerts) };
}

/** Fewer answers than this tell nothing of a share. */
export const LEAST_ANSWERS = 10;

export interface ShareTold extends Estimate {
  /** There is enough to go by. */
  readonly enough: boolean;
}

export const shareTold = (hits: number, n: number): ShareTold => ({
  ...estimateShare(hits, n),
  enough: n >= LEAST_ANSWERS,
});

/** What is determined is found; what is excluded is nothing: at risk is what lies between. */
export const AT_RISK_STATES: readonly AlertState[] = ALERT_STATES.filter(
  (state) => isStanding(state) && state !== 'determined' && state !== 'handling',
);

const counted = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;

export function figuresOf(sums: Sums) {
  const byPhase = counted(PHASES);
  const byClass = counted(CLASSES);
  const byState = counted(ALERT_STATES);
  let alerts = 0;
  let standing = 0;
  for (const { class: of, phase, state, n } of sums.alerts) {
    byPhase[phase] += n;
    byClass[of] += n;
    byState[state] += n;
    alerts += n;
    if (isStanding(state)) standing += n;
  }
  const { settlements, seen, blind } = sums;
  return {
    alerts,
    standing,
    byPhase,
    byClass,
    byState,
    overdue: sums.overdue,
    atRiskFen: sums.atRiskFen,
    foundFen: sums.foundFen,
    orderedFen: sums.orderedFen,
    recoveredFen: sums.recoveredFen,
    settlements,
    fundFen: sums.fundFen,
    coverage: {
      seen,
      blind,
      unknown: settlements - seen - blind,
      share: seen + blind === 0 ? null : seen / (seen + blind),
    },
    precision: shareTold(sums.confirmed, sums.confirmed + sums.excluded),
  };
}
export type Figures = ReturnType<typeof figuresOf>;
