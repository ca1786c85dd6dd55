import type { Verdict } from '../faces/verdict.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import { type Queryable, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { verdictIn } from './assess.ts';
import { storedOutcomes } from './assessment-rows.ts';
import type { RuleOutcome } from './findings.ts';
import { openRuleSet, type RuleSet, type RuleSetBody } from './parameters.ts';
import { factsOf, type StoredHead } from './rule-sets/scan.ts';
import { catalogue as ownCatalogue, type RuleCatalogue } from './rules/catalogue.ts';
import { evaluateAll } from './rules/rule.ts';
import type { StoredOutcome } from './tables.ts';

/** Why something cannot be reproduced. `reason`: a stable code; `why`: in plain words. */
export interface Obstacle {
  readonly reason: string;
  readonly why: string;
}

export interface Replay {
  readonly assessmentId: string;
  readonly at: number;
  readonly clinicCode: string;
  readonly subject: string;
  readonly ruleSet: string;
  readonly stored: { readonly outcomes: readonly StoredOutcome[]; readonly verdict: Verdict | null };
  /** null: the facts cannot be read. */
  readonly replayed: { readonly outcomes: readonly RuleOutcome[]; readonly verdict: Verdict | null } | null;
  /** What stands in the way of reproducing it; empty: it can be reproduced, and `identical` tells whether it was. */
  readonly obstacles: readonly Obstacle[];
  /** The same rules in the same versions say the same of the same facts, byte for byte in canonical JSON. */
  readonly identical: boolean;
}

interface AssessmentToReplay {
  readonly id: string;
  readonly at: number;
  readonly kind: string;
  readonly subjectId: string;
  readonly clinicCode: string;
  readonly factsHash: Buffer;
  readonly facts: Buffer | null;
  readonly ruleSet: string;
  readonly outcomes: readonly StoredOutcome[];
  readonly verdict: Verdict | null;
}

const SELECT = `select a.id, a.at, a.subject_kind as kind, a.subject_id as "subjectId", a.clinic_code as "clinicCode",
    a.facts_hash as "factsHash", f.body as facts, a.rule_set as "ruleSet", a.outcomes, a.verdict
  from assessments a left join facts f on f.hash = a.facts_hash`;

/**
 * Runs the rules of the set that stood then, in the versions that it names, over an assessment's stored facts. What stands in
 * the way is told, never guessed around.
 * @throws DomainError `not_found` when the assessment is not here
 */
export async function replayAssessment(
  db: Queryable,
  assessmentId: string,
  options: { readonly catalogue?: RuleCatalogue } = {},
): Promise<Replay> {
  const { rows } = await db.query<AssessmentToReplay>(`${SELECT} where a.id = $1`, [assessmentId]);
  const row = rows[0];
  if (!row) {
    throw new DomainError('not_found', `there is no assessment ${assessmentId} here`, {
      remedy: 'Findings and decisions name the assessment that they rest on.',
      zh: '没有这次判定记录。',
    });
  }
  return replayOf(row, await ruleSetNamed(db, row.ruleSet, options.catalogue ?? ownCatalogue));
}

async function ruleSetNamed(db: Queryable, version: string, catalogue: RuleCatalogue): Promise<RuleSet> {
  const { rows } = await db.query<{ body: RuleSetBody }>('select body from rule_sets where version = $1', [version]);
  if (!rows[0]) throw new DomainError('integrity', `the text of rule set ${version} is gone`);
  return openRuleSet(rows[0].body, { catalogue, version });
}

function replayOf(row: AssessmentToReplay, ruleSet: RuleSet): Replay {
  const about = {
    assessmentId: row.id,
    at: row.at,
    clinicCode: row.clinicCode,
    subject: `${row.kind}/${row.subjectId}`,
    ruleSet: row.ruleSet,
    stored: { outcomes: row.outcomes, verdict: row.verdict },
  };
  const head: Pick<StoredHead, 'facts' | 'factsHash'> = row;
  const readable = factsOf(head);
  if (readable.facts === null) {
    const { reason, why } = readable;
    return { ...about, replayed: null, obstacles: [{ reason, why }], identical: false };
  }
  // A rule that said nothing of this subject is not missed.
  const said = new Set(row.outcomes.map(({ rule }) => rule));
  const obstacles = ruleSet.missing
    .filter(({ rule }) => said.has(rule))
    .map(({ rule, why }): Obstacle => ({ reason: `rule_missing:${rule}`, why: `not reproducible: ${why}` }));
  const outcomes = evaluateAll(ruleSet.rules, readable.facts);
  const verdict = verdictIn(readable.facts);
  const identical =
    obstacles.length === 0 &&
    canonicalJson(storedOutcomes(outcomes)) === canonicalJson(row.outcomes) &&
    canonicalJson(verdict) === canonicalJson(row.verdict);
  return { ...about, replayed: { outcomes, verdict }, obstacles, identical };
}

export interface SpanReplay {
  readonly assessments: number;
  readonly identical: number;
  /** Reproduced, and otherwise than stored: the program no longer means what it meant. */
  readonly different: number;
  /** Not reproducible, by reason. */
  readonly notReproducible: Readonly<Record<string, number>>;
  /** The first ones that differ. */
  readonly examples: readonly { readonly assessmentId: string; readonly subject: string }[];
}

const PAGE = 500;
const EXAMPLES = 10;

/** Reproduces every assessment that was made with from <= at < to, page by page. */
export async function replaySpan(
  db: Queryable,
  span: { readonly from: number; readonly to: number },
  options: { readonly catalogue?: RuleCatalogue; readonly onPage?: (done: number) => void } = {},
): Promise<SpanReplay> {
  const { catalogue = ownCatalogue, onPage } = options;
  const ruleSets = new Map<string, RuleSet>();
  const notReproducible: Record<string, number> = {};
  const examples: { assessmentId: string; subject: string }[] = [];
  let assessments = 0;
  let identical = 0;
  let different = 0;
  for (let after = '00000000-0000-0000-0000-000000000000'; ; ) {
    const { rows } = await db.query<AssessmentToReplay>(
      `${SELECT} where a.id > $1 and a.at >= $2 and a.at < $3 order by a.id limit ${PAGE}`,
      [after, ts(span.from), ts(span.to)],
    );
    for (const row of rows) {
      let ruleSet = ruleSets.get(row.ruleSet);
      if (ruleSet === undefined) {
        ruleSet = await ruleSetNamed(db, row.ruleSet, catalogue);
        ruleSets.set(row.ruleSet, ruleSet);
      }
      const replay = replayOf(row, ruleSet);
      after = row.id;
      assessments += 1;
      if (replay.identical) identical += 1;
      else if (replay.obstacles.length === 0) {
        different += 1;
        if (examples.length < EXAMPLES) examples.push({ assessmentId: row.id, subject: replay.subject });
      }
      for (const { reason } of replay.obstacles.slice(0, 1))
        notReproducible[reason] = (notReproducible[reason] ?? 0) + 1;
    }
    onPage?.(assessments);
    if (rows.length < PAGE) return { assessments, identical, different, notReproducible, examples };
  }
}
