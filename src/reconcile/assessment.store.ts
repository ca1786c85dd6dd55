import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import type { Verdict } from '../faces/verdict.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import { sha256 } from '../platform/crypto.ts';
import { type Queryable, type Tx, ts, tsOrNull } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { derivedId, newId } from '../platform/ids.ts';
import type { Facts, Subject } from './facts.ts';
import type { Finding, FindingClass, FindingEvidence, Outcome, Phase, RuleOutcome, Severity } from './findings.ts';

/** Facts as they are stored: their canonical JSON and its SHA-256. */
export interface PackedFacts {
  readonly hash: Buffer;
  readonly json: string;
}

export function packFacts(facts: Facts): PackedFacts {
  const json = canonicalJson(facts);
  return { hash: sha256(json), json };
}

/** The facts under a hash. @throws DomainError `not_found`, or `integrity` when they were changed */
export async function loadFacts(db: Queryable, hash: Uint8Array): Promise<Facts> {
  const { rows } = await db.query<{ body: Buffer }>('select body from facts where hash = $1', [Buffer.from(hash)]);
  const [row] = rows;
  if (!row) throw new DomainError('not_found', 'these facts are not kept here (any more)');
  const json = brotliDecompressSync(row.body);
  if (!sha256(json).equals(hash)) throw new DomainError('integrity', 'stored facts do not agree with their hash');
  return JSON.parse(json.toString('utf8')) as Facts;
}

export interface Head {
  readonly assessmentId: string;
  readonly factsHash: Buffer;
  readonly ruleSet: string;
}

export async function headOf(db: Queryable, subject: Subject): Promise<Head | null> {
  const { rows } = await db.query<{ assessment_id: string; facts_hash: Buffer; rule_set: string }>(
    'select assessment_id, facts_hash, rule_set from assessment_heads where subject_kind = $1 and subject_id = $2',
    [subject.kind, subject.id],
  );
  const [row] = rows;
  return row ? { assessmentId: row.assessment_id, factsHash: row.facts_hash, ruleSet: row.rule_set } : null;
}

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

const COMPRESSION = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };

/** Appends an assessment and makes it the newest of its subject, in one statement. @returns its id */
export async function writeAssessment(tx: Tx, assessment: NewAssessment): Promise<string> {
  const id = newId();
  const { subject, verdict } = assessment;
  await tx.query(
    `with f as (
       insert into facts (hash, body, created_at) values ($7, $8, $2) on conflict (hash) do nothing
     ), a as (
       insert into assessments (id, at, subject_kind, subject_id, clinic_code, trigger, facts_hash, rule_set, model_version, verdict, outcomes)
       values ($1, $2, $3, $4, $5, $6, $7, $9, $10, $11, $12)
     )
     insert into assessment_heads (subject_kind, subject_id, clinic_code, assessment_id, assessed_at, window_from, window_to,
       facts_hash, verdict, verdict_reason, llr, coverage, rule_set, awaits_until)
     values ($3, $4, $5, $1, $2, $13, $14, $7, $15, $16, $17, $18, $9, $19)
     on conflict (subject_kind, subject_id) do update set clinic_code = excluded.clinic_code,
       assessment_id = excluded.assessment_id, assessed_at = excluded.assessed_at, window_from = excluded.window_from,
       window_to = excluded.window_to, facts_hash = excluded.facts_hash, verdict = excluded.verdict,
       verdict_reason = excluded.verdict_reason, llr = excluded.llr, coverage = excluded.coverage,
       rule_set = excluded.rule_set, awaits_until = excluded.awaits_until`,
    [
      id,
      ts(assessment.at),
      subject.kind,
      subject.id,
      assessment.clinicCode,
      assessment.trigger,
      assessment.facts.hash,
      brotliCompressSync(assessment.facts.json, COMPRESSION),
      assessment.ruleSet,
      assessment.modelVersion,
      verdict === null ? null : JSON.stringify(verdict),
      JSON.stringify(
        assessment.outcomes.map(({ rule, version, outcome, reason, part }) => ({
          rule: `${rule}@${version}`,
          outcome,
          reason,
          ...(part === null ? {} : { part }),
        })),
      ),
      ts(assessment.window.from),
      ts(assessment.window.to),
      verdict?.verdict ?? null,
      verdict?.reason ?? null,
      verdict?.llr ?? null,
      verdict?.coverage ?? null,
      tsOrNull(assessment.awaitsUntil),
    ],
  );
  return id;
}

const subjectKeyOf = (subject: Subject): string => `${subject.kind}/${subject.id}`;

interface FindingRow {
  id: string;
  rule_id: string;
  rule_version: string;
  subject_key: string;
  incident_key: string;
  phase: Phase;
  class: FindingClass;
  severity: Severity;
  clinic_code: string;
  psn_no: string | null;
  camera_id: string | null;
  setl_ids: string[];
  basis: Finding['basis'];
  outcome: Outcome;
  reason: string;
  evidence: FindingEvidence;
  assessment_id: string;
  first_at: number;
  updated_at: number;
}

