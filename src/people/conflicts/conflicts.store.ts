import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { newId } from '../../platform/ids.ts';
import type { SubjectKind } from '../people.store.ts';

export const CONFLICT_KINDS = ['same_face_two_people', 'two_faces_one_person'] as const;
export type ConflictKind = (typeof CONFLICT_KINDS)[number];

/**
 * What a person says of it. same_person: one person, registered twice, or one whose face has changed · twins_or_kin: two people who are
 * alike · wrong_photograph: a portrait shows somebody else and goes into quarantine · cannot_tell: nobody can say; nothing
 * rests on the portraits until there are new ones. `replaced` is the machine's: a newer portrait took the disputed one's place.
 */
export const RESOLUTIONS = ['same_person', 'twins_or_kin', 'wrong_photograph', 'cannot_tell'] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

export interface ConflictSide {
  readonly portraitId: string;
  readonly subjectKind: SubjectKind;
  /** psn_no, or the id of the member of staff */
  readonly subjectRef: string;
  readonly regionCode: string;
}

export interface FoundConflict {
  readonly kind: ConflictKind;
  readonly side: ConflictSide;
  readonly other: ConflictSide;
  readonly score: number;
  readonly threshold: number;
  /** log10, capped. */
  readonly llr: number;
  readonly gallerySize: number;
  readonly modelVersion: string;
  readonly calibrationId: string;
}

export interface Conflict extends FoundConflict {
  readonly id: string;
  readonly state: 'open' | 'closed';
  readonly disputes: boolean;
  readonly resolution: Resolution | 'replaced' | null;
  readonly wrongPortraitId: string | null;
  readonly reason: string | null;
  readonly resolvedBy: string | null;
  readonly resolvedAt: number | null;
  readonly before: readonly { readonly id: string; readonly state: 'accepted' | 'superseded' }[] | null;
  readonly createdAt: number;
}

interface Row {
  id: string;
  kind: ConflictKind;
  portrait_id: string;
  subject_kind: SubjectKind;
  subject_ref: string;
  region_code: string;
  other_portrait_id: string;
  other_kind: SubjectKind;
  other_ref: string;
  other_region_code: string;
  score: number;
  threshold: number;
  llr: number;
  gallery_size: number;
  model_version: string;
  calibration_id: string;
  state: Conflict['state'];
  disputes: boolean;
  resolution: Conflict['resolution'];
  wrong_portrait_id: string | null;
  reason: string | null;
  resolved_by: string | null;
  resolved_at: number | null;
  before: Conflict['before'];
  created_at: number;
}

const conflictOf = (row: Row): Conflict => ({
  id: row.id,
  kind: row.kind,
  side: {
    portraitId: row.portrait_id,
    subjectKind: row.subject_kind,
    subjectRef: row.subject_ref,
    regionCode: row.region_code,
  },
  other: {
    portraitId: row.other_portrait_id,
    subjectKind: row.other_kind,
    subjectRef: row.other_ref,
    regionCode: row.other_region_code,
  },
  score: row.score,
  threshold: row.threshold,
  llr: row.llr,
  gallerySize: row.gallery_size,
  modelVersion: row.model_version,
  calibrationId: row.calibration_id,
  state: row.state,
  disputes: row.disputes,
  resolution: row.resolution,
  wrongPortraitId: row.wrong_portrait_id,
  reason: row.reason,
  resolvedBy: row.resolved_by,
  resolvedAt: row.resolved_at,
  before: row.before,
  createdAt: row.created_at,
});

/**
 * Opens a conflict, or one again that had ended because a portrait was replaced; not if a person has settled this pair of
 * portraits, or has said before that these two people are one, or only alike. @returns whether it was opened
 */
export async function openConflict(tx: Tx, found: FoundConflict, now: number): Promise<boolean> {
  const again = await tx.query(
    `update portrait_conflicts set state = 'open', disputes = true, resolution = null, reason = null, resolved_by = null,
       resolved_at = null
     where portrait_id = any($1::uuid[]) and other_portrait_id = any($1::uuid[]) and resolution = 'replaced'`,
    [[found.side.portraitId, found.other.portraitId]],
  );
  return again.rowCount > 0 || insertConflict(tx, found, now);
}

