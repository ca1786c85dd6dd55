import type { BlobStore } from '../platform/blobs.ts';
import type { Tx } from '../platform/db.ts';

/** Keeps appearances that an alert names, with their shots and template, as long as alerts are kept. */
export async function retainAppearances(tx: Tx, blobs: BlobStore, appearanceIds: readonly string[]): Promise<void> {
  if (appearanceIds.length === 0) return;
  const kept = await tx.query<{ template_id: string | null }>(
    `update appearances set retention_class = 'alert' where id = any($1::uuid[]) returning template_id`,
    [appearanceIds],
  );
  const templates = kept.rows.flatMap((row) => (row.template_id === null ? [] : [row.template_id]));
  await tx.query(
    `update biometric.templates set retention_class = 'alert' where id = any($1::uuid[]) or of_id = any($1::uuid[])`,
    [templates],
  );
  const shots = await tx.query<{ blob_sha256: Buffer }>(
    'select blob_sha256 from appearance_shots where appearance_id = any($1::uuid[]) and blob_sha256 is not null',
    [appearanceIds],
  );
  for (const shot of shots.rows) await blobs.retain(tx, shot.blob_sha256, 'alert');
}

/** Keeps the stills of settlements that an alert names. */
export async function retainStills(tx: Tx, blobs: BlobStore, settlementIds: readonly string[]): Promise<void> {
  if (settlementIds.length === 0) return;
  const stills = await tx.query<{ blob_sha256: Buffer | null }>(
    `update snapshots set retention_class = 'alert'
     where trigger_kind = 'settlement' and trigger_id = any($1::text[]) returning blob_sha256`,
    [settlementIds],
  );
  for (const still of stills.rows) {
    if (still.blob_sha256 !== null) await blobs.retain(tx, still.blob_sha256, 'alert');
  }
}
