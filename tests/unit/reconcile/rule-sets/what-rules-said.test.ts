import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { PROGRAM_DIR } from '../../../../src/platform/config.ts';
import { verdictIn } from '../../../../src/reconcile/assess.ts';
import { storedOutcomes } from '../../../../src/reconcile/assessment-rows.ts';
import type { Facts } from '../../../../src/reconcile/facts.ts';
import { readableFacts } from '../../../../src/reconcile/facts-schema.ts';
import { openRuleSet, type RuleSetBody } from '../../../../src/reconcile/parameters.ts';
import { evaluateAll } from '../../../../src/reconcile/rules/rule.ts';

interface Said {
  readonly facts: Facts;
  readonly outcomes: unknown;
  readonly verdict: unknown;
}

/**
 * Facts of a simulated city, and what the rules said of them. Lines are only ever added. When this fails, a rule's meaning
 * was changed under its old version: give it the next one, and keep the old one in rules/earlier.ts.
 */
it('still says of old facts what it said then, rule version by rule version', async () => {
  const path = join(PROGRAM_DIR, 'tests', 'fixtures', 'replay', 'first-rules.ndjson');
  const lines = createInterface({ input: createReadStream(path) });
  let body: RuleSetBody | null = null;
  let compared = 0;
  for await (const line of lines) {
    const row = JSON.parse(line) as { readonly ruleSet: RuleSetBody } | Said;
    if ('ruleSet' in row) {
      body = row.ruleSet;
      continue;
    }
    if (body === null) throw new Error('the first line names the rule set');
    const ruleSet = openRuleSet(body);
    expect(ruleSet.missing).toEqual([]);
    const { facts } = readableFacts(row.facts);
    if (facts === null) throw new Error('facts that were replayable are not any more');
    const now = { outcomes: storedOutcomes(evaluateAll(ruleSet.rules, facts)), verdict: verdictIn(facts) };
    expect(now, `facts of ${facts.kind}, line ${compared + 2}`).toEqual({
      outcomes: row.outcomes,
      verdict: row.verdict,
    });
    compared += 1;
  }
  expect(compared).toBeGreaterThan(20);
});
