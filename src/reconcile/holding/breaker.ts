import type { DecisionReason } from '../decide.ts';
import type { DecisionParameters } from '../parameters.ts';
import { EVERYWHERE, type HoldBreakerRow } from './tables.ts';

const MINUTE_MS = 60_000;

/** Six digits of a county, which a fixmedins_code carries behind its first letter. */
export const countyOf = (clinicCode: string): string => clinicCode.slice(1, 7);

/** Where a hold at a clinic counts. */
export const scopesOf = (clinicCode: string): readonly string[] => [EVERYWHERE, countyOf(clinicCode)];

/** From when holds count: within the window, and not before a person closed the breaker. */
export const countedSince = (breaker: HoldBreakerRow | null, parameters: DecisionParameters, now: number): number =>
  Math.max(
    now - parameters.breakerWindowMinutes * MINUTE_MS,
    breaker !== null && breaker.closed_by !== null ? (breaker.closed_at ?? 0) : 0,
  );

export interface HoldCounts {
  /** Holds that were wanted, placed or not, with the one that is asked about. */
  readonly wanted: number;
  readonly decided: number;
}

/** What a breaker does with one more hold. */
export type BreakerStep =
  | { readonly pass: true; readonly next: HoldBreakerRow | null }
  | { readonly pass: false; readonly next: HoldBreakerRow | null };

/**
 * A fuse against our own mistakes: a wrong list or a wrong calibration would hold many people at once. It opens when holds
 * jump, stays open for a while, then tries again; a person may close it earlier.
 * @returns `next`: the row to be written; null: as it was
 */
export function stepBreaker(from: {
  readonly scope: string;
  readonly breaker: HoldBreakerRow | null;
  readonly counts: HoldCounts;
  readonly parameters: DecisionParameters;
  readonly now: number;
  /** The same visit was told so before: it is withheld once. */
  readonly again: boolean;
}): BreakerStep {
  const { scope, breaker, counts, parameters, now } = from;
  if (breaker?.state === 'open' && breaker.closes_at !== null && now < breaker.closes_at) {
    return { pass: false, next: from.again ? null : { ...breaker, withheld: breaker.withheld + 1, updated_at: now } };
  }
  const jumps =
    counts.wanted >= parameters.breakerMinHolds &&
    counts.wanted >= parameters.breakerMaxShare * Math.max(1, counts.decided);
  if (jumps) {
    const next: HoldBreakerRow = {
      scope,
      state: 'open',
      opened_at: now,
      closes_at: now + parameters.breakerCoolMinutes * MINUTE_MS,
      ...counts,
      withheld: 1,
      closed_at: null,
      closed_by: null,
      note: null,
      updated_at: now,
    };
    return { pass: false, next };
  }
  if (breaker?.state !== 'open') return { pass: true, next: null };
  return { pass: true, next: { ...breaker, state: 'closed', closes_at: null, closed_at: now, updated_at: now } };
}

/** Why a review stands where a hold would have. */
export const PAUSED: DecisionReason = {
  code: 'holding_paused',
  rule: null,
  zh: '短时间内拦截异常增多，已暂停自动拦截，本笔转人工复核',
  en: 'Holds jumped within a short time, so holding is paused; this one is reviewed by a person',
};
