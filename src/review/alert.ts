import { type AlertState, isPeoples } from './flow/states.ts';
import type { Bilingual } from './words/bilingual.ts';
import { alertTitle } from './words/title.ts';

/** Pure: what alert the findings of one incident amount to, and what becomes of the alert that stands already. */

export type Phase = 'pre' | 'in' | 'post';
export type AlertClass = 'fraud' | 'evidence' | 'device' | 'data';
export type Severity = 'high' | 'medium' | 'low';
/** Whether it has passed the alarm budget: only what is shown stands on reviewers' screens. */
export type QueueState = 'shown' | 'waiting';
export type SubjectKind = 'settlement' | 'person' | 'staff' | 'clinic' | 'camera';
export type Outcome = 'hit' | 'undetermined' | 'error' | 'clear';

/** A row of `findings`. Times in epoch ms. */
export interface Finding {
  readonly id: string;
  readonly ruleId: string;
  readonly ruleVersion: string;
  readonly subjectKey: string;
  readonly incidentKey: string;
  readonly phase: Phase;
  readonly class: AlertClass;
  readonly severity: Severity;
  readonly clinicCode: string;
  readonly psnNo: string | null;
  readonly cameraId: string | null;
  readonly setlIds: readonly string[];
  readonly basis: readonly string[];
  readonly outcome: Outcome;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly assessmentId: string;
  readonly firstAt: number;
  readonly updatedAt: number;
}

/** What is stored of an alert, apart from its life. */
export interface AlertDraft {
  readonly incidentKey: string;
  readonly phase: Phase;
  readonly phases: readonly Phase[];
  readonly class: AlertClass;
  readonly severity: Severity;
  readonly subjectKind: SubjectKind;
  readonly clinicCode: string;
  readonly psnNo: string | null;
  readonly cameraId: string | null;
  readonly setlIds: readonly string[];
  readonly title: Bilingual;
  /** id@version of the rules that hit. */
  readonly rules: readonly string[];
  /** Hits first, then what stays undetermined; each as the alert keeps it. */
  readonly findings: readonly AlertFinding[];
  readonly lead: Finding;
}

export interface AlertFinding {
  readonly id: string;
  readonly rule: string;
  readonly phase: Phase;
  readonly class: AlertClass;
  readonly severity: Severity;
  readonly outcome: Outcome;
  readonly reason: string;
  readonly basis: readonly string[];
  readonly setlIds: readonly string[];
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly updatedAt: number;
}

const CLASS_ORDER: readonly AlertClass[] = ['fraud', 'evidence', 'device', 'data'];
const SEVERITY_ORDER: readonly Severity[] = ['high', 'medium', 'low'];
const PHASE_ORDER: readonly Phase[] = ['pre', 'in', 'post'];

/**
 * The one alert of an incident. Only hits raise one: what is undetermined or failed is shown beside a hit, and is never
 * a reason by itself (law 1: no evidence is not evidence of fraud).
 */
export function alertOf(findings: readonly Finding[]): AlertDraft | null {
  const hits = findings.filter((finding) => finding.outcome === 'hit').sort(byWeight);
  const lead = hits[0];
  if (!lead) return null;
  const others = findings
    .filter((finding) => finding.outcome === 'undetermined' || finding.outcome === 'error')
    .sort(byWeight);
  const setlIds = unique(hits.flatMap((hit) => hit.setlIds)).sort();
  return {
    incidentKey: lead.incidentKey,
    phase: lead.phase,
    phases: PHASE_ORDER.filter((phase) => hits.some((hit) => hit.phase === phase)),
    class: lead.class,
    severity: lead.severity,
    subjectKind: subjectKindOf(lead),
    clinicCode: lead.clinicCode,
    psnNo: lead.psnNo ?? hits.find((hit) => hit.psnNo !== null)?.psnNo ?? null,
    cameraId: lead.cameraId ?? hits.find((hit) => hit.cameraId !== null)?.cameraId ?? null,
    setlIds,
    title: alertTitle({
      ruleId: lead.ruleId,
      reason: lead.reason,
      numbers: numbersOf(lead.evidence),
      settlements: setlIds.length,
    }),
    rules: unique(hits.map(ruleOf)),
    findings: [...hits, ...others].map(kept),
    lead,
  };
}

