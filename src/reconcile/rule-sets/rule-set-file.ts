import { readFile, stat } from 'node:fs/promises';
import { parse } from 'yaml';
import { DomainError } from '../../platform/errors.ts';
import { loadRuleSet, openRuleSet, type RuleInSet, type RuleSet, type RuleSetBody } from '../parameters.ts';
import { catalogue, type RuleCatalogue } from '../rules/catalogue.ts';
import { changedBody, type RuleChange, type RuleSetChanges } from './changes.ts';

const EMPTY: RuleSetBody = { rules: [], window: {}, decision: {} };

/**
 * A candidate set from a path: a folder in the form of config/rules is a whole set; a YAML or JSON file is either a whole set
 * (`rules` is a list, as `claimsight rule-sets export` writes it) or changes to `base` (`rules` is by id, as the API takes them).
 * @throws DomainError `config_invalid` or `invalid_input` that names the path and what is wrong in it
 */
export async function readRuleSetFile(path: string, base: RuleSetBody, catalogue: RuleCatalogue): Promise<RuleSetBody> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw unusable(path, 'there is no such file or folder');
  if (found.isDirectory()) return (await loadRuleSet(path)).body;
  let text: unknown;
  try {
    text = parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw unusable(path, `it is neither YAML nor JSON: ${(error as Error).message.split('\n')[0]}`);
  }
  const given = objectIn(path, text, 'the file');
  const stray = Object.keys(given).find((key) => !['version', 'name', 'rules', 'window', 'decision'].includes(key));
  if (stray !== undefined) throw unusable(path, `there is no part ${stray}; there are rules, window and decision`);
  const window = objectIn(path, given.window ?? {}, 'window');
  const decision = objectIn(path, given.decision ?? {}, 'decision');
  if (Array.isArray(given.rules)) {
    const rules = given.rules.map((rule): [string, RuleChange] => {
      const { id, version, off, parameters } = objectIn(path, rule, 'a rule') as Partial<RuleInSet>;
      if (typeof id !== 'string' || typeof version !== 'number') throw unusable(path, 'a rule lacks its id or version');
      return [id, { version, off: off ?? null, parameters: objectIn(path, parameters ?? {}, id) }];
    });
    return changedBody(EMPTY, { rules: Object.fromEntries(rules), window, decision }, catalogue);
  }
  const rules = objectIn(path, given.rules ?? {}, 'rules');
  for (const [id, change] of Object.entries(rules)) {
    const key = Object.keys(objectIn(path, change, id)).find(
      (name) => !['version', 'off', 'parameters'].includes(name),
    );
    if (key !== undefined) {
      throw unusable(path, `rules.${id} has no ${key}; there are version, off and parameters`);
    }
  }
  return changedBody(base, { rules, window, decision } as RuleSetChanges, catalogue);
}

/** A candidate to run a city under: a folder is a whole set, a file changes what `rulesDir` says. */
export async function candidateRuleSet(path: string, rulesDir: string): Promise<RuleSet> {
  const base = (await loadRuleSet(rulesDir)).body;
  return openRuleSet(await readRuleSetFile(path, base, catalogue));
}

function objectIn(path: string, value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw unusable(path, `${what} holds no keys`);
}

const unusable = (path: string, what: string): DomainError =>
  new DomainError('config_invalid', `${path} cannot be used as a rule set: ${what}`, {
    remedy: 'See docs/rule-sets.md for its form; `claimsight rule-sets export` writes one.',
    zh: `${path} 不能用作规则集，格式见 docs/rule-sets.md。`,
  });
