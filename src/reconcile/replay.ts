import type { Verdict } from '../faces/verdict.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { Queryable } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { verdictIn } from './assess.ts';
import { loadFacts } from './assessment.store.ts';
import { storedOutcomes } from './assessment-rows.ts';
import type { RuleOutcome } from './findings.ts';
import { createRuleSet } from './parameters.ts';
import { allRules } from './rules/index.ts';
import { evaluateAll } from './rules/rule.ts';
import type { StoredOutcome } from './tables.ts';

export interface Replay {
  readonly assessmentId: string;
  readonly stored: { readonly outcomes: readonly StoredOutcome[]; readonly verdict: Verdict | null };
  readonly replayed: { readonly outcomes: readonly RuleOutcome[]; readonly verdict: Verdict | null };
  /** The same rules say the same of the same facts. */
  readonly identical: boolean;
  /** Rules that have another version now than the assessment used: they may rightly differ. */
  readonly changedRules: readonly string[];
}

interface StoredRuleSet {
  readonly rules: readonly { readonly id: string; readonly version: number; readonly parameters: unknown }[];
  readonly window: unknown;
  readonly decision: unknown;
}

/**
 * Runs the rules again over an assessment's stored facts, with the parameters that stood then.
 * @throws DomainError `not_found` when the assessment or its facts are not kept
 */
export async function replayAssessment(db: Queryable, assessmentId: string): Promise<Replay> {
  const { rows } = await db.query<{
    facts_hash: Buffer;
    outcomes: StoredOutcome[];
    verdict: Verdict | null;
    body: StoredRuleSet;
  }>(
    `select a.facts_hash, a.outcomes, a.verdict, r.body from assessments a join rule_sets r on r.version = a.rule_set
     where a.id = $1`,
    [assessmentId],
  );
  const row = rows[0];
  if (!row) throw new DomainError('not_found', `there is no assessment ${assessmentId} here`);
  const facts = await loadFacts(db, row.facts_hash);
  const used = new Map(row.body.rules.map((rule) => [rule.id, rule]));
  const ruleSet = createRuleSet({
    rules: allRules.filter(({ id }) => used.has(id)),
    valuesOf: (name) =>
      name === 'window'
        ? row.body.window
        : name === 'decision'
          ? row.body.decision
          : (used.get(name)?.parameters ?? {}),
  });
  const outcomes = evaluateAll(ruleSet.rules, facts);
  const verdict = verdictIn(facts);
  const brief = storedOutcomes(outcomes);
  return {
    assessmentId,
    stored: { outcomes: row.outcomes, verdict: row.verdict },
    replayed: { outcomes, verdict },
    identical:
      canonicalJson(brief) === canonicalJson(row.outcomes) && canonicalJson(verdict) === canonicalJson(row.verdict),
    changedRules: allRules.flatMap(({ id, version }) => {
      const then = used.get(id)?.version;
      return then !== undefined && then !== version ? [id] : [];
    }),
  };
}
