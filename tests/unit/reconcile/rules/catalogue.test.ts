import type { TSchema } from 'typebox';
import { describe, expect, it } from 'vitest';
import { DEFINITIONS } from '../../../../src/reconcile/rules/definitions.ts';
import { allRules } from '../../../../src/reconcile/rules/index.ts';
import { rulesWithoutSource } from '../../../../src/reconcile/rules/no-source.ts';
import { rulesDocument } from '../../../../src/reconcile/rules-document.ts';

const CHINESE = /\p{Script=Han}/u;
/** Rules about the installation's own devices and data stand on no article and no cause. */
const aboutPeople = (rule: (typeof allRules)[number]): boolean => rule.class === 'fraud' || rule.class === 'evidence';

describe.each(allRules.map((rule) => [`${rule.id}@${rule.version}`, rule] as const))('%s', (_, rule) => {
  it('says of itself what a supervisor expects (DOMAIN.md 2.2)', () => {
    expect(rule.names.zh).toMatch(CHINESE);
    expect(rule.names.en).toMatch(/^[\x20-\x7e]{3,}$/);
    expect(['pre', 'in', 'post']).toContain(rule.phase);
    expect(['可疑', '明确违规']).toContain(rule.resultType);
    expect(rule.timeSpan).toMatch(CHINESE);
    expect(['机构', '医务人员', '参保人', '设备']).toContain(rule.supervised);
    expect(rule.subjects.length).toBeGreaterThan(0);
    expect(rule.dataNeeded.length).toBeGreaterThan(0);
    expect(['high', 'medium', 'low']).toContain(rule.severity);
    expect(rule.basis.length).toBeGreaterThan(0);
    if (aboutPeople(rule)) {
      expect(rule.legalBasis.length).toBeGreaterThan(0);
      expect(rule.causeNo.length).toBeGreaterThan(0);
    }
    for (const cause of rule.causeNo) expect(cause >= 1 && cause <= 35).toBe(true);
    expect(rule.causeNo).toEqual([...new Set(rule.causeNo)]);
  });

  it('has parameters that an operator can set without the code', () => {
    for (const [name, schema] of Object.entries(rule.parameters.properties)) {
      const known = schema as TSchema & Record<string, unknown>;
      expect(known.description, name).toBeTypeOf('string');
      expect(known.default, name).toBeDefined();
      if (known.type !== 'number' && known.type !== 'integer') continue;
      const least = known.minimum ?? known.exclusiveMinimum;
      const most = known.maximum ?? known.exclusiveMaximum;
      expect(least, name).toBeTypeOf('number');
      expect(most, name).toBeTypeOf('number');
      expect(known.default).toBeGreaterThanOrEqual(least as number);
      expect(known.default).toBeLessThanOrEqual(most as number);
      expect(known.unit ?? (most === 1 ? 'share' : undefined), `${name} has no unit`).toBeTypeOf('string');
    }
  });
});

it('names each rule once, and says what is missing of those that have no source', () => {
  const ids = allRules.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)]);
  for (const { id, names, part, needs } of rulesWithoutSource) {
    // A rule that runs stands here only for the part that does not.
    expect(part === null && ids.includes(id), id).toBe(false);
    expect(names.zh).toMatch(CHINESE);
    expect(needs.zh).toMatch(CHINESE);
    expect(needs.en.length).toBeGreaterThan(10);
  }
});

it('explains every rule in both languages, with what speaks against it', () => {
  expect(Object.keys(DEFINITIONS).toSorted()).toEqual(allRules.map(({ id }) => id).toSorted());
  for (const { zh, en, except } of Object.values(DEFINITIONS)) {
    expect(zh).toMatch(CHINESE);
    expect(except.zh).toMatch(CHINESE);
    expect(en.length).toBeGreaterThan(20);
    expect(except.en.length).toBeGreaterThan(5);
  }
});

it('writes them all into the document, each with its parameters', () => {
  const text = rulesDocument();
  for (const { id, names, parameters } of allRules) {
    expect(text).toContain(`## ${id} ${names.zh}`);
    for (const name of Object.keys(parameters.properties)) expect(text).toContain(`\`${name}\``);
  }
  for (const { needs } of rulesWithoutSource) expect(text).toContain(needs.zh);
});

/** DOMAIN.md 2.4, groups A, B and E. */
const WANTED = [
  ...Array.from({ length: 14 }, (_, i) => `A${i + 1}`),
  ...Array.from({ length: 14 }, (_, i) => `B${i + 1}`),
  ...Array.from({ length: 6 }, (_, i) => `E${i + 1}`),
];

it('holds every clinic rule of the typology, or says that it has no source', () => {
  const known = new Set([...allRules, ...rulesWithoutSource].map(({ id }) => id));
  expect(WANTED.filter((id) => !known.has(id))).toEqual([]);
});
