import { canonicalJson } from '../../platform/canonical-json.ts';
import { DomainError } from '../../platform/errors.ts';
import {
  checked,
  DecisionParametersSchema,
  type OffPolicy,
  type RuleInSet,
  type RuleSetBody,
  WindowSchema,
} from '../parameters.ts';
import type { RuleCatalogue } from '../rules/catalogue.ts';

type Values = Readonly<Record<string, unknown>>;

/** What is to be changed about one rule; what is left out stays. */
export interface RuleChange {
  /** Another version of the catalogue. */
  readonly version?: number;
  /** Turns it off, and says what becomes of what it found; null turns it on. */
  readonly off?: OffPolicy | null;
  /** Single parameters; null sets one back to its default. */
  readonly parameters?: Values;
}

/** What is to be changed about a rule set; what is left out stays. */
export interface RuleSetChanges {
  readonly rules?: Readonly<Record<string, RuleChange>>;
  readonly window?: Values;
  readonly decision?: Values;
}

/**
 * A set with changes made to it, every value held to its bounds. A rule of the catalogue that the set does not have yet is
 * added in its newest version.
 * @throws DomainError `invalid_input` that names rule and parameter
 */
export function changedBody(base: RuleSetBody, changes: RuleSetChanges, catalogue: RuleCatalogue): RuleSetBody {
  const wanted = new Map(Object.entries(changes.rules ?? {}));
  for (const id of wanted.keys()) {
    if (catalogue.newest(id) !== null) continue;
    const ids = [...new Set(catalogue.all.map((rule) => rule.id))];
    throw new DomainError('invalid_input', `there is no rule ${id}`, {
      remedy: `GET /v1/rules/catalogue lists them: ${ids.join(', ')}.`,
      zh: `没有规则 ${id}。`,
    });
  }
  const known = new Set(base.rules.map(({ id }) => id));
  const added = [...wanted]
    .filter(([id]) => !known.has(id))
    .map(([id]): RuleInSet => ({ id, version: 0, parameters: {} }));
  const rules = [...base.rules, ...added].map((rule) => {
    const change = wanted.get(rule.id);
    return change === undefined ? rule : changedRule(rule, change, catalogue);
  });
  return {
    rules,
    window: refused('window', () => checked(WindowSchema, merged(base.window, changes.window), 'window')),
    decision: refused('decision', () =>
      checked(DecisionParametersSchema, merged(base.decision, changes.decision), 'decision'),
    ),
  };
}

function changedRule(rule: RuleInSet, change: RuleChange, catalogue: RuleCatalogue): RuleInSet {
  const version = change.version ?? (rule.version === 0 ? catalogue.newest(rule.id)?.version : rule.version) ?? 1;
  const found = catalogue.find(rule.id, version);
  if (found === null) {
    throw new DomainError('invalid_input', catalogue.whyMissing(rule.id, version), {
      remedy: `Send rules.${rule.id}.version as one of those, or leave it out.`,
      zh: `本程序没有规则 ${rule.id} 的第 ${version} 版。`,
    });
  }
  // Parameters that another version of the rule does not have any more go with it.
  const kept = Object.fromEntries(
    Object.entries(rule.parameters).filter(([name]) => name in found.parameters.properties),
  );
  const parameters = refused(`rules.${rule.id}`, () =>
    checked(found.parameters, merged(kept, change.parameters), `rules.${rule.id}`),
  );
  const off = change.off === undefined ? rule.off : (change.off ?? undefined);
  return { id: rule.id, version, parameters, ...(off === undefined ? {} : { off }) };
}

/** `null` stands for a parameter's default: it is left out here, and filled in when it is checked. */
const merged = (base: Values, changes: Values = {}): Values =>
  Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, value]) => value !== null));

function refused<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    throw new DomainError('invalid_input', error.message, {
      remedy: 'GET /v1/rules/catalogue shows every parameter with its unit, bounds and default.',
      zh: `${where} 的参数不在允许范围内，请对照 GET /v1/rules/catalogue 修改。`,
    });
  }
}

/** One thing in which two sets differ. */
export interface Difference {
  /** `rules.A5.minGap`, `rules.A5.version`, `rules.A5.off`, `window.beforeMin`; `rules.B1`: the whole rule. */
  readonly path: string;
  /** null: not there. */
  readonly before: unknown;
  readonly after: unknown;
}

/** In what two sets differ, in order of path. */
export function differences(before: RuleSetBody, after: RuleSetBody): Difference[] {
  const a = flat(before);
  const b = flat(after);
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((path) => canonicalJson(a.get(path) ?? null) !== canonicalJson(b.get(path) ?? null))
    .sort()
    .map((path) => ({ path, before: a.get(path) ?? null, after: b.get(path) ?? null }));
}

function flat(body: RuleSetBody): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const rule of body.rules) {
    values.set(`rules.${rule.id}.version`, rule.version);
    if (rule.off !== undefined) values.set(`rules.${rule.id}.off`, rule.off);
    for (const [name, value] of Object.entries(rule.parameters)) values.set(`rules.${rule.id}.${name}`, value);
  }
  for (const part of ['window', 'decision'] as const) {
    for (const [name, value] of Object.entries(body[part])) values.set(`${part}.${name}`, value);
  }
  return values;
}

/** The changes that lead from one set to another; a rule that the second does not have is left alone. */
export function changesBetween(before: RuleSetBody, after: RuleSetBody): RuleSetChanges {
  const known = new Map(before.rules.map((rule) => [rule.id, rule]));
  const rules = after.rules.flatMap((rule): [string, RuleChange][] => {
    const old = known.get(rule.id);
    if (old === undefined)
      return [[rule.id, { version: rule.version, off: rule.off ?? null, parameters: rule.parameters }]];
    const parameters = changedValues(old.parameters, rule.parameters);
    const change: RuleChange = {
      ...(old.version === rule.version ? {} : { version: rule.version }),
      ...(old.off === rule.off ? {} : { off: rule.off ?? null }),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
    };
    return Object.keys(change).length === 0 ? [] : [[rule.id, change]];
  });
  return {
    rules: Object.fromEntries(rules),
    window: changedValues(before.window, after.window),
    decision: changedValues(before.decision, after.decision),
  };
}

const changedValues = (before: Values, after: Values): Values =>
  Object.fromEntries(
    Object.entries(after).filter(([name, value]) => canonicalJson(before[name] ?? null) !== canonicalJson(value)),
  );
