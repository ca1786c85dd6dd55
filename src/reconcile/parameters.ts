import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, type TObject, Type } from 'typebox';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { canonicalJson } from '../platform/canonical-json.ts';
import { sha256 } from '../platform/crypto.ts';
import { DomainError } from '../platform/errors.ts';
import { catalogue as ownCatalogue, type RuleCatalogue } from './rules/catalogue.ts';
import { allRules } from './rules/index.ts';
import type { AnyRule } from './rules/rule.ts';

const closed = { additionalProperties: false } as const;
const Amount = (unit: string, maximum: number, fallback: number, description: string) =>
  Type.Number({ minimum: 0, maximum, default: fallback, description, unit });

/** config/rules/window.yaml: the moments around a claim, and what a verdict needs. */
export const WindowSchema = Type.Object(
  {
    beforeMin: Amount('minutes', 1440, 30, 'Presence window: so long before the settlement'),
    afterMin: Amount('minutes', 1440, 10, 'Presence window: so long after the settlement'),
    counterBeforeS: Amount('seconds', 3600, 60, 'Counter moment: so long before the settlement'),
    counterAfterS: Amount('seconds', 3600, 60, 'Counter moment: so long after the settlement'),
    minCoverage: Amount('share', 1, 0.8, 'A window covered less is blind'),
    defaultUncertaintyS: Amount('seconds', 600, 30, 'Uncertainty of a camera clock that was never measured'),
    maxUncertaintyMin: Amount('minutes', 60, 10, 'Windows are widened by no more than this'),
    footageLostHours: Amount('hours', 720, 48, 'After so long without advance the footage is taken for lost'),
    missRate: Amount(
      'share',
      1,
      0.05,
      'How often a camera that sees well misses a person who is there; assumed of each',
    ),
    missedMax: Amount(
      'share',
      1,
      0.001,
      'Somebody who was not seen may have been missed this rarely, or nothing follows',
    ),
    portraitQualityMin: Amount('quality', 1, 0.3, 'A poorer portrait proves no mismatch'),
    portraitMaxAgeYears: Amount('years', 100, 15, 'An older portrait proves no mismatch'),
    minAgeYears: Amount('years', 18, 3, 'A younger face proves no mismatch'),
    unjudgedMinStayS: Amount('seconds', 600, 5, 'Somebody without a usable face counts as somebody after this long'),
    explainedMarginLlr: Amount('log10', 10, 1, 'How much better another identity must fit'),
    llrCap: Amount('log10', 20, 6, 'Cap of the likelihood ratio'),
    lookBackDays: Amount('days', 3650, 92, 'A change of people or lists re-assesses settlements this far back'),
  },
  closed,
);
export type WindowFile = Static<typeof WindowSchema>;

/** The same in the code's units. */
export interface WindowParameters {
  readonly beforeMs: number;
  readonly afterMs: number;
  readonly counterBeforeMs: number;
  readonly counterAfterMs: number;
  readonly minCoverage: number;
  readonly defaultUncertaintyMs: number;
  readonly maxUncertaintyMs: number;
  readonly footageLostMs: number;
  readonly missRate: number;
  readonly missedMax: number;
  readonly portraitQualityMin: number;
  readonly portraitMaxAgeYears: number;
  readonly minAgeYears: number;
  readonly unjudgedMinStayMs: number;
  readonly explainedMarginLlr: number;
  readonly llrCap: number;
  readonly lookBackDays: number;
}

const MINUTE_MS = 60_000;

const windowOf = (file: WindowFile): WindowParameters => ({
  beforeMs: file.beforeMin * MINUTE_MS,
  afterMs: file.afterMin * MINUTE_MS,
  counterBeforeMs: file.counterBeforeS * 1000,
  counterAfterMs: file.counterAfterS * 1000,
  minCoverage: file.minCoverage,
  defaultUncertaintyMs: file.defaultUncertaintyS * 1000,
  maxUncertaintyMs: file.maxUncertaintyMin * MINUTE_MS,
  footageLostMs: file.footageLostHours * 60 * MINUTE_MS,
  missRate: file.missRate,
  missedMax: file.missedMax,
  portraitQualityMin: file.portraitQualityMin,
  portraitMaxAgeYears: file.portraitMaxAgeYears,
  minAgeYears: file.minAgeYears,
  unjudgedMinStayMs: file.unjudgedMinStayS * 1000,
  explainedMarginLlr: file.explainedMarginLlr,
  llrCap: file.llrCap,
  lookBackDays: file.lookBackDays,
});

