import type { DecisionAnswer } from './decision-answer.ts';

/** Transactions whose answer carries a decision. */
export const INFNOS_WITH_DECISION: ReadonlySet<string> = new Set([
  '2201',
  '2206',
  '2207',
  '3101',
  '3102',
  '3660',
  '3661',
]);

/** What a clinic hears when nothing could be judged: it goes on, and what it did is judged later. */
export const DEGRADED: DecisionAnswer = {
  id: null,
  decision: 'allow',
  reasons: [
    {
      code: 'degraded',
      rule: null,
      zh: '系统暂时无法判断，先行放行，稍后补核',
      en: 'No judgement could be made in time; allowed, and checked later.',
    },
  ],
  deadline: null,
  default: 'allow',
  alternative: null,
  results: [],
};
