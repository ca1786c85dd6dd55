import type { PortraitRefusal } from '../../people/portrait-refusals.ts';
import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';

/**
 * running: portraits and recent appearances are described by the model in use · done: each was looked at; the older model still
 * serves · retired: its templates are gone · superseded: another model was configured before it was done.
 */
export type ReEnrolmentState = 'running' | 'done' | 'retired' | 'superseded';

export interface ReEnrolment {
  readonly id: string;
  /** Template version of the model whose templates are made. */
  readonly toVersion: string;
  readonly state: ReEnrolmentState;
  readonly requestedBy: string;
  /** So many pictures at most. */
  readonly perMinute: number;
  readonly startedAt: number;
  readonly updatedAt: number;
  readonly finishedAt: number | null;
  readonly retiredAt: number | null;
  readonly retiredBy: string | null;
}

export interface ReEnrolmentCounts {
  /** Portraits in use. */
  readonly portraits: number;
  /** Those of them that the model in use described. */
  readonly done: number;
  readonly failed: number;
  /** Neither yet. */
  readonly waiting: number;
  /** Recent appearances that could not be described again: nothing is told from them. */
  readonly appearancesFailed: number;
  readonly reasons: readonly {
    readonly code: string;
    readonly zh: string;
    readonly en: string;
    readonly count: number;
  }[];
}

interface Row {
  id: string;
  to_version: string;
  state: ReEnrolmentState;
  requested_by: string;
  per_minute: number;
  started_at: number;
  updated_at: number;
  finished_at: number | null;
  retired_at: number | null;
  retired_by: string | null;
}

const COLUMNS =
  'id, to_version, state, requested_by, per_minute, started_at, updated_at, finished_at, retired_at, retired_by';

const runOf = (row: Row): ReEnrolment => ({
  id: row.id,
  toVersion: row.to_version,
  state: row.state,
  requestedBy: row.requested_by,
  perMinute: row.per_minute,
  startedAt: row.started_at,
  updatedAt: row.updated_at,
  finishedAt: row.finished_at,
  retiredAt: row.retired_at,
  retiredBy: row.retired_by,
});

/** The newest first. */
export async function listRuns(db: Queryable, limit = 50): Promise<ReEnrolment[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from re_enrolments order by started_at desc, id desc limit $1`,
    [limit],
  );
  return rows.map(runOf);
}

/** @throws DomainError `not_found` */
export async function runById(db: Queryable, id: string, lock = false): Promise<ReEnrolment> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from re_enrolments where id = $1${lock ? ' for update' : ''}`,
    [id],
  );
  if (rows[0] === undefined) throw new DomainError('not_found', 'there is no such re-enrolment');
  return runOf(rows[0]);
}

/**
 * The run towards a model: the one that goes on, or a new one. One towards another model is superseded.
 * @returns whether it is new too
 */
export async function beginRun(
  tx: Tx,
  options: { readonly toVersion: string; readonly by: string; readonly perMinute: number; readonly now: number },
): Promise<{ readonly run: ReEnrolment; readonly isNew: boolean }> {
  const at = ts(options.now);
  await tx.query(
    `update re_enrolments set state = 'superseded', updated_at = $2 where state in ('running', 'done') and to_version <> $1`,
    [options.toVersion, at],
  );
  const going = await tx.query<Row>(
    `update re_enrolments set per_minute = $2, updated_at = $3 where state = 'running' and to_version = $1
     returning ${COLUMNS}`,
    [options.toVersion, options.perMinute, at],
  );
  if (going.rows[0] !== undefined) return { run: runOf(going.rows[0]), isNew: false };
  // What a run before it could not do may be possible now: its failures are not this one's.
  await tx.query(
    `update re_enrolments set state = 'superseded', updated_at = $2 where state = 'done' and to_version = $1`,
    [options.toVersion, at],
  );
  const { rows } = await tx.query<Row>(
    `insert into re_enrolments (id, to_version, state, requested_by, per_minute, started_at, updated_at)
     values ($1, $2, 'running', $3, $4, $5, $5) returning ${COLUMNS}`,
    [newId(), options.toVersion, options.by, options.perMinute, at],
  );
  const [row] = rows;
  if (row === undefined) throw new DomainError('internal', 'the re-enrolment was not stored');
  return { run: runOf(row), isNew: true };
}

/** Says that this process is at it until `until`. @returns false: another one is, or it is not running any more */
export async function takeRun(
  db: Queryable,
  id: string,
  options: { readonly now: number; readonly until: number; readonly mine: boolean },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `update re_enrolments set worked_until = $3, updated_at = $2
     where id = $1 and state = 'running' and ($4 or worked_until is null or worked_until < $2)`,
    [id, ts(options.now), ts(options.until), options.mine],
  );
  return rowCount > 0;
}

export const letGo = (db: Queryable, id: string): Promise<unknown> =>
  db.query('update re_enrolments set worked_until = null where id = $1', [id]);

export async function setState(
  tx: Tx,
  id: string,
  to: { readonly state: 'done' | 'retired'; readonly now: number; readonly by?: string },
): Promise<void> {
  await tx.query(
    `update re_enrolments set state = $2, updated_at = $3,
       finished_at = coalesce(finished_at, $3),
       retired_at = case when $2 = 'retired' then $3 end, retired_by = $4
     where id = $1`,
    [id, to.state, ts(to.now), to.by ?? null],
  );
}

/** Whether template `t` of this version is of the face whose first template is `first`. */
const described = (first: string, version: string): string =>
  `exists (select from biometric.templates t where (t.id = ${first} or t.of_id = ${first}) and t.model_version = ${version})`;

const notFailed = (kind: 'portrait' | 'appearance', id: string, run: string): string =>
  `not exists (select from re_enrolment_failures f where f.run_id = ${run} and f.kind = '${kind}' and f.subject_id = ${id})`;

