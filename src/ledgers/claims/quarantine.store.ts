import type { Scope } from '../../access/principal.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Queryable, type Tx, ts, tsOrNull } from '../../platform/db.ts';
import { newId } from '../../platform/ids.ts';
import type { TableDef } from '../../platform/working-set/table.ts';
import type { Attribution, CountChange } from './counts.store.ts';
import { statementsOf, type Write } from './pg-write.ts';
import { QUARANTINE_REASONS, type QuarantineReason } from './refusal.ts';
import type { ClaimQuarantineRow } from './rows.ts';
import { claimQuarantineTable } from './tables.ts';

/** Who sent a message, and for whom he may speak. */
export interface Submitter {
  readonly name: string;
  readonly regionCode: string | null;
  readonly clinicCode: string | null;
}

export interface QuarantineEntry {
  readonly receivedAt: number;
  readonly msgid: string | null;
  readonly infno: string | null;
  readonly clinicCode: string | null;
  readonly reason: QuarantineReason;
  readonly detail: string;
  readonly body: Buffer;
  readonly bodyBytes: number;
  readonly submitter: Submitter;
  readonly attribution: Attribution;
  /** Of the arrival, under which it is counted. */
  readonly day: string;
}

/** One message in quarantine, without its content. */
export interface QuarantineItem {
  readonly id: string;
  readonly receivedAt: number;
  readonly msgid: string | null;
  readonly infno: string | null;
  readonly clinicCode: string | null;
  readonly reason: QuarantineReason;
  readonly detail: string;
  readonly bytes: number;
  readonly state: 'open' | 'replayed' | 'discarded';
  readonly resolvedAt: number | null;
  readonly resolvedBy: string | null;
  readonly note: string | null;
  readonly submittedBy: string;
}

const contextOf = (id: string): string => `quarantine:${id}`;
const LONGEST_DETAIL = 500;

/** What is stored of a message in quarantine, its body sealed. */
export function quarantineRow(keyring: Keyring, entry: QuarantineEntry): ClaimQuarantineRow {
  const id = newId();
  return {
    id,
    received_at: entry.receivedAt,
    msgid: entry.msgid,
    infno: entry.infno,
    clinic_code: entry.clinicCode,
    reason: entry.reason,
    detail: entry.detail.slice(0, LONGEST_DETAIL),
    body_enc: keyring.seal('message', entry.body, contextOf(id)),
    body_bytes: entry.bodyBytes,
    state: 'open',
    resolved_at: null,
    resolved_by: null,
    note: null,
    submitted_by: entry.submitter.name,
    submitter_region: entry.submitter.regionCode,
    submitter_clinic: entry.submitter.clinicCode,
    scope_region: entry.attribution.regionCode,
    scope_clinic: entry.attribution.clinicCode,
    retention_class: 'claim',
  };
}

/** Keeps a message and counts it, in one statement: both or neither. */
export async function insertQuarantine(db: Queryable, keyring: Keyring, entry: QuarantineEntry): Promise<string> {
  const row = quarantineRow(keyring, entry);
  const change: CountChange = { ...entry.attribution, day: entry.day, outcome: 'quarantined', n: 1 };
  const insert: Write = { kind: 'insert', table: claimQuarantineTable as unknown as TableDef<object>, row: { ...row } };
  for (const { sql, values, name } of statementsOf([insert], [change])) await db.query(sql, values, name);
  return row.id;
}

const ITEM = `id, received_at as "receivedAt", msgid, infno, clinic_code as "clinicCode", reason, detail,
  body_bytes as bytes, state, resolved_at as "resolvedAt", resolved_by as "resolvedBy", note, submitted_by as "submittedBy"`;
const IN_SCOPE = `($1::text is null or scope_region like $1 || '%') and ($2::text is null or scope_clinic = $2)`;

export interface QuarantineFilter {
  readonly scope: Scope;
  readonly reason: string | null;
  readonly state: string | null;
  readonly infno: string | null;
}

/** Newest first; `before` is the id of the last one seen. */
export async function listQuarantine(
  db: Queryable,
  filter: QuarantineFilter & { readonly before: string | null; readonly limit: number },
): Promise<QuarantineItem[]> {
  const { rows } = await db.query<QuarantineItem>(
    `select ${ITEM} from claim_quarantine
     where ${IN_SCOPE} and ($3::text is null or reason = $3) and ($4::text is null or state = $4)
       and ($5::text is null or infno = $5) and ($6::uuid is null or id < $6)
     order by id desc limit $7`,
    [
      filter.scope.regionPrefix,
      filter.scope.clinicCode,
      filter.reason,
      filter.state,
      filter.infno,
      filter.before,
      filter.limit,
    ],
  );
  return rows;
}

