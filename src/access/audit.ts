import { randomBytes } from 'node:crypto';
import { canonicalJson, type Json } from '../platform/canonical-json.ts';
import type { Clock } from '../platform/clock.ts';
import { type Keyring, sha256 } from '../platform/crypto.ts';
import { type Queryable, ts } from '../platform/db.ts';

export interface AuditRecord {
  /** `user:<name>` or `key:<name>` (scope.ts `actorOf`), or `system:<what>`. */
  readonly actor: string;
  /** `<thing>.<verb>`: `session.login`, `person.unmask`, `portrait.view`, `proxy.register`. */
  readonly action: string;
  readonly subjectKind?: string | null;
  readonly subjectId?: string | null;
  /** Why it was looked at, in the caller's words. */
  readonly purpose?: string | null;
  readonly outcome: 'done' | 'refused' | 'failed';
  /** More about it; encrypted, and erasable. Never a password or a face. */
  readonly detail?: Json;
}

export interface Audit {
  /** Appends one entry, in the caller's transaction when given one: an act and its record stand or fall together. */
  record(db: Queryable, record: AuditRecord): Promise<void>;
}

const SALT_BYTES = 32;

/**
 * The audit trail. Each entry's commitment is SHA-256(salt, canonical JSON of the entry): seals are made over
 * commitments, so that erasing an entry by law (entry and salt together) breaks no seal, and a commitment without its
 * salt cannot be guessed back.
 */
export function createAudit(options: { readonly clock: Clock; readonly keyring: Keyring }): Audit {
  const { clock, keyring } = options;
  return {
    async record(db, record) {
      const at = ts(clock.now());
      const entry = canonicalEntry({
        at,
        actor: record.actor,
        action: record.action,
        subjectKind: record.subjectKind ?? null,
        subjectId: record.subjectId ?? null,
        purpose: record.purpose ?? null,
        outcome: record.outcome,
        detail: record.detail ?? null,
      });
      const salt = randomBytes(SALT_BYTES);
      const commitment = commitmentOf(salt, entry);
      await db.query(
        `insert into audit_entries
           (at, actor, action, subject_kind, subject_id, purpose, outcome, entry_enc, salt, commitment)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
        [
          at,
          record.actor,
          record.action,
          record.subjectKind ?? null,
          record.subjectId ?? null,
          record.purpose ?? null,
          record.outcome,
          keyring.sealText('audit', entry, commitment.toString('hex')),
          salt,
          commitment,
        ],
      );
    },
  };
}

export interface AuditVerification {
  readonly ok: boolean;
  readonly records: number;
  /** Entries whose content was erased by law; their commitments stand. */
  readonly erased: number;
  /** Id of the first entry that does not agree with its commitment. */
  readonly firstBad: number | null;
}

interface AuditRow {
  id: number;
  at: number;
  actor: string;
  action: string;
  subject_kind: string | null;
  subject_id: string | null;
  purpose: string | null;
  outcome: string;
  entry_enc: Buffer | null;
  salt: Buffer | null;
  commitment: Buffer;
}

const PAGE = 2_000;

/** Recomputes every commitment, and holds the searchable columns to the encrypted entry. Reads the whole trail. */
export async function verifyAudit(options: {
  readonly db: Queryable;
  readonly keyring: Keyring;
}): Promise<AuditVerification> {
  const { db, keyring } = options;
  let records = 0;
  let erased = 0;
  let firstBad: number | null = null;
  for (let after = 0; ; ) {
    const { rows } = await db.query<AuditRow>('select * from audit_entries where id > $1 order by id limit $2', [
      after,
      PAGE,
    ]);
    for (const row of rows) {
      records += 1;
      after = row.id;
      if (row.entry_enc === null && row.salt === null) erased += 1;
      else if (!agrees(row, keyring)) firstBad ??= row.id;
    }
    if (rows.length < PAGE) return { ok: firstBad === null, records, erased, firstBad };
  }
}

function agrees(row: AuditRow, keyring: Keyring): boolean {
  if (row.entry_enc === null || row.salt === null) return false;
  let entry: string;
  try {
    entry = keyring.openText('audit', row.entry_enc, row.commitment.toString('hex'));
  } catch {
    return false;
  }
  if (!commitmentOf(row.salt, entry).equals(row.commitment)) return false;
  const { detail } = JSON.parse(entry) as { detail: Json };
  const columns = canonicalEntry({
    at: ts(row.at),
    actor: row.actor,
    action: row.action,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    purpose: row.purpose,
    outcome: row.outcome,
    detail,
  });
  return columns === entry;
}

interface AuditEntry {
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly subjectKind: string | null;
  readonly subjectId: string | null;
  readonly purpose: string | null;
  readonly outcome: string;
  readonly detail: Json;
}

const canonicalEntry = (entry: AuditEntry): string => canonicalJson(entry);

const commitmentOf = (salt: Buffer, entry: string): Buffer => sha256(salt, entry);
