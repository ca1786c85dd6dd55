import { Type } from 'typebox';
import { expect, it } from 'vitest';
import type { Facts, VisitFacts } from '../../../../src/reconcile/facts.ts';
import { readableFacts } from '../../../../src/reconcile/facts-schema.ts';
import { createRuleSet, openRuleSet } from '../../../../src/reconcile/parameters.ts';
import { changedBody, type RuleSetChanges } from '../../../../src/reconcile/rule-sets/changes.ts';
import {
  candidateOf,
  compareSubject,
  type HeldFinding,
  notTested,
} from '../../../../src/reconcile/rule-sets/compare.ts';
import { catalogue } from '../../../../src/reconcile/rules/catalogue.ts';
import { allRules } from '../../../../src/reconcile/rules/index.ts';
import { defineRule } from '../../../../src/reconcile/rules/rule.ts';
import { settlement } from '../facts.ts';

const base = createRuleSet().body;
const candidate = (changes: RuleSetChanges) => {
  const body = changedBody(base, changes, catalogue);
  return candidateOf(openRuleSet(body), base);
};
const held = (ruleId: string, over: Partial<HeldFinding> = {}): HeldFinding => ({
  ruleId,
  part: '',
  incidentKey: 'visit:X:1',
  outcome: 'hit',
  reason: 'nobody_seen',
  zh: '',
  en: '',
  ...over,
});
const empty = (): Facts => settlement({ appearances: [], missed: 0.0001 });
const rowOf = (changes: RuleSetChanges, facts: Facts, findings: readonly HeldFinding[], rule = 'A2') =>
  compareSubject(candidate(changes), facts, findings).rows.find(({ ruleId }) => ruleId === rule);

it('says what stays, what would come and what would go', () => {
  expect(rowOf({}, empty(), [held('A2')])).toMatchObject({ held: 'hit', would: 'hit' });
  expect(rowOf({}, empty(), [])).toMatchObject({ held: 'none', would: 'hit' });
  expect(rowOf({ rules: { A2: { off: 'take_back' } } }, empty(), [held('A2')])).toMatchObject({ would: 'none' });
  expect(rowOf({ rules: { A2: { off: 'leave' } } }, empty(), [held('A2')])).toMatchObject({ would: 'hit' });
  expect(rowOf({ rules: { A2: { off: 'leave' } } }, empty(), [])).toBeUndefined();
});

it('judges stored facts by the candidate’s own limits where facts carry them, and says of the rest that it was not tried', () => {
  const blind = settlement({ appearances: [], coverage: 0.9, missed: 0.0001 });
  expect(rowOf({ window: { minCoverage: 0.95 } }, blind, [held('A2')])).toMatchObject({
    held: 'hit',
    would: 'undetermined',
  });
  const rare = settlement({ appearances: [], missed: 0.0005 });
  expect(rowOf({ window: { missedMax: 0.0001 } }, rare, [held('A2')])).toMatchObject({ would: 'undetermined' });
  const changed = changedBody(
    base,
    {
      window: { beforeMin: 10, missedMax: 0.01 },
      decision: { workingDays: 5 },
      rules: { P1: { parameters: { minutesBefore: 20 } } },
    },
    catalogue,
  );
  expect(notTested(base, changed)).toEqual(['decision.workingDays', 'rules.P1.minutesBefore', 'window.beforeMin']);
});

it('lets a rule that throws be an error of its own, and no other rule’s', () => {
  const throwing = defineRule({
    id: 'X9',
    version: 1,
    names: { zh: '错', en: 'Broken' },
    phase: 'post',
    resultType: '可疑',
    timeSpan: '当次门诊',
    subjects: ['settlement'],
    supervised: '机构',
    dataNeeded: [],
    legalBasis: [],
    causeNo: [],
    severity: 'low',
    class: 'data',
    basis: ['claims'],
    parameters: Type.Object({}),
    evaluate: () => {
      throw new Error('broken');
    },
  });
  const set = createRuleSet({ rules: [throwing, ...allRules] });
  const { outcomes, rows } = compareSubject(candidateOf(set, base), empty(), [held('A2')]);
  expect(outcomes.find(({ rule }) => rule === 'X9')?.outcome).toBe('error');
  expect(rows).toEqual([expect.objectContaining({ ruleId: 'A2', would: 'hit' })]);
});

it('reads facts by what they meant when they were gathered, or says why it cannot', () => {
  const old = { ...empty(), schema: 1 } as Facts;
  const upgraded = readableFacts(old, new Map([[1, (facts: Facts) => ({ ...facts, schema: 2 }) as VisitFacts]]), 2);
  expect(upgraded.facts?.schema).toBe(2);
  expect(readableFacts(old, new Map(), 2)).toMatchObject({ facts: null, reason: 'facts_schema_1_has_no_upgrade' });
  expect(readableFacts({ ...old, schema: 3 } as Facts, new Map(), 2)).toMatchObject({
    reason: 'facts_schema_3_is_newer',
  });
});
