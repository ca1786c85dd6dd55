import type { Principal } from '../../access/principal.ts';
import { actorOf } from '../../access/scope.ts';
import type { BlobStore } from '../../platform/blobs.ts';
import type { Clock } from '../../platform/clock.ts';
import { type Db, type Queryable, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { FlowPolicy } from './policy.ts';

export interface AttachmentDeps {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly flow: FlowPolicy;
}

export interface Attachment {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
}

const KINDS: readonly { readonly mediaType: string; readonly begins: readonly number[] }[] = [
  { mediaType: 'image/jpeg', begins: [0xff, 0xd8, 0xff] },
  { mediaType: 'image/png', begins: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] },
  { mediaType: 'application/pdf', begins: [0x25, 0x50, 0x44, 0x46, 0x2d] },
];

/** What a file's first bytes say it is, whatever its name says. @throws DomainError `unsupported_media`, `payload_too_large` */
export function attachmentTypeOf(file: Uint8Array, mostMegabytes: number): string {
  if (file.length > mostMegabytes * 1024 * 1024) {
    throw new DomainError('payload_too_large', `the file has more than ${mostMegabytes} MB`, {
      remedy: 'Make the picture smaller, or split the document.',
    });
  }
  const kind = KINDS.find(({ begins }) => begins.every((byte, i) => file[i] === byte));
  if (kind === undefined) {
    throw new DomainError('unsupported_media', 'this is neither a JPEG, nor a PNG, nor a PDF file', {
      remedy: 'Send a photograph or a PDF.',
    });
  }
  return kind.mediaType;
}

export async function keepAttachment(
  deps: AttachmentDeps,
  principal: Principal,
  given: { readonly alertId: string; readonly name: string; readonly file: Buffer },
): Promise<Attachment> {
  const { db, blobs, clock, flow } = deps;
  const mediaType = attachmentTypeOf(given.file, flow.attachments.mostMegabytes);
  const id = newId();
  const name = given.name.slice(0, 200) || 'file';
  await db.transaction(async (tx) => {
    const blob = await blobs.put(tx, given.file, { mediaType, retentionClass: 'alert' });
    await tx.query(
      `insert into alert_attachments (id, alert_id, name, media_type, size_bytes, blob_sha256, uploaded_by, uploaded_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [id, given.alertId, name, mediaType, given.file.length, blob.sha256, actorOf(principal), ts(clock.now())],
    );
  });
  return { id, name, mediaType, sizeBytes: given.file.length };
}

/** @throws DomainError `not_found` */
export async function openAttachment(
  deps: Pick<AttachmentDeps, 'blobs'> & { readonly db: Queryable },
  alertId: string,
  id: string,
): Promise<{ readonly name: string; readonly mediaType: string; readonly bytes: Buffer }> {
  const { rows } = await deps.db.query<{ name: string; media_type: string; blob_sha256: Buffer }>(
    'select name, media_type, blob_sha256 from alert_attachments where alert_id = $1 and id = $2',
    [alertId, id],
  );
  const [row] = rows;
  if (row === undefined) throw new DomainError('not_found', 'there is no such attachment here');
  return { name: row.name, mediaType: row.media_type, bytes: await deps.blobs.get(row.blob_sha256) };
}
