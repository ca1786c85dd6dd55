import type { AuditResult, Decide, DecisionAnswer } from '../ledgers/claims/decision-answer.ts';
import { type Queryable, tsOrNull } from '../platform/db.ts';
import { type AssessDeps, assess } from './assess.ts';
import { findingsOfIncident } from './assessment.store.ts';
import { effective } from './decide.ts';
import { decisionOf, type StoredDecision } from './decision.store.ts';
import type { Finding } from './findings.ts';
import { settlementRef } from './gather-visit.ts';
import { subjectOfClaim } from './triggers.ts';

/** Event kinds that a decision answers. */
const DECIDED = new Set(['registration', 'trial_settlement', 'settlement']);

/**
 * The decision port of the claims routes: assesses with the code that the queue's handler uses, in one short transaction,
 * from what is stored; missing evidence is `undetermined: not_yet`, never a wait and never an error.
 */
export function createDecide(deps: AssessDeps): Decide {
  return async (event) => {
    const subject = DECIDED.has(event.kind) ? subjectOfClaim(event) : null;
    if (subject === null) return null;
    if (!event.repeat) await deps.db.transaction((tx) => assess(tx, deps, subject, `claim:${event.kind}`));
    const visitKey =
      subject.kind === 'visit' ? subject.id : ((await settlementRef(deps.db, subject.id))?.visitKey ?? null);
    if (visitKey === null) return null;
    const decision = await decisionOf(deps.db, { visitKey });
    if (decision === null) return null;
    return answerOf(deps.db, deps, decision);
  };
}

async function answerOf(db: Queryable, deps: AssessDeps, decision: StoredDecision): Promise<DecisionAnswer> {
  const level = effective(decision.decision, decision.state);
  const findings = level === 'allow' ? [] : await findingsOfIncident(db, decision.subjectKey);
  return {
    id: decision.id,
    decision: level,
    reasons: [...decision.reasons],
    deadline: level === 'hold' ? tsOrNull(decision.deadlineAt) : null,
    default: 'allow',
    alternative: level === 'allow' ? null : decision.alternative,
    results: oncePerGround(findings).map((finding) => resultOf(finding, deps, decision.fundFen)),
  };
}

/** A rule that says the same of a registration and of its settlement is one line to the clinic. */
const oncePerGround = (findings: readonly Finding[]): Finding[] => {
  const hits = findings.filter(({ outcome }) => outcome === 'hit');
  return hits.filter(
    (hit, i) => hits.findIndex((other) => other.ruleId === hit.ruleId && other.reason === hit.reason) === i,
  );
};

const SEVERITY_CODES = { high: '1', medium: '2', low: '3' } as const;

/** One line under the names of the national 3102 (DOMAIN.md 1.7). */
function resultOf(finding: Finding, deps: AssessDeps, fundFen: number | null): AuditResult {
  const names = deps.ruleSet.rules.find(({ rule }) => rule.id === finding.ruleId)?.rule.names;
  return {
    jr_id: finding.id,
    rule_id: `${finding.ruleId}@${finding.ruleVersion}`,
    rule_name: names?.zh ?? finding.ruleId,
    vola_cont: finding.evidence.zh,
    vola_amt: fundFen === null ? null : (fundFen / 100).toFixed(2),
    sev_deg: SEVERITY_CODES[finding.severity],
    vola_evid: finding.basis.join(','),
  };
}
