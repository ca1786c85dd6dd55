import { type Queryable, type Tx, ts, tsOrNull } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import type { ComparedRow } from './compare.ts';
import type { RunResult } from './summary.ts';

/** A candidate run over the past (backtest) or over what is assessed from its start on (shadow). Times in epoch ms. */
export interface Run {
  readonly id: string;
  readonly kind: 'backtest' | 'shadow';
  readonly proposalId: string | null;
  readonly name: string;
  readonly version: string;
  readonly baseVersion: string;
  readonly from: number | null;
  readonly to: number | null;
  readonly state: 'running' | 'done' | 'stopped';
  readonly stopReason: string | null;
  /** HeadCursor of a backtest, `{assessmentId}` of a shadow. */
  readonly cursor: Readonly<Record<string, unknown>>;
  /** Subjects in the span when it began; null: nobody can tell. */
  readonly total: number | null;
  readonly subjects: number;
  readonly replayed: number;
  readonly notReplayable: Readonly<Record<string, number>>;
  /** By rule and outcome, of the candidate. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly evaluatingMs: number;
  readonly slowestMs: number;
  /** In a row. */
  readonly failures: number;
  readonly lastError: string | null;
  readonly result: RunResult | null;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const COLUMNS = `id, kind, proposal_id as "proposalId", name, version, base_version as "baseVersion", from_at as "from",
  to_at as "to", state, stop_reason as "stopReason", cursor, total, subjects, replayed, not_replayable as "notReplayable",
  outcomes, evaluating_ms as "evaluatingMs", slowest_ms as "slowestMs", failures, last_error as "lastError", result,
  created_by as "createdBy", created_at as "createdAt", updated_at as "updatedAt"`;

/** @throws DomainError `not_found` */
export async function runById(db: Queryable, id: string): Promise<Run> {
  const { rows } = await db.query<Run>(`select ${COLUMNS} from candidate_runs where id = $1`, [id]);
  if (rows[0]) return rows[0];
  throw new DomainError('not_found', `there is no backtest or shadow run ${id} here`, {
    remedy: 'GET /v1/backtests lists backtests; a shadow run stands with its rule set.',
    zh: '没有这次回测或影子运行。',
  });
}

/** Locked, if it runs and nobody else is at it; null otherwise. */
export async function takeRun(tx: Tx, id: string): Promise<Run | null> {
  const { rows } = await tx.query<Run>(
    `select ${COLUMNS} from candidate_runs where id = $1 and state = 'running' for update skip locked`,
    [id],
  );
  return rows[0] ?? null;
}

export async function runningRuns(db: Queryable): Promise<Run[]> {
  const { rows } = await db.query<Run>(
    `select ${COLUMNS} from candidate_runs where state = 'running' order by updated_at`,
  );
  return rows;
}

/** Backtests, the newest first. */
export async function listBacktests(
  db: Queryable,
  query: { readonly after: { readonly at: number; readonly id: string } | null; readonly limit: number },
): Promise<Run[]> {
  const { rows } = await db.query<Run>(
    `select ${COLUMNS} from candidate_runs where kind = 'backtest'
       and ($1::timestamptz is null or (created_at, id) < ($1, $2::uuid))
     order by created_at desc, id desc limit $3`,
    [tsOrNull(query.after?.at), query.after?.id ?? null, query.limit],
  );
  return rows;
}

/** The newest shadow run of a proposal, whatever became of it; null: there was none. */
export async function shadowOf(db: Queryable, proposalId: string): Promise<Run | null> {
  const { rows } = await db.query<Run>(
    `select ${COLUMNS} from candidate_runs where proposal_id = $1 and kind = 'shadow' order by created_at desc, id desc limit 1`,
    [proposalId],
  );
  return rows[0] ?? null;
}

/** A backtest of the same set over the same span that was begun and not ended; null: none. @param of.to null: whatever its end */
export async function unfinishedBacktest(
  db: Queryable,
  of: { readonly version: string; readonly baseVersion: string; readonly from: number; readonly to: number | null },
): Promise<Run | null> {
  const { rows } = await db.query<Run>(
    `select ${COLUMNS} from candidate_runs where kind = 'backtest' and state = 'running' and version = $1
       and base_version = $2 and from_at = $3 and ($4::timestamptz is null or to_at = $4) order by created_at limit 1`,
    [of.version, of.baseVersion, ts(of.from), tsOrNull(of.to)],
  );
  return rows[0] ?? null;
}

export type NewRun = Pick<
  Run,
  | 'id'
  | 'kind'
  | 'proposalId'
  | 'name'
  | 'version'
  | 'baseVersion'
  | 'from'
  | 'to'
  | 'cursor'
  | 'total'
  | 'createdBy'
  | 'createdAt'
>;

export async function addRun(db: Queryable, run: NewRun): Promise<void> {
  await db.query(
    `insert into candidate_runs (id, kind, proposal_id, name, version, base_version, from_at, to_at, state, cursor, total,
       created_by, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9, $10, $11, $12, $12)`,
    [
      run.id,
      run.kind,
      run.proposalId,
      run.name,
      run.version,
      run.baseVersion,
      tsOrNull(run.from),
      tsOrNull(run.to),
      JSON.stringify(run.cursor),
      run.total,
      run.createdBy,
      ts(run.createdAt),
    ],
  );
}

/** Writes how far a run has come. */
export async function saveRun(tx: Tx, run: Run, at: number): Promise<void> {
  await tx.query(
    `update candidate_runs set state = $2, stop_reason = $3, cursor = $4, subjects = $5, replayed = $6, not_replayable = $7,
       outcomes = $8, evaluating_ms = $9, slowest_ms = $10, failures = 0, last_error = null, result = $11, updated_at = $12
     where id = $1`,
    [
      run.id,
      run.state,
      run.stopReason,
      JSON.stringify(run.cursor),
      run.subjects,
      run.replayed,
      JSON.stringify(run.notReplayable),
      JSON.stringify(run.outcomes),
      run.evaluatingMs,
      run.slowestMs,
      run.result === null ? null : JSON.stringify(run.result),
      ts(at),
    ],
  );
}

/** A step failed: it is tried again, and ends the run when it fails `most` times in a row. */
export async function noteFailure(db: Queryable, id: string, error: Error, most: number, at: number): Promise<void> {
  await db.query(
    `update candidate_runs set failures = failures + 1, last_error = $2, updated_at = $4,
       state = case when failures + 1 >= $3 then 'stopped' else state end,
       stop_reason = case when failures + 1 >= $3 then 'it failed again and again' else stop_reason end
     where id = $1 and state = 'running'`,
    [id, error.message.slice(0, 500), most, ts(at)],
  );
}

export async function stopRun(db: Queryable, id: string, reason: string, at: number): Promise<boolean> {
  const { rowCount } = await db.query(
    `update candidate_runs set state = 'stopped', stop_reason = $2, updated_at = $3 where id = $1 and state = 'running'`,
    [id, reason, ts(at)],
  );
  return rowCount > 0;
}

/** Ends a proposal's shadow run, if one runs. */
export const stopShadow = async (db: Queryable, proposalId: string, reason: string, at: number): Promise<boolean> =>
  (
    await db.query(
      `update candidate_runs set state = 'stopped', stop_reason = $2, updated_at = $3
       where proposal_id = $1 and kind = 'shadow' and state = 'running'`,
      [proposalId, reason, ts(at)],
    )
  ).rowCount > 0;

/** Takes the place of what was known of these subjects. */
export async function putOutcomes(
  tx: Tx,
  runId: string,
  subjects: readonly string[],
  rows: readonly (ComparedRow & { readonly subject: string; readonly clinicCode: string; readonly at: number })[],
): Promise<void> {
  if (subjects.length > 0)
    await tx.query('delete from candidate_outcomes where run_id = $1 and subject = any($2)', [runId, subjects]);
  if (rows.length === 0) return;
  await tx.query(
    `insert into candidate_outcomes (run_id, subject, rule_id, part, incident_key, clinic_code, at, held, would, reason, zh, en)
     select $1, r.* from jsonb_to_recordset($2::jsonb) as r (subject text, rule_id text, part text, incident_key text,
       clinic_code text, at timestamptz, held text, would text, reason text, zh text, en text)`,
    [
      runId,
      JSON.stringify(
        rows.map((row) => ({
          subject: row.subject,
          rule_id: row.ruleId,
          part: row.part,
          incident_key: row.incidentKey,
          clinic_code: row.clinicCode,
          at: ts(row.at),
          held: row.held,
          would: row.would,
          reason: row.reason,
          zh: row.zh,
          en: row.en,
        })),
      ),
    ],
  );
}

const KEPT_MS = 30 * 86_400_000;

/** Forgets the single outcomes of runs that ended thirty days ago; their results stay. @returns how many */
export async function sweepOutcomes(db: Queryable, now: number): Promise<number> {
  const { rowCount } = await db.query(
    `delete from candidate_outcomes where run_id in
       (select id from candidate_runs where state <> 'running' and updated_at < $1)`,
    [ts(now - KEPT_MS)],
  );
  return rowCount;
}