const findingOf = (row: FindingRow): Finding => ({
  id: row.id,
  ruleId: row.rule_id,
  ruleVersion: Number(row.rule_version),
  subjectKey: row.subject_key,
  incidentKey: row.incident_key,
  phase: row.phase,
  class: row.class,
  severity: row.severity,
  clinicCode: row.clinic_code,
  psnNo: row.psn_no,
  cameraId: row.camera_id,
  setlIds: row.setl_ids,
  basis: row.basis,
  outcome: row.outcome,
  reason: row.reason,
  evidence: row.evidence,
  assessmentId: row.assessment_id,
  firstAt: row.first_at,
  updatedAt: row.updated_at,
});

/** All findings of an incident, taken back ones too. */
export async function findingsOfIncident(db: Queryable, incidentKey: string): Promise<Finding[]> {
  const { rows } = await db.query<FindingRow>(
    'select * from findings where incident_key = $1 order by rule_id, subject_key',
    [incidentKey],
  );
  return rows.map(findingOf);
}

/**
 * Brings a subject's findings to what the rules say now: hit, undetermined and error are rows; what was one and is no
 * more becomes `clear`, its history kept. @returns the incidents of which something material changed
 */
export async function writeFindings(
  tx: Tx,
  options: {
    readonly subject: Subject;
    readonly clinicCode: string;
    readonly assessmentId: string;
    readonly at: number;
    readonly outcomes: readonly RuleOutcome[];
  },
): Promise<string[]> {
  const base = subjectKeyOf(options.subject);
  const { rows } = await tx.query<FindingRow>(
    `select * from findings where split_part(subject_key, '#', 1) = $1 for update`,
    [base],
  );
  const before = new Map(rows.map((row) => [`${row.rule_id} ${row.subject_key}`, findingOf(row)]));
  const changed = new Set<string>();
  const written: (RuleOutcome & { subjectKey: string })[] = [];
  for (const outcome of options.outcomes) {
    const subjectKey = outcome.part === null ? base : `${base}#${outcome.part}`;
    const key = `${outcome.rule} ${subjectKey}`;
    const known = before.get(key);
    before.delete(key);
    if (!known && outcome.outcome === 'clear') continue;
    if (known && sameFinding(known, outcome)) continue;
    changed.add(outcome.incidentKey);
    if (known) changed.add(known.incidentKey);
    written.push({ ...outcome, subjectKey });
  }
  // What no rule speaks of any more is taken back.
  for (const gone of before.values()) {
    if (gone.outcome === 'clear') continue;
    changed.add(gone.incidentKey);
    await tx.query(
      `update findings set outcome = 'clear', reason = 'no_longer_applies', assessment_id = $2, updated_at = $3 where id = $1`,
      [gone.id, options.assessmentId, ts(options.at)],
    );
  }
  for (const outcome of written) {
    await tx.query(
      `insert into findings (id, rule_id, rule_version, subject_key, incident_key, phase, class, severity, clinic_code, psn_no,
         camera_id, setl_ids, basis, outcome, reason, evidence, assessment_id, first_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)
       on conflict (rule_id, subject_key) do update set rule_version = excluded.rule_version,
         incident_key = excluded.incident_key, phase = excluded.phase, class = excluded.class,
         severity = excluded.severity, psn_no = excluded.psn_no, camera_id = excluded.camera_id,
         setl_ids = excluded.setl_ids, basis = excluded.basis, outcome = excluded.outcome, reason = excluded.reason,
         evidence = excluded.evidence, assessment_id = excluded.assessment_id, updated_at = excluded.updated_at`,
      [
        derivedId('finding', outcome.rule, outcome.subjectKey),
        outcome.rule,
        String(outcome.version),
        outcome.subjectKey,
        outcome.incidentKey,
        outcome.phase,
        outcome.class,
        outcome.severity,
        options.clinicCode,
        outcome.psnNo,
        outcome.cameraId,
        outcome.setlIds,
        outcome.basis,
        outcome.outcome,
        outcome.reason,
        JSON.stringify(evidenceOf(outcome)),
        options.assessmentId,
        ts(options.at),
      ],
    );
  }
  return [...changed];
}

const evidenceOf = (outcome: RuleOutcome): FindingEvidence => ({ ...outcome.evidence, zh: outcome.zh, en: outcome.en });

const sameFinding = (known: Finding, outcome: RuleOutcome): boolean =>
  known.outcome === outcome.outcome &&
  known.reason === outcome.reason &&
  known.class === outcome.class &&
  known.severity === outcome.severity &&
  known.phase === outcome.phase &&
  known.ruleVersion === outcome.version &&
  known.incidentKey === outcome.incidentKey &&
  canonicalJson(known.setlIds) === canonicalJson(outcome.setlIds) &&
  canonicalJson(known.evidence) === canonicalJson(evidenceOf(outcome));
