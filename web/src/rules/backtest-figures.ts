import type { GetBacktestResponse } from '../api/generated/types.gen.ts';

export type Run = GetBacktestResponse;
export type RuleFigures = NonNullable<Run['result']>['rules'][number];

export interface Bars {
  readonly rules: readonly string[];
  readonly added: readonly number[];
  /** Below the axis: what would go, without the confirmed ones. */
  readonly removed: readonly number[];
  readonly confirmedLost: readonly number[];
}

/** Rules for which something changes, the greatest change first. */
export const changedRules = (rules: readonly RuleFigures[]): readonly RuleFigures[] =>
  rules
    .filter((rule) => rule.added + rule.removed > 0)
    .sort((one, other) => other.added + other.removed - (one.added + one.removed));

export function barsOf(rules: readonly RuleFigures[]): Bars {
  const changed = changedRules(rules);
  const below = (count: number): number => (count === 0 ? 0 : -count);
  return {
    rules: changed.map((rule) => rule.rule),
    added: changed.map((rule) => rule.added),
    removed: changed.map((rule) => below(rule.removed - rule.confirmedLost)),
    confirmedLost: changed.map((rule) => below(rule.confirmedLost)),
  };
}

/** % of the subjects that a run has looked at; null while nobody knows how many there are. */
export const progressOf = (run: Pick<Run, 'total' | 'subjects' | 'state'>): number | null => {
  if (run.state === 'done') return 100;
  if (run.total === null) return null;
  return run.total === 0 ? 0 : Math.min(100, Math.floor((run.subjects / run.total) * 100));
};
