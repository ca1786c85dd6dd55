import { type TObject, Type } from 'typebox';
import { expect, it } from 'vitest';
import { createRuleSet, openRuleSet, type RuleSetBody, versionOf } from '../../../../src/reconcile/parameters.ts';
import { changedBody, changesBetween, differences } from '../../../../src/reconcile/rule-sets/changes.ts';
import { catalogue, createCatalogue } from '../../../../src/reconcile/rules/catalogue.ts';
import { clear, defineRule } from '../../../../src/reconcile/rules/rule.ts';

const bodyOf = (set: { readonly body: unknown }): RuleSetBody => set.body as RuleSetBody;
const installed = bodyOf(createRuleSet());

const invented = (
  version: number,
  said: string,
  parameters: TObject = Type.Object({ least: Type.Integer({ default: 1, minimum: 1 }) }),
) =>
  defineRule({
    id: 'X1',
    version,
    names: { zh: '试', en: 'Trial' },
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
    parameters,
    evaluate: () => clear(said, said, said),
  });

it('changes what is said, and nothing else', () => {
  const changed = changedBody(
    installed,
    { rules: { A5: { parameters: { minGap: 5 } }, A4: { off: 'leave' } }, window: { beforeMin: 15 } },
    catalogue,
  );
  expect(differences(installed, changed)).toEqual([
    { path: 'rules.A4.off', before: null, after: 'leave' },
    { path: 'rules.A5.minGap', before: 3, after: 5 },
    { path: 'window.beforeMin', before: 30, after: 15 },
  ]);
  const back = changedBody(
    changed,
    { rules: { A5: { parameters: { minGap: null } }, A4: { off: null } }, window: { beforeMin: null } },
    catalogue,
  );
  expect(versionOf(back)).toBe(versionOf(installed));
});

it('finds the changes that lead from one set to another', () => {
  const changed = changedBody(
    installed,
    { rules: { A5: { parameters: { minGap: 5 } }, A4: { off: 'take_back' } }, decision: { workingDays: 4 } },
    catalogue,
  );
  const again = changedBody(installed, changesBetween(installed, changed), catalogue);
  expect(versionOf(again)).toBe(versionOf(changed));
});

it('gives a set that is all on the version that it always had: the order and absence of keys say nothing', () => {
  const reordered = JSON.parse(
    JSON.stringify({ decision: installed.decision, window: installed.window, rules: installed.rules }),
  );
  expect(versionOf(reordered)).toBe(createRuleSet().version);
});

it('runs the very version that a set names, also beside a newer one', () => {
  const both = createCatalogue([invented(1, 'old'), invented(2, 'new')]);
  const body: RuleSetBody = { ...installed, rules: [{ id: 'X1', version: 1, parameters: { least: 1 } }] };
  expect(openRuleSet(body, { catalogue: both }).rules[0]?.rule.version).toBe(1);
  const raised = changedBody(body, { rules: { X1: { version: 2 } } }, both);
  expect(openRuleSet(raised, { catalogue: both }).rules[0]?.rule.version).toBe(2);
  expect(versionOf(raised)).not.toBe(versionOf(body));
});

it('does not run what this program does not have, and says so', () => {
  const newer = createCatalogue([invented(2, 'new')]);
  const body: RuleSetBody = { ...installed, rules: [{ id: 'X1', version: 1, parameters: { least: 1 } }] };
  const set = openRuleSet(body, { catalogue: newer });
  expect(set.rules).toEqual([]);
  expect(set.retired.get('X1')).toBe('missing');
  expect(set.missing).toEqual([{ rule: 'X1@1', why: 'rule X1@1 is not in this program, which has X1@2' }]);
});

it('does not run a rule whose approved parameters it no longer knows', () => {
  const other = createCatalogue([invented(1, 'old', Type.Object({ most: Type.Integer({ default: 1 }) }))]);
  const body: RuleSetBody = { ...installed, rules: [{ id: 'X1', version: 1, parameters: { least: 1 } }] };
  expect(openRuleSet(body, { catalogue: other }).missing[0]?.why).toContain('no parameter least');
});

it('adds a rule that came with the program in its newest version, once somebody asks for it', () => {
  const grown = catalogue.with([invented(1, 'old'), invented(2, 'new')]);
  const body = changedBody(installed, { rules: { X1: {} } }, grown);
  expect(body.rules.at(-1)).toEqual({ id: 'X1', version: 2, parameters: { least: 1 } });
});

it('refuses two rules of one name', () => {
  expect(() => createCatalogue([invented(1, 'a'), invented(1, 'b')])).toThrow('X1@1');
});
