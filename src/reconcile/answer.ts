import type { AuditResult, Decide, DecisionAnswer } from '../ledgers/claims/decision-answer.ts';
import { type AssessDeps, type Assessed, assess } from './assess.ts';
import { effective } from './decide.ts';
import { decisionFrom, type StoredDecision } from './decision-rows.ts';
import { visitKeyOf } from './facts.ts';
import { readsOfClaim } from './gather-visit.ts';
import { byRule } from './standing.ts';
import type { ReconcileStore } from './store.ts';
import type { FindingRow } from './tables.ts';
import { subjectOfClaim } from './triggers.ts';

/** Event kinds that a decision answers. */
const DECIDED = new Set(['registration', 'trial_settlement', 'settlement']);

/** Decides on a store: in one transaction of the caller's. */
export type DecideOn = (store: ReconcileStore, event: Parameters<Decide>[0]) => Promise<DecisionAnswer | null>;

/** Whether an event asks for a decision at all. */
export const isDecided = (event: Parameters<Decide>[0]): boolean =>
  DECIDED.has(event.kind) && subjectOfClaim(event) !== null;

/**
 * The decision port of the claims routes: assesses with the code that the queue's handler uses, in one short transaction,
 * from what is stored; missing evidence is `undetermined: not_yet`, never a wait and never an error.
 */
export const createDecide =
  (deps: AssessDeps): DecideOn =>
  async (store, event) => {
    const subject = isDecided(event) ? subjectOfClaim(event) : null;
    if (subject === null) return null;
    const assessed = event.repeat
      ? await standingAnswer(store, subject)
      : await assess(store, deps, subject, `claim:${event.kind}`);
    return assessed && answerOf(deps, assessed);
  };

/** The same where a clinic waits for a message that is new: what will be read is asked for together. */
export const createDecideAtOnce = (deps: AssessDeps): DecideOn => {
  const decide = createDecide(deps);
  return async (store, event) => {
    if (!event.repeat) {
      // Nobody else works on the visit from here on, so that what is read ahead holds.
      await store.lock(visitKeyOf(event.clinicCode, event.mdtrtId, event.msgid));
      store.expect(() => readsOfClaim({ ...deps, parameters: deps.ruleSet.window }, event));
    }
    return decide(store, event);
  };
};

/** What was answered before: nothing is decided anew. */
async function standingAnswer(
  store: ReconcileStore,
  subject: NonNullable<ReturnType<typeof subjectOfClaim>>,
): Promise<Assessed | null> {
  const ref = subject.kind === 'visit' ? null : await store.settlementRef(subject.id);
  const visitKey = subject.kind === 'visit' ? subject.id : ref && visitKeyOf(ref.clinic_code, ref.mdtrt_id, ref.msgid);
  const row = visitKey === null ? null : await store.decisionOf(visitKey);
  if (row === null) return null;
  const allows = effective(row.decision, row.state) === 'allow';
  return { decision: decisionFrom(row), findings: allows ? [] : await store.findingsOfIncident(row.subject_key) };
}

function answerOf(deps: AssessDeps, { decision, findings }: Assessed): DecisionAnswer | null {
  if (decision === null) return null;
  const level = effective(decision.decision, decision.state);
  const own = findings.filter((finding) => finding.incident_key === decision.subjectKey);
  return {
    id: decision.id,
    decision: level,
    // Named one by one: a row that was read has its members in another order than one that was just made.
    reasons: decision.reasons.map(({ code, rule, zh, en }) => ({ code, rule, zh, en })),
    deadline: level === 'hold' && decision.deadlineAt !== null ? new Date(decision.deadlineAt).toISOString() : null,
    default: 'allow',
    alternative: level === 'allow' ? null : alternativeOf(decision),
    results: level === 'allow' ? [] : oncePerGround(own).map((finding) => resultOf(finding, deps, decision)),
  };
}

const alternativeOf = ({ alternative }: StoredDecision): DecisionAnswer['alternative'] =>
  alternative && { kind: alternative.kind, zh: alternative.zh, en: alternative.en };

/** A rule that says the same of a registration and of its settlement is one line to the clinic. */
const oncePerGround = (findings: readonly FindingRow[]): FindingRow[] => {
  const hits = findings.filter(({ outcome }) => outcome === 'hit').sort(byRule);
  return hits.filter(
    (hit, i) => hits.findIndex((other) => other.rule_id === hit.rule_id && other.reason === hit.reason) === i,
  );
};

const SEVERITY_CODES = { high: '1', medium: '2', low: '3' } as const;

/** One line under the names of the national 3102 (DOMAIN.md 1.7). */
function resultOf(finding: FindingRow, deps: AssessDeps, { fundFen, psnNo, mdtrtId }: StoredDecision): AuditResult {
  const names = deps.ruleSet.rules.find(({ rule }) => rule.id === finding.rule_id)?.rule.names;
  return {
    jr_id: finding.id,
    rule_id: `${finding.rule_id}@${finding.rule_version}`,
    rule_name: names?.zh ?? finding.rule_id,
    vola_cont: finding.evidence.zh,
    vola_amt: fundFen === null ? null : (fundFen / 100).toFixed(2),
    sev_deg: SEVERITY_CODES[finding.severity],
    vola_evid: finding.basis.join(','),
    patn_id: psnNo,
    mdtrt_id: mdtrtId,
  };
}
