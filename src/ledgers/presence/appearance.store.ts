import type { Presentation } from '../../faces/presentation/presentation.ts';
import type { FaceTemplate } from '../../faces/template.ts';
import type { BlobStore } from '../../platform/blobs.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { derivedId } from '../../platform/ids.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { type Tell, tellOutbox } from '../../platform/tell.ts';
import { createPgPresenceStore } from './pg-store.ts';
import { presenceAppearance } from './presence.topics.ts';
import type { PresenceStore } from './store.ts';

export type AppearanceLifecycle = 'open' | 'closed' | 'void';

export interface AppearanceInput {
  readonly id: string;
  readonly cameraId: string;
  readonly clinicCode: string;
  readonly state: 'open' | 'closed';
  /** Device time. The same id always has the same `from`. */
  readonly from: number;
  readonly to: number;
  /** Shots pooled. */
  readonly faces: number;
  readonly quality: number;
  /** Null: head count only. */
  readonly template: FaceTemplate | null;
  /** What speaks for a picture in the face's place; left out: nobody looked. */
  readonly presentation?: Presentation | null;
  readonly shots: readonly {
    readonly at: number;
    readonly quality: number;
    readonly box: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
    readonly frame: { readonly width: number; readonly height: number };
    readonly jpeg: Uint8Array;
  }[];
}

export interface StoredAppearance {
  readonly id: string;
  readonly cameraId: string;
  readonly clinicCode: string;
  readonly state: AppearanceLifecycle;
  readonly from: number;
  readonly to: number;
  readonly faces: number;
  readonly quality: number;
  readonly templateId: string | null;
  readonly revision: number;
}

interface Deps {
  readonly clock: Clock;
  readonly keyring: Keyring;
  readonly blobs: BlobStore;
  readonly outbox: Outbox;
}

interface Row {
  id: string;
  camera_id: string;
  clinic_code: string;
  state: AppearanceLifecycle;
  from_at: number;
  to_at: number;
  faces: number;
  quality: number;
  template_id: string | null;
  revision: number;
}

const COLUMNS = 'id, camera_id, clinic_code, state, from_at, to_at, faces, quality, template_id, revision';

const appearanceOf = (row: Row): StoredAppearance => ({
  id: row.id,
  cameraId: row.camera_id,
  clinicCode: row.clinic_code,
  state: row.state,
  from: row.from_at,
  to: row.to_at,
  faces: row.faces,
  quality: row.quality,
  templateId: row.template_id,
  revision: row.revision,
});

/**
 * Writes an appearance or its next revision with its template, and leaves word for reconcile. One that an alert already
 * keeps stays kept. @returns its retention class
 */
export async function reviseAppearance(
  store: PresenceStore,
  deps: { readonly clock: Clock },
  input: Omit<AppearanceInput, 'shots'> & {
    /** A revision may tell another beginning than was told before. */
    readonly mayMove: boolean;
  },
): Promise<string> {
  const now = deps.clock.now();
  const { id, clinicCode, from, to } = input;
  const known = await store.appearance({ id, clinicCode, from });
  const moved = input.mayMove ? await store.misplaced({ id, clinicCode, from }) : [];
  const before = [...(known === null ? [] : [known]), ...moved].toSorted((a, b) => b.revision - a.revision);
  const newest = before[0];
  const retentionClass = newest?.retention_class ?? 'appearance';
  const [templateId = null] =
    input.template === null
      ? []
      : await store.addTemplates([
          {
            template: input.template.vector,
            modelVersion: input.template.version,
            ...(input.template.also && {
              also: input.template.also.map(({ version, vector }) => ({ modelVersion: version, template: vector })),
            }),
            quality: input.quality,
            retentionClass,
            createdAt: now,
          },
        ]);
  if (moved.length > 0) await store.removeAppearances(moved);
  await store.putAppearance({
    id,
    camera_id: input.cameraId,
    clinic_code: clinicCode,
    state: input.state,
    from_at: from,
    to_at: to,
    faces: input.faces,
    quality: input.quality,
    template_id: templateId,
    revision: (newest?.revision ?? 0) + 1,
    presentation: input.presentation ?? null,
    retention_class: retentionClass,
    received_at: newest?.received_at ?? now,
    updated_at: now,
  });
  const outdated = before.flatMap((row) => row.template_id ?? []);
  if (outdated.length > 0) await store.deleteTemplates(outdated);
  // What was seen where nobody is seen any more matters too.
  const span = {
    from: Math.min(from, ...moved.map((row) => row.from_at)),
    to: Math.max(to, ...moved.map((row) => row.to_at)),
  };
  await tellOf(store.tell, { ...input, ...span }, input.state);
  return retentionClass;
}

