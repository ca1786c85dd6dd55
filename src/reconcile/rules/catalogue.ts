import { DomainError } from '../../platform/errors.ts';
import { earlierRules } from './earlier.ts';
import { allRules } from './index.ts';
import type { AnyRule } from './rule.ts';

/** Every rule in every version that this program can run. */
export interface RuleCatalogue {
  /** All versions, the newest of each id first. */
  readonly all: readonly AnyRule[];
  find(id: string, version: number): AnyRule | null;
  newest(id: string): AnyRule | null;
  /** Why a rule cannot be found, in plain words. */
  whyMissing(id: string, version: number): string;
  /** The same with other rules beside; one of a known id and version takes its place. */
  with(rules: readonly AnyRule[]): RuleCatalogue;
}

/** @throws DomainError `config_invalid` when two rules share id and version */
export function createCatalogue(rules: readonly AnyRule[]): RuleCatalogue {
  const byName = new Map<string, AnyRule>();
  for (const rule of rules) {
    const name = nameOf(rule.id, rule.version);
    if (byName.has(name)) throw new DomainError('config_invalid', `two rules are called ${name}`);
    byName.set(name, rule);
  }
  const all = rules.toSorted((a, b) => (a.id === b.id ? b.version - a.version : a.id < b.id ? -1 : 1));
  const newest = (id: string): AnyRule | null => all.find((rule) => rule.id === id) ?? null;
  return {
    all,
    newest,
    find: (id, version) => byName.get(nameOf(id, version)) ?? null,
    whyMissing: (id, version) => {
      const known = all.filter((rule) => rule.id === id).map((rule) => nameOf(id, rule.version));
      return known.length === 0
        ? `rule ${nameOf(id, version)} is not in this program`
        : `rule ${nameOf(id, version)} is not in this program, which has ${known.join(', ')}`;
    },
    with: (others) =>
      createCatalogue([
        ...new Map([...rules, ...others].map((rule) => [nameOf(rule.id, rule.version), rule])).values(),
      ]),
  };
}

const nameOf = (id: string, version: number): string => `${id}@${version}`;

export const catalogue: RuleCatalogue = createCatalogue([...allRules, ...earlierRules]);