/** config/rules/decision.yaml: what findings may do to a settlement. */
export const DecisionParametersSchema = Type.Object(
  {
    trialHoldMinutes: Type.Number({
      minimum: 1,
      maximum: 240,
      default: 10,
      description: 'Deadline of a hold on a trial settlement',
      unit: 'minutes',
    }),
    workingDays: Type.Integer({
      minimum: 1,
      maximum: 30,
      default: 3,
      description: 'Deadline of a hold on a settlement',
      unit: 'working days',
    }),
    faceWithoutSiteCalibration: Type.Enum(['allow', 'review'], {
      default: 'review',
      description: 'What a face or presence finding may do at most',
    }),
    faceWithSiteCalibration: Type.Enum(['allow', 'review', 'hold'], {
      default: 'hold',
      description: "The same, with a card calibrated on the site's own visits",
    }),
    listed: Type.Enum(['review', 'hold'], {
      default: 'hold',
      description: 'What a list (dead, suspended) may do to a settlement at most',
    }),
    listedAtTrial: Type.Enum(['review', 'hold'], {
      default: 'review',
      description: 'The same to a trial settlement; a wrong name picked at the counter is the commonest cause',
    }),
    settlementGraceHours: Type.Number({
      minimum: 0,
      maximum: 240,
      default: 24,
      description: 'A listed person’s settlement is held only when it was not reversed for so long',
      unit: 'hours',
    }),
    statementGraceHours: Type.Number({
      minimum: 0,
      maximum: 720,
      default: 24,
      description: 'Claims that a reconciliation (3201) tells of and that have not come are missed after so long',
      unit: 'hours',
    }),
    breakerWindowMinutes: Type.Number({
      minimum: 1,
      maximum: 1440,
      default: 60,
      description: 'Circuit breaker: holds and decisions are counted over so long',
      unit: 'minutes',
    }),
    breakerMinHolds: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 10,
      description: 'Circuit breaker: fewer holds within the window never pause holding',
      unit: 'holds',
    }),
    breakerMaxShare: Type.Number({
      minimum: 0,
      maximum: 1,
      default: 0.05,
      description:
        'Circuit breaker: holding pauses when this share of a region’s (or the installation’s) decisions would hold',
      unit: 'share',
    }),
    breakerCoolMinutes: Type.Number({
      minimum: 1,
      maximum: 10_080,
      default: 120,
      description: 'Circuit breaker: after so long holding is tried again by itself',
      unit: 'minutes',
    }),
  },
  closed,
);
export type DecisionParameters = Static<typeof DecisionParametersSchema>;

/**
 * What becomes of a rule's findings when it is turned off. take_back: they are taken back when their subjects are
 * assessed again · leave: no new ones are made; those that stand are still looked at, and taken back when they no longer hold.
 */
export const OFF_POLICIES = ['take_back', 'leave'] as const;
export type OffPolicy = (typeof OFF_POLICIES)[number];

/** One rule as a set names it. */
export interface RuleInSet {
  readonly id: string;
  readonly version: number;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Absent: the rule is on. */
  readonly off?: OffPolicy;
}

/** Text of a rule set: `rule_sets.body`, kept for ever. */
export interface RuleSetBody {
  readonly rules: readonly RuleInSet[];
  readonly window: Readonly<Record<string, unknown>>;
  readonly decision: Readonly<Record<string, unknown>>;
}

/** The rules with their parameters, under one version. */
export interface RuleSet {
  /** SHA-256 of all rule ids, versions and parameters: `assessments.rule_set`. */
  readonly version: string;
  /** Those that run: all that are on, and those that were turned off and left. */
  readonly rules: readonly { readonly rule: AnyRule; readonly parameters: Readonly<Record<string, unknown>> }[];
  /** Rules of the set that find nothing new, and why: turned off, or not in this program (`missing`). */
  readonly retired: ReadonlyMap<string, OffPolicy | 'missing'>;
  /** Rules of the set that this program cannot run, in plain words. */
  readonly missing: readonly { readonly rule: string; readonly why: string }[];
  readonly window: WindowParameters;
  /** As window.yaml has it. */
  readonly windowFile: WindowFile;
  readonly decision: DecisionParameters;
  /** What is stored in `rule_sets.body`. */
  readonly body: RuleSetBody;
}

/**
 * Reads config/rules/*.yaml: window.yaml, decision.yaml, and one file per rule (`A1.yaml`); what is not written takes
 * its default. @throws DomainError `config_invalid` that names the file and the key
 */
