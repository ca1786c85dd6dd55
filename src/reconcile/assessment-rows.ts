import type { Verdict } from '../faces/verdict.ts';
import { newId } from '../platform/ids.ts';
import type { Subject } from './facts.ts';
import type { PackedFacts } from './facts-form.ts';
import type { RuleOutcome } from './findings.ts';
import type { AssessmentHeadRow, AssessmentRow, StoredOutcome } from './tables.ts';

export interface NewAssessment {
  readonly at: number;
  readonly subject: Subject;
  readonly clinicCode: string;
  readonly trigger: string;
  readonly facts: PackedFacts;
  readonly ruleSet: string;
  readonly modelVersion: string;
  readonly verdict: Verdict | null;
  readonly outcomes: readonly RuleOutcome[];
  readonly window: { readonly from: number; readonly to: number };
  readonly awaitsUntil: number | null;
}

/** What an assessment keeps of its rules' answers. */
export const storedOutcomes = (outcomes: readonly RuleOutcome[]): StoredOutcome[] =>
  outcomes.map(({ rule, version, outcome, reason, part }) => ({
    rule: `${rule}@${version}`,
    outcome,
    reason,
    ...(part === null ? {} : { part }),
  }));

/** The rows of a new assessment, under a fresh id. */
export function assessmentRows(made: NewAssessment): {
  readonly facts: PackedFacts;
  readonly assessment: AssessmentRow;
  readonly head: AssessmentHeadRow;
} {
  const id = newId();
  const { subject, verdict, facts } = made;
  const common = {
    subject_kind: subject.kind,
    subject_id: subject.id,
    clinic_code: made.clinicCode,
    facts_hash: facts.hash,
    rule_set: made.ruleSet,
  };
  return {
    facts,
    assessment: {
      ...common,
      id,
      at: made.at,
      trigger: made.trigger,
      model_version: made.modelVersion,
      verdict,
      outcomes: storedOutcomes(made.outcomes),
    },
    head: {
      ...common,
      assessment_id: id,
      assessed_at: made.at,
      window_from: made.window.from,
      window_to: made.window.to,
      verdict: verdict?.verdict ?? null,
      verdict_reason: verdict?.reason ?? null,
      llr: verdict?.llr ?? null,
      coverage: verdict?.coverage ?? null,
      awaits_until: made.awaitsUntil,
    },
  };
}
