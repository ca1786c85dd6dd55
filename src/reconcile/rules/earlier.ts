import type { AnyRule } from './rule.ts';

/**
 * Versions of rules that a newer one has replaced. When a rule's meaning changes, its file is copied to
 * `rules/earlier/<id>-v<version>.ts` as it was and named here, and the rule itself gets the next version: rule sets that
 * name the old version go on to mean what was approved, and what it said can be reproduced.
 */
export const earlierRules: readonly AnyRule[] = [];