export async function loadRuleSet(dir: string, rules: readonly AnyRule[] = allRules): Promise<RuleSet> {
  const files = new Map<string, unknown>();
  for (const name of (await readdir(dir).catch(() => [])).filter((file) => /\.ya?ml$/.test(file)).toSorted()) {
    const path = join(dir, name);
    try {
      files.set(name.replace(/\.ya?ml$/, ''), parse(await readFile(path, 'utf8')) ?? {});
    } catch (error) {
      throw invalid(path, `it is not YAML: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  const known = new Set(['window', 'decision', ...rules.map((rule) => rule.id)]);
  for (const name of files.keys()) {
    if (!known.has(name)) throw invalid(join(dir, `${name}.yaml`), `there is no rule ${name}`);
  }
  return createRuleSet({
    rules,
    valuesOf: (name) => files.get(name) ?? {},
    sourceOf: (name) => join(dir, `${name}.yaml`),
  });
}

/** Makes a rule set from values; `{}` everywhere gives the defaults. @throws as loadRuleSet, or when two rules share an id */
export function createRuleSet(
  options: {
    readonly rules?: readonly AnyRule[];
    readonly valuesOf?: (name: string) => unknown;
    readonly sourceOf?: (name: string) => string;
  } = {},
): RuleSet {
  const { rules = allRules, valuesOf = () => ({}), sourceOf = (name) => `${name}.yaml` } = options;
  const doubled = rules.find((rule, i) => rules.findIndex(({ id }) => id === rule.id) !== i);
  if (doubled) throw new DomainError('config_invalid', `two rules are called ${doubled.id}`);
  const windowFile = checked(WindowSchema, valuesOf('window'), sourceOf('window')) as WindowFile;
  const decision = checked(DecisionParametersSchema, valuesOf('decision'), sourceOf('decision')) as DecisionParameters;
  const body: RuleSetBody = {
    rules: rules.map((rule) => {
      const { off, values } = withoutOff(valuesOf(rule.id), sourceOf(rule.id));
      const parameters = checked(rule.parameters, values, sourceOf(rule.id));
      return { id: rule.id, version: rule.version, parameters, ...(off === null ? {} : { off }) };
    }),
    window: windowFile,
    decision,
  };
  return openRuleSet(body, { catalogue: ownCatalogue.with(rules) });
}

/** Hash of a set's text. */
export const versionOf = (body: RuleSetBody): string => sha256(canonicalJson(body)).toString('hex');

/**
 * A rule set from its text. Rules come from the catalogue in the very version that the text names; one that is not there, or
 * whose parameters have another form by now, does not run and is named in `missing`. A parameter that the text does not
 * have takes its default, which by the rule of the house says what was meant without it.
 * @throws DomainError `config_invalid` for window or decision parameters that cannot be used
 */
export function openRuleSet(
  body: RuleSetBody,
  options: { readonly catalogue?: RuleCatalogue; readonly version?: string } = {},
): RuleSet {
  const { catalogue = ownCatalogue, version = versionOf(body) } = options;
  const source = `rule set ${version.slice(0, 12)}`;
  const windowFile = checked(WindowSchema, body.window, source) as WindowFile;
  const decision = checked(DecisionParametersSchema, body.decision, source) as DecisionParameters;
  const rules: RuleSet['rules'][number][] = [];
  const retired = new Map<string, OffPolicy | 'missing'>();
  const missing: RuleSet['missing'][number][] = [];
  for (const named of body.rules) {
    if (named.off === 'take_back') {
      retired.set(named.id, named.off);
      continue;
    }
    const rule = catalogue.find(named.id, named.version);
    const why = rule === null ? catalogue.whyMissing(named.id, named.version) : misfitOf(rule, named.parameters);
    if (rule === null || why !== null) {
      retired.set(named.id, 'missing');
      missing.push({ rule: `${named.id}@${named.version}`, why: why ?? 'it is not in this program' });
      continue;
    }
    if (named.off !== undefined) retired.set(named.id, named.off);
    rules.push({ rule, parameters: checked(rule.parameters, named.parameters, source) });
  }
  return {
    version,
    rules,
    retired,
    missing,
    window: windowOf(windowFile),
    windowFile,
    decision,
    body,
  };
}

function misfitOf(rule: AnyRule, parameters: unknown): string | null {
  try {
    checked(rule.parameters, parameters, `${rule.id}@${rule.version}`);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** `off: take_back` or `off: leave` in a rule's file turns it off. */
function withoutOff(given: unknown, source: string): { readonly off: OffPolicy | null; readonly values: unknown } {
  if (typeof given !== 'object' || given === null || !('off' in given)) return { off: null, values: given };
  const { off, ...values } = given;
  if (off === null || off === false) return { off: null, values };
  const policy = OFF_POLICIES.find((known) => known === off);
  if (policy === undefined) throw invalid(source, `off is one of ${OFF_POLICIES.join(', ')}`);
  return { off: policy, values };
}

/** Values in the form of their schema, defaults filled in. @throws DomainError `config_invalid` that names source and key */
export function checked(schema: TObject, given: unknown, source: string): Record<string, unknown> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw invalid(source, 'it holds no keys');
  const unknownKey = Object.keys(given).find((key) => !(key in schema.properties));
  if (unknownKey !== undefined) {
    throw invalid(
      source,
      `there is no parameter ${unknownKey}; there are ${Object.keys(schema.properties).join(', ') || 'none'}`,
    );
  }
  const value = Value.Default(schema, structuredClone(given));
  if (!Value.Check(schema, value)) {
    const [first] = Value.Errors(schema, value);
    throw invalid(
      source,
      `${first?.instancePath.slice(1).replaceAll('/', '.') || 'it'} ${first?.message ?? 'has another form'}`,
    );
  }
  return value as Record<string, unknown>;
}

const invalid = (source: string, what: string): DomainError =>
  new DomainError('config_invalid', `The rule parameters in ${source} cannot be used: ${what}.`, {
    remedy: 'Correct the file; GET /v1/rules shows every parameter with its unit, bounds and default.',
  });
