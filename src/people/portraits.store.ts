import type { BlobStore } from '../platform/blobs.ts';
import { type Queryable, type Tx, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';
import type { WriterDeps } from './deps.ts';
import type { SubjectKind } from './people.store.ts';
import { peoplePortrait } from './people.topics.ts';
import type { PortraitRefusal } from './portrait-refusals.ts';
import type { PortraitRow } from './tables.ts';

export type PortraitState = 'pending' | 'accepted' | 'quarantined' | 'superseded' | 'failed';

export interface Portrait {
  readonly id: string;
  readonly subjectKind: SubjectKind;
  readonly subjectRef: string;
  readonly state: PortraitState;
  readonly reasons: readonly PortraitRefusal[];
  readonly quality: number | null;
  /** yyyy-mm-dd */
  readonly takenOn: string | null;
  readonly blobSha256: Buffer | null;
  readonly templateId: string | null;
  readonly createdAt: number;
  readonly decidedAt: number | null;
}

type Row = PortraitRow & Record<string, unknown>;

const portraitOf = (row: Row): Portrait => ({
  id: row.id,
  subjectKind: row.subject_kind,
  subjectRef: row.subject_ref,
  state: row.state,
  reasons: row.reasons,
  quality: row.quality,
  takenOn: row.taken_on,
  blobSha256: row.blob_sha256,
  templateId: row.template_id,
  createdAt: row.created_at,
  decidedAt: row.decided_at,
});

/** The row that a portrait was read from. */
export const rowOf = (portrait: Portrait): PortraitRow => ({
  id: portrait.id,
  subject_kind: portrait.subjectKind,
  subject_ref: portrait.subjectRef,
  state: portrait.state,
  reasons: portrait.reasons,
  taken_on: portrait.takenOn,
  quality: portrait.quality,
  blob_sha256: portrait.blobSha256,
  template_id: portrait.templateId,
  created_at: portrait.createdAt,
  decided_at: portrait.decidedAt,
});

const COLUMNS = `p.id, p.subject_kind, p.subject_ref, p.state, p.reasons, p.quality, p.taken_on, p.blob_sha256,
  p.template_id, p.created_at, p.decided_at`;

export interface PortraitInput {
  readonly subjectKind: SubjectKind;
  readonly subjectRef: string;
  readonly image: Buffer;
  readonly mediaType: string;
  readonly takenOn: string | null;
}

/**
 * Takes a portrait in, encrypted, and leaves the work of looking at it. The picture that is in use or waits already is
 * not taken in twice; one that was refused or replaced is looked at again.
 */
export async function submitPortrait(
  tx: Tx,
  deps: WriterDeps & { readonly blobs: BlobStore },
  input: PortraitInput,
): Promise<Portrait> {
  // Kept for the short term until it is accepted: who is refused shall not stay with us for ever.
  const blob = await deps.blobs.put(tx, input.image, { mediaType: input.mediaType, retentionClass: 'import' });
  const { rows } = await tx.query<Row>(
    `insert into portraits as p (id, subject_kind, subject_ref, state, taken_on, blob_sha256, created_at)
     values ($1, $2, $3, 'pending', $4, $5, $6)
     on conflict (subject_kind, subject_ref, blob_sha256) do update set
       taken_on = coalesce(excluded.taken_on, p.taken_on),
       state = case when p.state in ('pending', 'accepted') then p.state else 'pending' end,
       created_at = case when p.state in ('pending', 'accepted') then p.created_at else excluded.created_at end
     returning ${COLUMNS}`,
    [newId(), input.subjectKind, input.subjectRef, input.takenOn, blob.sha256, ts(deps.clock.now())],
  );
  const [row] = rows;
  if (row === undefined) throw new DomainError('internal', 'the portrait was not stored');
  if (row.state === 'pending') {
    await deps.outbox.add(tx, peoplePortrait, { portraitId: row.id }, { dedupeKey: row.id });
  }
  return portraitOf(row);
}

export async function getPortrait(db: Queryable, id: string): Promise<Portrait | null> {
  const { rows } = await db.query<Row>(`select ${COLUMNS} from portraits p where p.id = $1`, [id]);
  return rows[0] === undefined ? null : portraitOf(rows[0]);
}

export async function lockPortrait(tx: Tx, id: string): Promise<Portrait | null> {
  const { rows } = await tx.query<Row>(`select ${COLUMNS} from portraits p where p.id = $1 for update`, [id]);
  return rows[0] === undefined ? null : portraitOf(rows[0]);
}

/** All portraits of a subject, newest first. */
export async function portraitsOf(db: Queryable, kind: SubjectKind, ref: string): Promise<Portrait[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from portraits p where p.subject_kind = $1 and p.subject_ref = $2
     order by p.created_at desc, p.id desc`,
    [kind, ref],
  );
  return rows.map(portraitOf);
}

/** Portraits in a state of the people and the staff of a region (prefixes as people-scope.ts says), by id. */
export async function listPortraits(
  db: Queryable,
  filter: {
    readonly peoplePrefix: string;
    readonly regionPrefix: string | null;
    readonly clinicCode: string | null;
    readonly state: PortraitState | null;
    readonly id: string | null;
    readonly after: string | null;
    readonly limit: number;
  },
): Promise<Portrait[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from portraits p
     where ($4::text is null or p.state = $4) and ($5::uuid is null or p.id = $5) and ($6::uuid is null or p.id > $6)
       and (p.subject_kind = 'enrollee' and exists (
              select 1 from persons e where e.psn_no = p.subject_ref and e.region_code like $1 || '%')
         or p.subject_kind = 'staff' and exists (
              select 1 from staff s join clinics c on c.code = s.clinic_code
              where s.id::text = p.subject_ref and ($2::text is null or c.region_code like $2 || '%')
                and ($3::text is null or c.code = $3)))
     order by p.id limit $7`,
    [filter.peoplePrefix, filter.regionPrefix, filter.clinicCode, filter.state, filter.id, filter.after, filter.limit],
  );
  return rows.map(portraitOf);
}