/** The same with its best shots, encrypted, all in the caller's transaction; new shots are kept as it is. */
export async function putAppearance(tx: Tx, deps: Deps, input: AppearanceInput): Promise<void> {
  const { shots, ...appearance } = input;
  const store = createPgPresenceStore(tx, deps);
  const retentionClass = await reviseAppearance(store, deps, { ...appearance, mayMove: false });
  await replaceShots(tx, deps, { id: input.id, shots }, retentionClass);
}

async function replaceShots(
  tx: Tx,
  deps: Deps,
  input: Pick<AppearanceInput, 'id' | 'shots'>,
  retentionClass: string,
): Promise<void> {
  const ids: string[] = [];
  for (const shot of input.shots) {
    const id = derivedId('shot', input.id, String(shot.at));
    ids.push(id);
    const known = await tx.query('select 1 from appearance_shots where id = $1', [id]);
    if (known.rowCount > 0) continue;
    const blob = await deps.blobs.put(tx, shot.jpeg, { mediaType: 'image/jpeg', retentionClass });
    await tx.query(
      `insert into appearance_shots (id, appearance_id, at, quality, box, blob_sha256) values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do nothing`,
      [
        ...[id, input.id, ts(shot.at), shot.quality],
        JSON.stringify({ ...shot.box, frameWidth: shot.frame.width, frameHeight: shot.frame.height }),
        blob.sha256,
      ],
    );
  }
  // The files of shots that were bettered go when their time is over: an open page may still show them.
  await tx.query('delete from appearance_shots where appearance_id = $1 and not (id = any($2::uuid[]))', [
    input.id,
    ids,
  ]);
}

/** An appearance that turned out not to be there. Its row stays, so that what rested on it can be understood. */
export async function voidAppearance(
  tx: Tx,
  deps: Pick<Deps, 'clock' | 'outbox'>,
  id: string,
  from: number,
): Promise<void> {
  await setState(tx, deps, id, from, 'void');
}

/** Closes an appearance where it was last seen. */
export async function closeAppearance(
  tx: Tx,
  deps: Pick<Deps, 'clock' | 'outbox'>,
  id: string,
  from: number,
): Promise<void> {
  await setState(tx, deps, id, from, 'closed');
}

async function setState(
  tx: Tx,
  deps: Pick<Deps, 'clock' | 'outbox'>,
  id: string,
  from: number,
  state: AppearanceLifecycle,
): Promise<void> {
  const { rows } = await tx.query<Row>(
    `update appearances set state = $3, revision = revision + 1, updated_at = $4
     where id = $1 and from_at = $2 and state <> $3 returning ${COLUMNS}`,
    [id, ts(from), state, ts(deps.clock.now())],
  );
  const row = rows[0];
  if (row) await tellOf(tellOutbox(tx, deps.outbox), appearanceOf(row), state);
}

async function tellOf(
  tell: Tell,
  appearance: Pick<StoredAppearance, 'id' | 'cameraId' | 'clinicCode' | 'from' | 'to'>,
  state: AppearanceLifecycle,
): Promise<void> {
  const { id, cameraId, clinicCode, from, to } = appearance;
  const payload = { appearanceId: id, cameraId, clinicCode, from, to, state };
  await tell(presenceAppearance, [{ payload, options: { dedupeKey: id } }]);
}

/** A camera's appearances that were not void and lasted beyond `since`, oldest first. */
export async function appearancesSince(db: Queryable, cameraId: string, since: number): Promise<StoredAppearance[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from appearances where camera_id = $1 and to_at >= $2 and state <> 'void' order by from_at, id`,
    [cameraId, ts(since)],
  );
  return rows.map(appearanceOf);
}

/** A camera's appearances that nobody has closed. */
export async function openAppearances(db: Queryable, cameraId: string): Promise<StoredAppearance[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from appearances where camera_id = $1 and state = 'open' order by from_at, id`,
    [cameraId],
  );
  return rows.map(appearanceOf);
}

/** A clinic's appearances that overlap a stretch of device time, void ones left out, oldest first. */
export async function appearancesIn(
  db: Queryable,
  clinicCode: string,
  from: number,
  to: number,
): Promise<StoredAppearance[]> {
  const { rows } = await db.query<Row>(
    `select ${COLUMNS} from appearances
     where clinic_code = $1 and from_at < $3 and to_at >= $2 and state <> 'void' order by from_at, id`,
    [clinicCode, ts(from), ts(to)],
  );
  return rows.map(appearanceOf);
}