async function insertConflict(tx: Tx, found: FoundConflict, now: number): Promise<boolean> {
  const { kind, side, other } = found;
  const { rowCount } = await tx.query(
    `insert into portrait_conflicts (id, kind, portrait_id, subject_kind, subject_ref, region_code, other_portrait_id,
       other_kind, other_ref, other_region_code, score, threshold, llr, gallery_size, model_version, calibration_id,
       state, disputes, created_at)
     select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 'open', true, $17
     where not exists (
       select from portrait_conflicts c where c.portrait_id in ($3, $7) and c.other_portrait_id in ($3, $7))
     and not exists (
       select from portrait_conflicts c
       where $2 = 'same_face_two_people' and c.kind = $2 and c.resolution in ('same_person', 'twins_or_kin')
         and ((c.subject_kind, c.subject_ref, c.other_kind, c.other_ref) = ($4, $5, $8, $9)
           or (c.subject_kind, c.subject_ref, c.other_kind, c.other_ref) = ($8, $9, $4, $5)))
     on conflict do nothing`,
    [
      ...[newId(), kind, side.portraitId, side.subjectKind, side.subjectRef, side.regionCode],
      ...[other.portraitId, other.subjectKind, other.subjectRef, other.regionCode],
      ...[found.score, found.threshold, found.llr, found.gallerySize, found.modelVersion, found.calibrationId, ts(now)],
    ],
  );
  return rowCount > 0;
}

/** Closes what a newer portrait of a subject has settled: its older ones are in use no more. @returns those whose dispute ended */
export async function closeReplaced(
  tx: Tx,
  subject: { readonly kind: SubjectKind; readonly ref: string },
  now: number,
): Promise<Conflict[]> {
  const { rows } = await tx.query<Row>(
    `update portrait_conflicts c set state = 'closed', disputes = false,
       resolution = coalesce(c.resolution, 'replaced'), reason = coalesce(c.reason, ''),
       resolved_by = coalesce(c.resolved_by, 'system:portraits'), resolved_at = coalesce(c.resolved_at, $3)
     where c.disputes
       and ((c.subject_kind = $1 and c.subject_ref = $2
             and not exists (select from portraits p where p.id = c.portrait_id and p.state = 'accepted'))
         or (c.kind = 'same_face_two_people' and c.other_kind = $1 and c.other_ref = $2
             and not exists (select from portraits p where p.id = c.other_portrait_id and p.state = 'accepted')))
     returning *`,
    [subject.kind, subject.ref, ts(now)],
  );
  return rows.map(conflictOf);
}

export async function lockConflict(tx: Tx, id: string): Promise<Conflict | null> {
  const { rows } = await tx.query<Row>('select * from portrait_conflicts where id = $1 for update', [id]);
  return rows[0] === undefined ? null : conflictOf(rows[0]);
}

/** Conflicts with a side in a region, by id. @param prefix of the caller's people */
export async function listConflicts(
  db: Queryable,
  filter: {
    readonly prefix: string;
    readonly state: Conflict['state'] | null;
    readonly kind: ConflictKind | null;
    readonly regionCode: string | null;
    readonly psnNo: string | null;
    readonly id: string | null;
    readonly after: string | null;
    readonly limit: number;
  },
): Promise<Conflict[]> {
  const { rows } = await db.query<Row>(
    `select * from portrait_conflicts
     where (region_code like $1 || '%' or other_region_code like $1 || '%')
       and ($2::text is null or state = $2) and ($3::text is null or kind = $3)
       and ($4::text is null or region_code like $4 || '%' or other_region_code like $4 || '%')
       and ($5::text is null or (subject_kind = 'enrollee' and subject_ref = $5 and region_code like $1 || '%')
         or (other_kind = 'enrollee' and other_ref = $5 and other_region_code like $1 || '%'))
       and ($6::uuid is null or id = $6) and ($7::uuid is null or id > $7)
     order by id limit $8`,
    [
      ...[filter.prefix, filter.state, filter.kind, filter.regionCode, filter.psnNo],
      ...[filter.id, filter.after, filter.limit],
    ],
  );
  return rows.map(conflictOf);
}

/** Writes what a person said, or takes it back. */
export async function putResolution(
  tx: Tx,
  id: string,
  said: Pick<
    Conflict,
    'state' | 'disputes' | 'resolution' | 'wrongPortraitId' | 'reason' | 'resolvedBy' | 'resolvedAt' | 'before'
  >,
): Promise<void> {
  await tx.query(
    `update portrait_conflicts set state = $2, disputes = $3, resolution = $4, wrong_portrait_id = $5, reason = $6,
       resolved_by = $7, resolved_at = $8, before = $9 where id = $1`,
    [
      ...[id, said.state, said.disputes, said.resolution, said.wrongPortraitId, said.reason, said.resolvedBy],
      said.resolvedAt === null ? null : ts(said.resolvedAt),
      said.before === null ? null : JSON.stringify(said.before),
    ],
  );
}
