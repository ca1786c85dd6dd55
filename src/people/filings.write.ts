import type { Clock } from '../platform/clock.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
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
  /** Of one camera, for an outage or a change of the layout; left out: of the whole clinic. */
  readonly cameraId?: string | null;
  readonly from: number;
  readonly to: number | null;
}

export interface Filing extends FilingInput {
  readonly id: string;
  readonly cameraId: string | null;
  /** Why, in the words of whoever filed it; null: a feed's, which tells none. */
  readonly reason: string | null;
  readonly filedBy: string | null;
  /** When it was filed, which may be after `from`. */
  readonly createdAt: number;
}

const filingIdOf = (row: FilingInput): string =>
  derivedId(
    ...(['filing', row.clinicCode, row.what, row.psnNo ?? '', String(row.from)] as const),
    ...(row.cameraId == null ? [] : [row.cameraId]),
  );

/** What can be filed for one camera. */
const OF_A_CAMERA: readonly FilingKind[] = ['outage', 'layout'];

/** @throws DomainError `invalid_input` where a filing names a camera that it cannot be about */
export async function checkFiledCamera(db: Queryable, filing: FilingInput): Promise<void> {
  if (filing.cameraId == null) return;
  if (!OF_A_CAMERA.includes(filing.what))
    throw new DomainError('invalid_input', `${filing.what} concerns the whole clinic, not one camera`, {
      remedy: 'Leave cameraId out, or file an outage or a change of the layout.',
    });
  const { rows } = await db.query('select 1 from cameras where id = $1 and clinic_code = $2', [
    filing.cameraId,
    filing.clinicCode,
  ]);
  if (rows.length === 0)
    throw new DomainError('invalid_input', `there is no camera ${filing.cameraId} in this clinic`, {
      remedy: 'Take the id of GET /v1/cameras, or leave cameraId out to file for the whole clinic.',
    });
}

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
      camera_id: row.cameraId ?? null,
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
    camera_id: string | null;
    what: FilingKind;
    from_at: number;
    to_at: number | null;
    created_at: number;
    reason: string | null;
    filed_by: string | null;
  }>(
    `select id, clinic_code, psn_no, camera_id, what, from_at, to_at, created_at, reason, filed_by from filings
     where clinic_code = $1 and from_at < $3 and (to_at is null or to_at > $2) order by from_at, id limit 1000`,
    [filter.clinicCode, ts(filter.from), ts(filter.to)],
  );
  return rows.map((row) => ({
    id: row.id,
    clinicCode: row.clinic_code,
    what: row.what,
    psnNo: row.psn_no,
    cameraId: row.camera_id,
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
