import type { Scope } from '../../access/principal.ts';
import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { newId } from '../../platform/ids.ts';
import type { ImportKind } from './feeds.ts';

export interface ImportJob {
  readonly id: string;
  readonly kind: ImportKind;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly fileName: string;
  readonly csvSha256: Buffer;
  readonly portraitsSha256: Buffer | null;
  /** Rows and pictures; null until they have been counted. */
  readonly total: number | null;
  readonly done: number;
  readonly accepted: number;
  readonly refused: number;
  readonly error: string | null;
  readonly requestedBy: string;
  readonly scope: Scope;
  readonly createdAt: number;
  readonly finishedAt: number | null;
}

interface Row {
  id: string;
  kind: ImportKind;
  state: ImportJob['state'];
  file_name: string;
  blob_sha256: Buffer;
  portraits_blob_sha256: Buffer | null;
  total_rows: number | null;
  done_rows: number;
  accepted_rows: number;
  refused_rows: number;
  error: string | null;
  requested_by: string;
  scope_region: string | null;
  scope_clinic: string | null;
  created_at: number;
  finished_at: number | null;
}

const jobOf = (row: Row): ImportJob => ({
  id: row.id,
  kind: row.kind,
  state: row.state,
  fileName: row.file_name,
  csvSha256: row.blob_sha256,
  portraitsSha256: row.portraits_blob_sha256,
  total: row.total_rows,
  done: row.done_rows,
  accepted: row.accepted_rows,
  refused: row.refused_rows,
  error: row.error,
  requestedBy: row.requested_by,
  scope: { regionPrefix: row.scope_region, clinicCode: row.scope_clinic },
  createdAt: row.created_at,
  finishedAt: row.finished_at,
});

export async function addImport(
  tx: Tx,
  job: Pick<ImportJob, 'kind' | 'fileName' | 'csvSha256' | 'portraitsSha256' | 'requestedBy' | 'scope'> & {
    readonly createdAt: number;
  },
): Promise<string> {
  const id = newId();
  await tx.query(
    `insert into imports (id, kind, state, file_name, blob_sha256, portraits_blob_sha256, requested_by, scope_region,
       scope_clinic, created_at) values ($1, $2, 'waiting', $3, $4, $5, $6, $7, $8, $9)`,
    [
      id,
      job.kind,
      job.fileName,
      job.csvSha256,
      job.portraitsSha256,
      job.requestedBy,
      job.scope.regionPrefix,
      job.scope.clinicCode,
      ts(job.createdAt),
    ],
  );
  return id;
}

export async function getImport(db: Queryable, id: string): Promise<ImportJob | null> {
  const { rows } = await db.query<Row>('select * from imports where id = $1', [id]);
  return rows[0] === undefined ? null : jobOf(rows[0]);
}

/** Imports of callers within a scope, newest first. */
export async function listImports(
  db: Queryable,
  scope: Scope,
  page: { readonly id: string | null; readonly after: string | null; readonly limit: number },
): Promise<ImportJob[]> {
  const { rows } = await db.query<Row>(
    `select i.* from imports i left join clinics c on c.code = i.scope_clinic
     where ($1::text is null or coalesce(i.scope_region, c.region_code) like $1 || '%')
       and ($2::text is null or i.scope_clinic = $2)
       and ($3::uuid is null or i.id = $3) and ($4::uuid is null or i.id < $4)
     order by i.id desc limit $5`,
    [scope.regionPrefix, scope.clinicCode, page.id, page.after, page.limit],
  );
  return rows.map(jobOf);
}

export async function startImport(db: Queryable, id: string, total: number): Promise<void> {
  await db.query(
    `update imports set state = 'running', total_rows = $2 where id = $1 and state in ('waiting', 'running')`,
    [id, total],
  );
}

export interface Refusal {
  /** Line of the CSV; for a picture its number in the zip. */
  readonly row: number;
  /** Name of the picture in the zip; null for a line of the CSV. */
  readonly file: string | null;
  readonly reason: string;
  readonly detail: string | null;
}

/** Locks the job for one batch. @returns how many rows are done, or null when it is no longer running */
export async function lockProgress(tx: Tx, id: string): Promise<number | null> {
  const { rows } = await tx.query<{ done_rows: number }>(
    `select done_rows from imports where id = $1 and state = 'running' for update`,
    [id],
  );
  return rows[0]?.done_rows ?? null;
}

/** Advances a job by a batch, in the transaction that stored its rows. */
export async function recordProgress(tx: Tx, id: string, done: number, refusals: readonly Refusal[]): Promise<void> {
  await tx.query(
    `update imports set done_rows = done_rows + $2, accepted_rows = accepted_rows + $3, refused_rows = refused_rows + $4
     where id = $1`,
    [id, done, done - refusals.length, refusals.length],
  );
  if (refusals.length === 0) return;
  await tx.query(
    `insert into import_refusals (import_id, row_no, file, reason, detail)
     select $1, * from unnest($2::int[], $3::text[], $4::text[], $5::text[]) on conflict do nothing`,
    [
      id,
      refusals.map((refusal) => refusal.row),
      refusals.map((refusal) => refusal.file),
      refusals.map((refusal) => refusal.reason),
      refusals.map((refusal) => refusal.detail),
    ],
  );
}

export async function finishImport(tx: Tx, id: string, error: string | null, at: number): Promise<void> {
  await tx.query(`update imports set state = $2, error = $3, finished_at = $4 where id = $1`, [
    id,
    error === null ? 'done' : 'failed',
    error,
    ts(at),
  ]);
}

/** Refusals in the order of the rows, pictures after them. `after`: how many to leave out. */
export async function listRefusals(
  db: Queryable,
  id: string,
  page: { readonly after: number; readonly limit: number | null },
): Promise<Refusal[]> {
  const { rows } = await db.query<{ row_no: number; file: string | null; reason: string; detail: string | null }>(
    `select row_no, file, reason, detail from import_refusals where import_id = $1
     order by file is not null, row_no, reason offset $2 limit $3`,
    [id, page.after, page.limit],
  );
  return rows.map((row) => ({ row: row.row_no, file: row.file, reason: row.reason, detail: row.detail }));
}
