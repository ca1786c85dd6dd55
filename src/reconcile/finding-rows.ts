import { canonicalJson } from '../platform/canonical-json.ts';
import { derivedId } from '../platform/ids.ts';
import type { Subject } from './facts.ts';
import type { FindingEvidence, RuleOutcome } from './findings.ts';
import type { RuleSet } from './parameters.ts';
import { type FindingRow, subjectBaseOf } from './tables.ts';

export const subjectKeyOf = (subject: Subject): string => `${subject.kind}/${subject.id}`;

export interface FindingChanges {
  /** Rows to be written. */
  readonly put: readonly FindingRow[];
  /** Incidents of which something material changed. */
  readonly incidents: readonly string[];
  /** All findings as they are now. */
  readonly after: readonly FindingRow[];
}

/**
 * What brings a subject's findings to what the rules say now: hit, undetermined and error are rows; what was one and is
 * no more becomes `clear`, its history kept. Of `before`, rows of other subjects stand.
 */
export function findingChanges(
  before: readonly FindingRow[],
  now: {
    readonly subject: Subject;
    readonly clinicCode: string;
    readonly assessmentId: string;
    readonly at: number;
    readonly outcomes: readonly RuleOutcome[];
    /** Rules of the set in force that find nothing new. */
    readonly retired?: RuleSet['retired'];
  },
): FindingChanges {
  const base = subjectKeyOf(now.subject);
  const after = new Map(before.map((row) => [`${row.rule_id} ${row.subject_key}`, row]));
  const unsaid = new Set([...after].flatMap(([key, row]) => (subjectBaseOf(row.subject_key) === base ? [key] : [])));
  const incidents = new Set<string>();
  const put: FindingRow[] = [];
  for (const outcome of now.outcomes) {
    const subjectKey = outcome.part === null ? base : `${base}#${outcome.part}`;
    const key = `${outcome.rule} ${subjectKey}`;
    const known = after.get(key);
    unsaid.delete(key);
    if (!known && outcome.outcome === 'clear') continue;
    if (findsNothingNew(now.retired, outcome.rule, known)) continue;
    if (known && isSame(known, outcome)) continue;
    incidents.add(outcome.incidentKey);
    if (known) incidents.add(known.incident_key);
    const row: FindingRow = {
      id: known?.id ?? derivedId('finding', outcome.rule, subjectKey),
      rule_id: outcome.rule,
      rule_version: String(outcome.version),
      subject_key: subjectKey,
      incident_key: outcome.incidentKey,
      phase: outcome.phase,
      class: outcome.class,
      severity: outcome.severity,
      clinic_code: known?.clinic_code ?? now.clinicCode,
      psn_no: outcome.psnNo,
      camera_id: outcome.cameraId,
      setl_ids: outcome.setlIds,
      basis: outcome.basis,
      outcome: outcome.outcome,
      reason: outcome.reason,
      evidence: evidenceOf(outcome),
      assessment_id: now.assessmentId,
      first_at: known?.first_at ?? now.at,
      updated_at: now.at,
    };
    put.push(row);
    after.set(key, row);
  }
  // What no rule speaks of any more is taken back.
  for (const key of unsaid) {
    const gone = after.get(key);
    if (!gone || gone.outcome === 'clear') continue;
    const why = now.retired?.get(gone.rule_id);
    // Nobody has decided that it is none: this program merely cannot look again.
    if (why === 'missing') continue;
    incidents.add(gone.incident_key);
    const row: FindingRow = {
      ...gone,
      outcome: 'clear',
      reason: why === 'take_back' ? 'rule_turned_off' : 'no_longer_applies',
      assessment_id: now.assessmentId,
      updated_at: now.at,
    };
    put.push(row);
    after.set(key, row);
  }
  return { put, incidents: [...incidents], after: [...after.values()] };
}

/** A rule that was turned off and left speaks only of what it had found. */
const findsNothingNew = (
  retired: RuleSet['retired'] | undefined,
  rule: string,
  known: FindingRow | undefined,
): boolean => retired?.get(rule) === 'leave' && (known === undefined || known.outcome === 'clear');

const evidenceOf = (outcome: RuleOutcome): FindingEvidence => ({ ...outcome.evidence, zh: outcome.zh, en: outcome.en });

const isSame = (known: FindingRow, outcome: RuleOutcome): boolean =>
  known.outcome === outcome.outcome &&
  known.reason === outcome.reason &&
  known.class === outcome.class &&
  known.severity === outcome.severity &&
  known.phase === outcome.phase &&
  known.rule_version === String(outcome.version) &&
  known.incident_key === outcome.incidentKey &&
  canonicalJson(known.setl_ids) === canonicalJson(outcome.setlIds) &&
  canonicalJson(known.evidence) === canonicalJson(evidenceOf(outcome));
