import type { Facts, PresenceFacts, VerdictLimits } from '../facts.ts';
import type { Outcome, RuleOutcome } from '../findings.ts';
import type { RuleSet, RuleSetBody, WindowParameters } from '../parameters.ts';
import { evaluateAll } from '../rules/rule.ts';
import { differences } from './changes.ts';

/** A finding that stands: hit, undetermined or error. */
export interface HeldFinding {
  readonly ruleId: string;
  /** '': the rule finds one. */
  readonly part: string;
  readonly incidentKey: string;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly zh: string;
  readonly en: string;
}

/** Where the set in force or the candidate hits. */
export interface ComparedRow {
  readonly ruleId: string;
  readonly part: string;
  readonly incidentKey: string;
  readonly held: Outcome | 'none';
  readonly would: Outcome | 'none';
  readonly reason: string;
  readonly zh: string;
  readonly en: string;
}

/** A candidate, ready to be run over stored facts. */
export interface Candidate {
  readonly ruleSet: RuleSet;
  /** Values of the verdict that stored facts carry, and that the candidate has otherwise. */
  readonly limits: Partial<VerdictLimits>;
  readonly minCoverage: number | null;
}

/** Parameters of window.yaml that only judge what was gathered: facts carry them, and a candidate's take their place. */
const JUDGING: Readonly<Record<string, keyof VerdictLimits & keyof WindowParameters>> = {
  portraitQualityMin: 'portraitQualityMin',
  portraitMaxAgeYears: 'portraitMaxAgeYears',
  minAgeYears: 'minAgeYears',
  missedMax: 'missedMax',
};
/** Parameters of rules that say what is gathered, or when. */
const GATHERING = new Set(['rules.P1.minutesBefore']);

export function candidateOf(ruleSet: RuleSet, base: RuleSetBody): Candidate {
  const changed = differences(base, ruleSet.body).map(({ path }) => path);
  const limits = Object.entries(JUDGING).flatMap(([name, key]) =>
    changed.includes(`window.${name}`) ? [[key, ruleSet.window[key]] as const] : [],
  );
  return {
    ruleSet,
    limits: Object.fromEntries(limits),
    minCoverage: changed.includes('window.minCoverage') ? ruleSet.window.minCoverage : null,
  };
}

/** Changes that stored facts cannot show: what they shape was gathered under the set that was in force then. */
export const notTested = (base: RuleSetBody, candidate: RuleSetBody): string[] =>
  differences(base, candidate)
    .map(({ path }) => path)
    .filter((path) => {
      const [part, name = ''] = path.split('.');
      if (part === 'decision') return true;
      if (part === 'window') return !(name in JUDGING) && name !== 'minCoverage';
      return GATHERING.has(path);
    });

/** What the candidate says of a subject's stored facts, beside the findings that stand. */
export function compareSubject(
  candidate: Candidate,
  facts: Facts,
  held: readonly HeldFinding[],
): { readonly outcomes: readonly RuleOutcome[]; readonly rows: readonly ComparedRow[] } {
  const { retired } = candidate.ruleSet;
  const standing = new Map(held.map((finding) => [keyOf(finding.ruleId, finding.part), finding]));
  const outcomes = evaluateAll(candidate.ruleSet.rules, judgedBy(candidate, facts)).filter(
    ({ rule, part }) => retired.get(rule) !== 'leave' || standing.has(keyOf(rule, part ?? '')),
  );
  const rows: ComparedRow[] = [];
  for (const outcome of outcomes) {
    const part = outcome.part ?? '';
    const key = keyOf(outcome.rule, part);
    const before = standing.get(key);
    standing.delete(key);
    if (outcome.outcome !== 'hit' && before?.outcome !== 'hit') continue;
    rows.push({
      ruleId: outcome.rule,
      part,
      incidentKey: outcome.outcome === 'hit' ? outcome.incidentKey : (before?.incidentKey ?? outcome.incidentKey),
      held: before?.outcome ?? 'none',
      would: outcome.outcome,
      reason: outcome.reason,
      zh: outcome.zh,
      en: outcome.en,
    });
  }
  for (const finding of standing.values()) {
    if (finding.outcome !== 'hit') continue;
    const { ruleId, part, incidentKey, reason, zh, en } = finding;
    rows.push({ ruleId, part, incidentKey, held: 'hit', would: 'none', reason, zh, en });
  }
  return { outcomes, rows };
}

const keyOf = (ruleId: string, part: string): string => `${ruleId} ${part}`;

/** The same facts, under the candidate's limits of judgement. */
function judgedBy({ limits, minCoverage }: Candidate, facts: Facts): Facts {
  if (minCoverage === null && Object.keys(limits).length === 0) return facts;
  const judged = (presence: PresenceFacts): PresenceFacts => ({
    ...presence,
    ...(minCoverage === null ? {} : { minCoverage }),
    limits: { ...presence.limits, ...limits },
  });
  switch (facts.kind) {
    case 'settlement':
      return { ...facts, presence: judged(facts.presence) };
    case 'visit':
      return facts.presence === null ? facts : { ...facts, presence: judged(facts.presence) };
    case 'clinic_day':
      return minCoverage === null ? facts : { ...facts, minCoverage };
    default:
      return facts;
  }
}