export interface WaitingPortrait {
  readonly id: string;
  readonly blobSha256: Buffer | null;
  readonly templateId: string | null;
}

/** Portraits in use that the model has not described yet, by id, after an id. */
export async function waitingPortraits(
  db: Queryable,
  run: ReEnrolment,
  page: { readonly after: string | null; readonly limit: number },
): Promise<WaitingPortrait[]> {
  const { rows } = await db.query<{ id: string; blob_sha256: Buffer | null; template_id: string | null }>(
    `select p.id, p.blob_sha256, p.template_id from portraits p
     where p.state = 'accepted' and not ${described('p.template_id', '$2')} and ${notFailed('portrait', 'p.id', '$1')}
       and ($4::uuid is null or p.id > $4)
     order by p.id limit $3`,
    [run.id, run.toVersion, page.limit, page.after],
  );
  return rows.map((row) => ({ id: row.id, blobSha256: row.blob_sha256, templateId: row.template_id }));
}

export interface WaitingAppearance {
  readonly id: string;
  readonly templateId: string;
}

/** Appearances that began since then with a template by another model only, by id. */
export async function waitingAppearances(
  db: Queryable,
  run: ReEnrolment,
  since: number,
  limit: number,
): Promise<WaitingAppearance[]> {
  const { rows } = await db.query<{ id: string; template_id: string }>(
    `select a.id, a.template_id from appearances a
     where a.from_at >= $4 and a.template_id is not null and a.state <> 'void'
       and not ${described('a.template_id', '$2')} and ${notFailed('appearance', 'a.id', '$1')}
     order by a.id limit $3`,
    [run.id, run.toVersion, limit, ts(since)],
  );
  return rows.map((row) => ({ id: row.id, templateId: row.template_id }));
}

/** The pictures that are kept of an appearance, best first. */
export async function shotsKept(db: Queryable, appearanceId: string): Promise<Buffer[]> {
  const { rows } = await db.query<{ blob_sha256: Buffer }>(
    `select blob_sha256 from appearance_shots where appearance_id = $1 and blob_sha256 is not null
     order by quality desc, id`,
    [appearanceId],
  );
  return rows.map((row) => row.blob_sha256);
}

export async function putFailure(
  tx: Queryable,
  failure: {
    readonly runId: string;
    readonly kind: 'portrait' | 'appearance';
    readonly subjectId: string;
    readonly reasons: readonly PortraitRefusal[];
    readonly at: number;
  },
): Promise<void> {
  await tx.query(
    `insert into re_enrolment_failures (run_id, kind, subject_id, reasons, at) values ($1, $2, $3, $4, $5)
     on conflict (run_id, kind, subject_id) do nothing`,
    [failure.runId, failure.kind, failure.subjectId, JSON.stringify(failure.reasons), ts(failure.at)],
  );
}

/** How far a run is, counted from what is stored: it says the same after any interruption. */
export async function countsOf(db: Queryable, run: ReEnrolment): Promise<ReEnrolmentCounts> {
  const { rows } = await db.query<{ portraits: number; done: number; failed: number; appearances_failed: number }>(
    `select (select count(*)::int from portraits where state = 'accepted') as portraits,
       (select count(*)::int from portraits where state = 'accepted' and template_id in (
          select coalesce(of_id, id) from biometric.templates where model_version = $2)) as done,
       (select count(*)::int from re_enrolment_failures f join portraits p on p.id = f.subject_id
        where f.run_id = $1 and f.kind = 'portrait' and p.state = 'accepted'
          and not ${described('p.template_id', '$2')}) as failed,
       (select count(*)::int from re_enrolment_failures where run_id = $1 and kind = 'appearance') as appearances_failed`,
    [run.id, run.toVersion],
  );
  const reasons = await db.query<{ code: string; zh: string; en: string; count: number }>(
    `select r ->> 'code' as code, min(r ->> 'zh') as zh, min(r ->> 'en') as en, count(*)::int as count
     from re_enrolment_failures f, jsonb_array_elements(f.reasons) r where f.run_id = $1 and f.kind = 'portrait'
     group by 1 order by count(*) desc, 1`,
    [run.id],
  );
  const { portraits = 0, done = 0, failed = 0, appearances_failed = 0 } = rows[0] ?? {};
  return {
    portraits,
    done,
    failed,
    waiting: portraits - done - failed,
    appearancesFailed: appearances_failed,
    reasons: reasons.rows,
  };
}

export interface ReEnrolmentFailure {
  readonly portraitId: string;
  readonly subjectKind: 'enrollee' | 'staff';
  readonly subjectRef: string;
  readonly reasons: readonly PortraitRefusal[];
}

/** Portraits that could not be made again, by id; of people whose portrait was replaced since, nothing. */
export async function failuresOf(
  db: Queryable,
  runId: string,
  page: { readonly after: string | null; readonly limit: number },
): Promise<ReEnrolmentFailure[]> {
  const { rows } = await db.query<{
    subject_id: string;
    subject_kind: 'enrollee' | 'staff';
    subject_ref: string;
    reasons: PortraitRefusal[];
  }>(
    `select f.subject_id, p.subject_kind, p.subject_ref, f.reasons
     from re_enrolment_failures f join portraits p on p.id = f.subject_id
     where f.run_id = $1 and f.kind = 'portrait' and p.state in ('accepted', 'quarantined', 'failed')
       and ($2::uuid is null or f.subject_id > $2)
     order by f.subject_id limit $3`,
    [runId, page.after, page.limit],
  );
  return rows.map((row) => ({
    portraitId: row.subject_id,
    subjectKind: row.subject_kind,
    subjectRef: row.subject_ref,
    reasons: row.reasons,
  }));
}