export const ruleOf = (finding: { readonly ruleId: string; readonly ruleVersion: string }): string =>
  `${finding.ruleId}@${finding.ruleVersion}`;

/** What a rule computed: a finding's evidence holds it beside the sentence in both languages. */
export function numbersOf(evidence: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { zh: _zh, en: _en, ...numbers } = evidence;
  return numbers;
}

const byWeight = (a: Finding, b: Finding): number =>
  CLASS_ORDER.indexOf(a.class) - CLASS_ORDER.indexOf(b.class) ||
  SEVERITY_ORDER.indexOf(a.severity) - SEVERITY_ORDER.indexOf(b.severity) ||
  PHASE_ORDER.indexOf(a.phase) - PHASE_ORDER.indexOf(b.phase) ||
  compare(a.ruleId, b.ruleId) ||
  compare(a.subjectKey, b.subjectKey);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];

const kept = (finding: Finding): AlertFinding => ({
  id: finding.id,
  rule: ruleOf(finding),
  phase: finding.phase,
  class: finding.class,
  severity: finding.severity,
  outcome: finding.outcome,
  reason: finding.reason,
  basis: finding.basis,
  setlIds: finding.setlIds,
  evidence: finding.evidence,
  updatedAt: finding.updatedAt,
});

const STAFF_RULES = new Set(['A4', 'S3']);

function subjectKindOf(lead: Finding): SubjectKind {
  if (STAFF_RULES.has(lead.ruleId)) return 'staff';
  if (lead.cameraId !== null && (lead.class === 'device' || lead.class === 'evidence')) return 'camera';
  if (/^clinic-(day|month|score):/.test(lead.incidentKey)) return 'clinic';
  if (/^(face-day|person-month):/.test(lead.incidentKey)) return 'person';
  if (lead.setlIds.length > 0) return 'settlement';
  return lead.psnNo === null ? 'clinic' : 'person';
}

/** What stands in the database, as far as its life is concerned. */
export interface StandingAlert {
  readonly state: AlertState;
  /** Whether any finding hits at present. */
  readonly hits: boolean;
  readonly dismissedRules: readonly string[];
}

export type AlertStep =
  | { readonly action: 'none' }
  | { readonly action: 'raise' }
  /** New content under the state that it has. */
  | { readonly action: 'revise' }
  /** An alert that people closed or have gone on with, whose findings went away: it stays so, and knows it. */
  | { readonly action: 'settle' }
  | { readonly action: 'withdraw' }
  | { readonly action: 'return'; readonly reason: 'hit_again' | 'new_rule' };

/** Rules that ask of the same settlements what others asked: who dismissed those has answered. */
const SAME_QUESTION: Readonly<Record<string, readonly string[]>> = { S3: ['S1', 'S2'] };

/**
 * What the newest findings do to an alert. A person's exclusion outweighs the machine: only a rule that had not hit when it was
 * excluded or closed brings it back (a new version of the same rule does not). What people verify, determine and handle they carry
 * on themselves.
 */
export function nextStep(standing: StandingAlert | null, draft: AlertDraft | null): AlertStep {
  if (!standing) return draft ? { action: 'raise' } : { action: 'none' };
  if (standing.state === 'withdrawn') return draft ? { action: 'return', reason: 'hit_again' } : { action: 'none' };
  if (!isPeoples(standing.state)) return draft ? { action: 'revise' } : { action: 'withdraw' };
  if (!draft) return { action: standing.hits ? 'settle' : 'none' };
  const known = new Set(standing.dismissedRules.map(ruleIdOf));
  // No rules: people found it right, or are about to.
  if (known.size === 0) return { action: 'revise' };
  const fresh = draft.rules
    .map(ruleIdOf)
    .some((rule) => !known.has(rule) && !SAME_QUESTION[rule]?.some((other) => known.has(other)));
  return fresh ? { action: 'return', reason: 'new_rule' } : { action: 'revise' };
}

export const ruleIdOf = (rule: string): string => rule.split('@')[0] ?? rule;