/** How many lie in quarantine by reason, over arrival times from `from` to before `to`; null: without bound. */
export async function quarantineCounts(
  db: Queryable,
  filter: {
    readonly scope: Scope;
    readonly state: string | null;
    readonly from?: number | null;
    readonly to?: number | null;
    readonly clinic?: string | null;
  },
): Promise<Record<string, number>> {
  const { rows } = await db.query<{ reason: string; n: number }>(
    `select reason, count(*) as n from claim_quarantine
     where ${IN_SCOPE} and ($3::text is null or state = $3) and ($4::timestamptz is null or received_at >= $4)
       and ($5::timestamptz is null or received_at < $5) and ($6::text is null or scope_clinic = $6)
     group by reason order by reason`,
    [
      filter.scope.regionPrefix,
      filter.scope.clinicCode,
      filter.state,
      tsOrNull(filter.from),
      tsOrNull(filter.to),
      filter.clinic ?? null,
    ],
  );
  return Object.fromEntries(rows.map((row) => [row.reason, row.n]));
}

/** null: there is none in this scope. */
export async function getQuarantined(db: Queryable, scope: Scope, id: string): Promise<QuarantineItem | null> {
  const { rows } = await db.query<QuarantineItem>(
    `select ${ITEM} from claim_quarantine where ${IN_SCOPE} and id = $3`,
    [scope.regionPrefix, scope.clinicCode, id],
  );
  return rows[0] ?? null;
}

/** The body as it came. */
export async function quarantinedBody(db: Queryable, keyring: Keyring, id: string): Promise<Buffer | null> {
  const { rows } = await db.query<{ body_enc: Buffer }>('select body_enc from claim_quarantine where id = $1', [id]);
  return rows[0] ? keyring.open('message', rows[0].body_enc, contextOf(id)) : null;
}

export interface OpenQuarantined {
  readonly id: string;
  readonly receivedAt: number;
  readonly reason: QuarantineReason;
  readonly body: Buffer;
  readonly bodyBytes: number;
  readonly submitter: Submitter;
  readonly attribution: Attribution;
}

/** Opens and locks one that still lies there; null when somebody else has resolved it. */
export async function lockOpen(tx: Tx, keyring: Keyring, id: string): Promise<OpenQuarantined | null> {
  const { rows } = await tx.query<{
    received_at: number;
    reason: QuarantineReason;
    body_enc: Buffer;
    body_bytes: number;
    submitted_by: string;
    submitter_region: string | null;
    submitter_clinic: string | null;
    scope_region: string;
    scope_clinic: string;
  }>(`select * from claim_quarantine where id = $1 and state = 'open' for update`, [id]);
  const row = rows[0];
  if (!row) return null;
  return {
    id,
    receivedAt: row.received_at,
    reason: row.reason,
    body: keyring.open('message', row.body_enc, contextOf(id)),
    bodyBytes: row.body_bytes,
    submitter: { name: row.submitted_by, regionCode: row.submitter_region, clinicCode: row.submitter_clinic },
    attribution: { regionCode: row.scope_region, clinicCode: row.scope_clinic },
  };
}

export async function resolveQuarantined(
  tx: Tx,
  id: string,
  to: {
    readonly state: 'replayed' | 'discarded';
    readonly at: number;
    readonly by: string;
    readonly note: string | null;
  },
): Promise<boolean> {
  const updated = await tx.query(
    `update claim_quarantine set state = $2, resolved_at = $3, resolved_by = $4, note = $5 where id = $1 and state = 'open'`,
    [id, to.state, ts(to.at), to.by, to.note],
  );
  return updated.rowCount === 1;
}

/** It stays, perhaps for another reason than before. */
export async function restate(
  db: Queryable,
  id: string,
  said: { readonly reason: QuarantineReason; readonly detail: string },
): Promise<void> {
  await db.query(`update claim_quarantine set reason = $2, detail = $3 where id = $1 and state = 'open'`, [
    id,
    said.reason,
    said.detail.slice(0, LONGEST_DETAIL),
  ]);
}

/** What no new name and no new clinic can heal. */
const BEYOND_MAPPING: readonly QuarantineReason[] = [
  'unparsable',
  'too_large',
  'too_deep',
  'not_yours',
  'unknown_clinic',
  'msgid_conflict',
  'setl_id_conflict',
];
const BY_MAPPING = Object.keys(QUARANTINE_REASONS).filter(
  (reason) => !BEYOND_MAPPING.some((beyond) => beyond === reason),
);

/** Open ones that a mapping for `infno` (null: any) may heal, oldest first. */
export async function healableByMapping(
  db: Queryable,
  filter: { readonly infno: string | null; readonly after: string | null; readonly limit: number },
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from claim_quarantine
     where state = 'open' and reason = any($1) and ($2::text is null or infno is null or upper(infno) = $2)
       and ($3::uuid is null or id > $3)
     order by id limit $4`,
    [BY_MAPPING, filter.infno, filter.after, filter.limit],
  );
  return rows.map((row) => row.id);
}

/** Open ones whose clinic was not registered when they came; `clinicCode` null: those of every clinic that is by now. */
export async function healableByClinic(
  db: Queryable,
  filter: { readonly clinicCode: string | null; readonly after: string | null; readonly limit: number },
): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    `select id from claim_quarantine q
     where state = 'open' and reason = 'unknown_clinic' and ($1::text is null or clinic_code = $1)
       and ($2::uuid is null or id > $2) and exists (select from clinics c where c.code = q.clinic_code)
     order by id limit $3`,
    [filter.clinicCode, filter.after, filter.limit],
  );
  return rows.map((row) => row.id);
}
