import type { Clock } from '../platform/clock.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import { derivedId } from '../platform/ids.ts';
import { tellChanges } from './changes.ts';
import type { WriterDeps } from './deps.ts';
import { createPgPeopleStore } from './pg-store.ts';
import type { PeopleStore } from './store.ts';

export const FILING_KINDS = ['outage', 'homeVisit', 'vaccinationDay', 'layout', 'emergency'] as const;
export type FilingKind = (typeof FILING_KINDS)[number];

/** What a clinic said beforehand: a power cut, a home visit, a vaccination day, a camera that moves. */
export interface FilingInput {
  readonly clinicCode: string;
  readonly what: FilingKind;
  readonly psnNo: string | null;
  readonly from: number;
  readonly to: number | null;
}

export interface Filing extends FilingInput {
  readonly id: string;
  /** Why, in the words of whoever filed it; null: a feed's, which tells none. */
  readonly reason: string | null;
  readonly filedBy: string | null;
  /** When it was filed, which may be after `from`. */
  readonly createdAt: number;
}

const filingIdOf = (row: FilingInput): string =>
  derivedId('filing', row.clinicCode, row.what, row.psnNo ?? '', String(row.from));

/** Stores filings; the same again changes at most its end. @returns their ids, in order */
export async function registerFilings(
  store: PeopleStore,
  deps: { readonly clock: Clock },
  filings: readonly FilingInput[],
): Promise<string[]> {
  const rows = [...new Map(filings.map((row) => [filingIdOf(row), row]))].sort(([a], [b]) => (a < b ? -1 : 1));
  const changed = await store.putFilings(
    rows.map(([id, row]) => ({
      id,
      clinic_code: row.clinicCode,
      psn_no: row.psnNo,
      what: row.what,
      from_at: row.from,
      to_at: row.to,
      created_at: deps.clock.now(),
    })),
  );
  await tellChanges(
    store.tell,
    rows
      .filter(([id]) => changed.has(id))
      .map(([, row]) => ({
        psnNo: row.psnNo,
        clinicCode: row.clinicCode,
        what: 'filing',
        from: row.from,
        to: row.to,
      })),
  );
  return filings.map(filingIdOf);
}

export const putFilings = (tx: Tx, deps: WriterDeps, filings: readonly FilingInput[]): Promise<string[]> =>
  registerFilings(createPgPeopleStore(tx, deps), deps, filings);

export async function listFilings(
  db: Queryable,
  filter: { readonly clinicCode: string; readonly from: number; readonly to: number },
): Promise<Filing[]> {
  const { rows } = await db.query<{
    id: string;
    clinic_code: string;
    psn_no: string | null;
    what: FilingKind;
    from_at: number;
    to_at: number | null;
    created_at: number;
    reason: string | null;
    filed_by: string | null;
  }>(
    `select id, clinic_code, psn_no, what, from_at, to_at, created_at, reason, filed_by from filings
     where clinic_code = $1 and from_at < $3 and (to_at is null or to_at > $2) order by from_at, id limit 1000`,
    [filter.clinicCode, ts(filter.from), ts(filter.to)],
  );
  return rows.map((row) => ({
    id: row.id,
    clinicCode: row.clinic_code,
    what: row.what,
    psnNo: row.psn_no,
    from: row.from_at,
    to: row.to_at,
    createdAt: row.created_at,
    reason: row.reason,
    filedBy: row.filed_by,
  }));
}

/** Notes who filed something, and why. */
export async function signFiling(
  tx: Tx,
  id: string,
  signed: { readonly reason: string | null; readonly by: string },
): Promise<void> {
  await tx.query('update filings set reason = coalesce($2, reason), filed_by = $3 where id = $1', [
    id,
    signed.reason,
    signed.by,
  ]);
}
