import { type Queryable, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { openFacts } from '../facts-form.ts';
import { type Readable, readableFacts } from '../facts-schema.ts';
import type { HeldFinding } from './compare.ts';

/** Where a walk over heads stands: after this one. Clinic by clinic, so that an index serves each step. */
export interface HeadCursor {
  readonly clinic: string | null;
  readonly at: number;
  readonly kind: string;
  readonly id: string;
}

export const FIRST_HEAD: HeadCursor = { clinic: null, at: 0, kind: '', id: '' };

/** The newest assessment of a subject. */
export interface StoredHead {
  readonly kind: string;
  readonly id: string;
  readonly clinicCode: string;
  /** Begin of its window. */
  readonly at: number;
  readonly ruleSet: string;
  readonly factsHash: Buffer;
  readonly facts: Buffer | null;
}

const HEAD_COLUMNS = `h.subject_kind as kind, h.subject_id as id, h.clinic_code as "clinicCode", h.window_from as at,
  h.rule_set as "ruleSet", h.facts_hash as "factsHash"`;

/** Heads with from <= window_from < to, after the cursor. @returns null: there are no more */
export async function nextHeads(
  db: Queryable,
  cursor: HeadCursor,
  options: { readonly from: number; readonly to: number; readonly limit: number; readonly withFacts: boolean },
): Promise<{ readonly heads: readonly StoredHead[]; readonly cursor: HeadCursor } | null> {
  let at = cursor.clinic === null ? await clinicAfter(db, '') : cursor;
  while (at !== null) {
    const { rows } = await db.query<StoredHead>(
      `select ${HEAD_COLUMNS}, ${options.withFacts ? 'f.body' : 'null::bytea'} as facts
       from assessment_heads h ${options.withFacts ? 'left join facts f on f.hash = h.facts_hash' : ''}
       where h.clinic_code = $1 and h.window_from >= greatest($2::timestamptz, $3::timestamptz) and h.window_from < $4
         and (h.window_from, h.subject_kind, h.subject_id) > ($3, $5, $6)
       order by h.window_from, h.subject_kind, h.subject_id limit $7`,
      [at.clinic, ts(options.from), ts(at.at), ts(options.to), at.kind, at.id, options.limit],
    );
    const last = rows.at(-1);
    if (last !== undefined)
      return { heads: rows, cursor: { clinic: last.clinicCode, at: last.at, kind: last.kind, id: last.id } };
    at = await clinicAfter(db, at.clinic ?? '');
  }
  return null;
}

async function clinicAfter(db: Queryable, clinic: string): Promise<HeadCursor | null> {
  const { rows } = await db.query<{ clinic: string | null }>(
    'select min(clinic_code) as clinic from assessment_heads where clinic_code > $1',
    [clinic],
  );
  const next = rows[0]?.clinic ?? null;
  return next === null ? null : { ...FIRST_HEAD, clinic: next };
}

export async function countHeads(db: Queryable, from: number, to: number): Promise<number> {
  const { rows } = await db.query<{ n: number }>(
    'select count(*) as n from assessment_heads where window_from >= $1 and window_from < $2',
    [ts(from), ts(to)],
  );
  return rows[0]?.n ?? 0;
}

/** Heads of subjects with their facts, in no order; a subject twice is one. */
export async function headsOf(
  db: Queryable,
  subjects: readonly { readonly kind: string; readonly id: string }[],
): Promise<StoredHead[]> {
  const { rows } = await db.query<StoredHead>(
    `select ${HEAD_COLUMNS}, f.body as facts
     from (select distinct kind, id from unnest($1::text[], $2::text[]) as t (kind, id)) s
     join assessment_heads h on h.subject_kind = s.kind and h.subject_id = s.id
     left join facts f on f.hash = h.facts_hash`,
    [subjects.map(({ kind }) => kind), subjects.map(({ id }) => id)],
  );
  return rows;
}

/** Findings that stand about subjects, by `<kind>/<id>`. */
export async function heldFindings(
  db: Queryable,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, readonly HeldFinding[]>> {
  const { rows } = await db.query<HeldFinding & { subject: string }>(
    `select split_part(subject_key, '#', 1) as subject, rule_id as "ruleId",
       coalesce(nullif(substring(subject_key from '#(.*)$'), ''), '') as part, incident_key as "incidentKey", outcome, reason,
       evidence->>'zh' as zh, evidence->>'en' as en
     from findings where split_part(subject_key, '#', 1) = any($1) and outcome <> 'clear'`,
    [subjects],
  );
  const held = new Map<string, HeldFinding[]>();
  for (const { subject, ...finding } of rows) {
    const list = held.get(subject) ?? [];
    list.push(finding);
    held.set(subject, list);
  }
  return held;
}

/** The facts of a head as rules read them, or why they cannot be. Throws for no damage: it is counted. */
export function factsOf(head: Pick<StoredHead, 'facts' | 'factsHash'>): Readable {
  if (head.facts === null) {
    return { facts: null, reason: 'facts_not_kept', why: 'its facts are not kept here (any more)' };
  }
  try {
    return readableFacts(openFacts(head.facts, head.factsHash));
  } catch (error) {
    const damaged = error instanceof DomainError && error.code === 'integrity';
    return { facts: null, reason: damaged ? 'facts_damaged' : 'facts_unreadable', why: (error as Error).message };
  }
}
