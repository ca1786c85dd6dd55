import { deleteTemplates, putTemplate } from '../../people/template.store.ts';
import type { BlobStore } from '../../platform/blobs.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { derivedId } from '../../platform/ids.ts';
import type { Outbox } from '../../platform/outbox.ts';
import { presenceAppearance } from './presence.topics.ts';

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
  readonly template: { readonly version: string; readonly vector: Float32Array } | null;
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
 * Writes an appearance or its next revision, its template and best shots encrypted, and leaves word for reconcile, all in
 * the caller's transaction. An appearance that an alert already keeps stays kept, new shots with it.
 */
export async function putAppearance(tx: Tx, deps: Deps, input: AppearanceInput): Promise<void> {
  const now = deps.clock.now();
  const before = await tx.query<{ template_id: string | null; retention_class: string }>(
    'select template_id, retention_class from appearances where id = $1 and from_at = $2 for update',
    [input.id, ts(input.from)],
  );
  const retentionClass = before.rows[0]?.retention_class ?? 'appearance';
  const templateId =
    input.template === null
      ? null
      : await putTemplate(tx, deps.keyring, {
          template: input.template.vector,
          modelVersion: input.template.version,
          quality: input.quality,
          retentionClass,
          createdAt: now,
        });
  await tx.query(
    `insert into appearances (id, camera_id, clinic_code, state, from_at, to_at, faces, quality, template_id, retention_class,
       received_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
     on conflict (id, from_at) do update set state = excluded.state, to_at = excluded.to_at, faces = excluded.faces,
       quality = excluded.quality, template_id = excluded.template_id, revision = appearances.revision + 1,
       updated_at = excluded.updated_at`,
    [
      ...[
        input.id,
        input.cameraId,
        input.clinicCode,
        input.state,
        ts(input.from),
        ts(input.to),
        input.faces,
        input.quality,
      ],
      ...[templateId, retentionClass, ts(now)],
    ],
  );
  const old = before.rows[0]?.template_id;
  if (old) await deleteTemplates(tx, [old]);
  await replaceShots(tx, deps, input, retentionClass);
  await tellOf(tx, deps.outbox, input, input.state);
}

async function replaceShots(tx: Tx, deps: Deps, input: AppearanceInput, retentionClass: string): Promise<void> {
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
  if (row) await tellOf(tx, deps.outbox, appearanceOf(row), state);
}

async function tellOf(
  tx: Tx,
  outbox: Outbox,
  appearance: Pick<StoredAppearance, 'id' | 'cameraId' | 'clinicCode' | 'from' | 'to'>,
  state: AppearanceLifecycle,
): Promise<void> {
  const { id, cameraId, clinicCode, from, to } = appearance;
  await outbox.add(
    tx,
    presenceAppearance,
    { appearanceId: id, cameraId, clinicCode, from, to, state },
    { dedupeKey: id },
  );
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
