import type { AlertClass } from '../alert.ts';
import type { AlarmPolicy, RulePrior } from './policy.ts';

/** Pure: how likely an alert is right, what it is worth and what a review of it takes. */

/** What of a finding matters here. `evidence.pRight` and `evidence.expectedLossFen` may bring the rule's own reckoning. */
export interface RatedFinding {
  readonly ruleId: string;
  readonly reason: string;
  readonly class: AlertClass;
  readonly basis: readonly string[];
  readonly setlIds: readonly string[];
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** What reviewers found of a rule's alerts, the older the less. */
export interface RuleRecord {
  readonly confirmed: number;
  readonly excluded: number;
  /** Sum of the probabilities that its alerts had claimed. */
  readonly claimed: number;
}

export interface Rating {
  /** Probability that at least half of the fund money that it names is fraud. Four decimals. */
  readonly pRight: number;
  readonly expectedFen: number;
  readonly minutes: number;
  readonly settleMs: number;
}

const MOST = 0.999;
const LEAST = 0.001;
const HOUR_MS = 3_600_000;

export const logit = (p: number): number => Math.log(p / (1 - p));
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const bounded = (p: number): number => Math.min(MOST, Math.max(LEAST, p));
const fourDecimals = (p: number): number => Math.round(p * 10_000) / 10_000;

const isShare = (value: unknown): value is number => typeof value === 'number' && value >= 0 && value <= 1;

/**
 * How likely one finding is right. Without a reckoning of its own: the mean of the rule's Beta posterior. With one: moved by as
 * much, in log odds, as the rule was found to be right more or less often than it had claimed.
 */
export function findingProbability(prior: RulePrior, record: RuleRecord | undefined, own: number | null): number {
  const n = record === undefined ? 0 : record.confirmed + record.excluded;
  if (record === undefined || n <= 0) return bounded(own ?? prior.mean);
  if (own === null) return bounded((prior.mean * prior.strength + record.confirmed) / (prior.strength + n));
  const claimed = bounded(record.claimed / n);
  const found = bounded((record.confirmed + prior.strength * claimed) / (n + prior.strength));
  return bounded(sigmoid(logit(bounded(own)) + logit(found) - logit(claimed)));
}

/** What a finding rests on: every finding speaks of claims, so they are a ground of their own only where there is no other. */
export function groundsOf(basis: readonly string[]): readonly string[] {
  const grounds = new Set(basis.map((one) => (one === 'face' || one === 'presence' ? 'footage' : one)));
  if (grounds.size > 1) grounds.delete('claims');
  return [...grounds];
}

/**
 * The rating of an alert by its findings of class fraud that hit; null: there are none. `records` by the key that
 * `policy.priorOf` gives. @param fundFen what it names
 */
export function rate(
  findings: readonly RatedFinding[],
  named: { readonly setlIds: readonly string[]; readonly fundFen: number },
  policy: AlarmPolicy,
  records: ReadonlyMap<string, RuleRecord>,
): Rating | null {
  const rated = findings
    .filter((finding) => finding.class === 'fraud')
    .map((finding) => {
      const { key, prior } = policy.priorOf(finding.ruleId, finding.reason);
      const own = isShare(finding.evidence.pRight) ? finding.evidence.pRight : null;
      const p = findingProbability(prior, records.get(key), own);
      return { finding, prior, p: bounded(p * shareNamed(finding, named.setlIds)) };
    })
    .toSorted((a, b) => b.p - a.p || (a.finding.ruleId < b.finding.ruleId ? -1 : 1));
  const [best] = rated;
  if (best === undefined) return null;
  const pRight = fourDecimals(strengthened(rated, policy));
  const { expectedLossFen } = best.finding.evidence;
  return {
    pRight,
    expectedFen:
      typeof expectedLossFen === 'number' && expectedLossFen >= 0
        ? Math.round(Math.min(expectedLossFen, named.fundFen))
        : Math.round(pRight * named.fundFen),
    minutes: Math.max(...rated.map(({ prior }) => prior.minutes)),
    settleMs: (best.prior.settleHours ?? policy.settleHours) * HOUR_MS,
  };
}

/**
 * A finding about less than half of what the alert names cannot make it right by itself: its probability goes down with the
 * share that it speaks of.
 */
function shareNamed(finding: RatedFinding, setlIds: readonly string[]): number {
  if (setlIds.length === 0) return 1;
  const about = new Set(finding.setlIds);
  const share = setlIds.filter((setlId) => about.has(setlId)).length / setlIds.length;
  return share >= 0.5 ? 1 : share * 2;
}

/** The best finding, raised by those on other grounds: never by more than the policy's bound. */
function strengthened(
  rated: readonly { readonly finding: RatedFinding; readonly p: number }[],
  { combine }: Pick<AlarmPolicy, 'combine'>,
): number {
  const [best, ...others] = rated;
  if (best === undefined) return LEAST;
  const used = new Set(groundsOf(best.finding.basis));
  let gain = 0;
  for (const { finding, p } of others) {
    const grounds = groundsOf(finding.basis);
    if (grounds.some((ground) => used.has(ground))) continue;
    for (const ground of grounds) used.add(ground);
    gain += Math.max(0, logit(p) - logit(combine.baseRate)) * combine.share;
  }
  return bounded(sigmoid(logit(best.p) + Math.min(gain, combine.mostGain)));
}
