import { estimateShare } from '../budget/beta.ts';
import type { AlarmPolicy } from '../budget/policy.ts';

/** Pure: whose false alerts are out of bounds. */

export interface GroupCounts {
  readonly dimension: string;
  readonly grp: string;
  readonly shown: number;
  readonly excluded: number;
}

export interface Breach {
  readonly dimension: string;
  readonly grp: string;
  readonly shown: number;
  readonly excluded: number;
  /** Lower confidence bound of the group's excluded ÷ shown. */
  readonly low: number;
  /** What it may be. */
  readonly allowed: number;
}

/**
 * Groups whose rate of false alerts is too high against everybody's, with the confidence asked for (one-sided). The less there
 * is to go by, the lower the bound of a group's rate, so few alerts break nothing.
 */
export function breaches(
  groups: readonly GroupCounts[],
  all: { readonly shown: number; readonly excluded: number },
  policy: AlarmPolicy['fairness'],
): Breach[] {
  if (all.shown === 0) return [];
  const overall = all.excluded / all.shown;
  const limits = [
    ...(policy.maxRatio === null ? [] : [overall * policy.maxRatio]),
    ...(policy.maxDifference === null ? [] : [overall + policy.maxDifference]),
  ];
  if (limits.length === 0) return [];
  const allowed = Math.min(...limits);
  // One-sided: twice the tail of the two-sided interval.
  const confidence = 2 * policy.confidence - 1;
  return groups.flatMap(({ dimension, grp, shown, excluded }) => {
    if (shown < policy.leastShown) return [];
    const { low } = estimateShare(Math.min(excluded, shown), shown, Math.max(0, confidence));
    return low > allowed ? [{ dimension, grp, shown, excluded, low, allowed }] : [];
  });
}
