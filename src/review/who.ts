import type { AppearanceFact, BestComparison } from '../reconcile/appearance-facts.ts';
import type { Who } from './alert-detail.schemas.ts';

/**
 * Who an appearance was, as far as faces can say: the group it matches best. An uncertain likeness names nobody; no face
 * to compare names nobody either. Only who is beyond the genuine tail, and matches nobody known, is someone else.
 */
export function whoOf(appearance: AppearanceFact): Who {
  const groups: readonly [Who, { readonly llr: number; readonly zone: string } | BestComparison | null][] = [
    ['claimed', appearance.claimed],
    ['staff', appearance.staff],
    ['proxy', appearance.proxy],
    ['household', appearance.household],
    ['other', appearance.other],
  ];
  let best: { who: Who; llr: number } | null = null;
  for (const [who, comparison] of groups) {
    if (comparison === null || comparison.zone !== 'match') continue;
    if (best === null || comparison.llr > best.llr) best = { who, llr: comparison.llr };
  }
  if (best !== null) return best.who;
  return appearance.claimed?.zone === 'beyond_genuine_tail' ? 'other' : 'unknown';
}

const CERTAINTY: readonly Who[] = ['claimed', 'proxy', 'staff', 'household', 'other', 'unknown'];

/** One appearance seen from several claims: somebody's own visit is what explains it. */
export const mostTelling = (a: Who, b: Who): Who => (CERTAINTY.indexOf(a) <= CERTAINTY.indexOf(b) ? a : b);
