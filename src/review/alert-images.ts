import sharp from 'sharp';
import type { Audit } from '../access/audit.ts';
import type { Principal } from '../access/principal.ts';
import { actorOf } from '../access/scope.ts';
import type { BlobStore } from '../platform/blobs.ts';
import { DomainError } from '../platform/errors.ts';
import { type AlertDetailDeps, pictureOf } from './alert-detail.ts';
import { getAlert, sightOf } from './alert-list.store.ts';

export interface AlertImagesDeps extends AlertDetailDeps {
  readonly blobs: BlobStore;
  readonly audit: Audit;
}

/**
 * One picture of an alert, decrypted. Only what the alert's detail refers to can be opened, and every look is recorded,
 * with its purpose, before the picture leaves.
 * @throws DomainError `not_found` when the alert is out of scope or the picture is none of its own or not kept any more
 */
export async function openAlertImage(
  deps: AlertImagesDeps,
  principal: Principal,
  wanted: { readonly alertId: string; readonly imageId: string; readonly purpose: string | undefined },
): Promise<{ readonly bytes: Buffer; readonly mediaType: string }> {
  const alert = await getAlert(deps.db, sightOf(principal), wanted.alertId);
  const { images } = await pictureOf(deps, alert);
  const hash = images.blobs.get(wanted.imageId);
  if (hash === undefined) {
    throw new DomainError('not_found', 'this alert has no such picture', { remedy: 'See the alert’s detail.' });
  }
  const bytes = await deps.blobs.get(hash);
  await deps.audit.record(deps.db, {
    actor: actorOf(principal),
    action: 'face.view',
    subjectKind: 'image',
    subjectId: wanted.imageId,
    purpose: wanted.purpose ?? `review of alert ${alert.id}`,
    outcome: 'done',
    detail: { alertId: alert.id, incidentKey: alert.incidentKey },
  });
  return { bytes: await asJpeg(bytes), mediaType: 'image/jpeg' };
}

/** Portraits may have been handed in as PNG; everything leaves as JPEG, without what a file may carry besides the picture. */
async function asJpeg(bytes: Buffer): Promise<Buffer> {
  const isJpeg = bytes.length > 2 && bytes[0] === 0xff && bytes[1] === 0xd8;
  return isJpeg ? bytes : await sharp(bytes).jpeg({ quality: 90 }).toBuffer();
}
