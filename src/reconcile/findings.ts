/** What rules say, and what is kept of it. */
export type Outcome = 'hit' | 'clear' | 'undetermined' | 'error';
export type FindingClass = 'fraud' | 'evidence' | 'device' | 'data';
export type Phase = 'pre' | 'in' | 'post';
export type Severity = 'high' | 'medium' | 'low';
export type Basis = 'face' | 'presence' | 'claims' | 'status' | 'stock';

/** One rule's answer about one subject, or about one part of it (A3: one face of a clinic's day). */
export interface RuleOutcome {
  readonly rule: string;
  readonly version: number;
  readonly outcome: Outcome;
  /** Stable code. */
  readonly reason: string;
  readonly zh: string;
  readonly en: string;
  /** Numbers and ids that the answer rests on: scalars and lists of them. */
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly basis: readonly Basis[];
  readonly phase: Phase;
  readonly class: FindingClass;
  readonly severity: Severity;
  readonly incidentKey: string;
  /** Distinguishes several findings of one rule about one subject; null: there is one. */
  readonly part: string | null;
  readonly psnNo: string | null;
  readonly cameraId: string | null;
  readonly setlIds: readonly string[];
}

/** Form of `findings.evidence`: the sentence in both languages beside the rule's numbers and ids. */
export interface FindingEvidence {
  readonly zh: string;
  readonly en: string;
  readonly [key: string]: unknown;
}
