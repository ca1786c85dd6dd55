import { decodeImage } from '../media/decode-image.ts';
import { fromRgb } from '../media/yuv.ts';
import type { BlobStore } from '../platform/blobs.ts';
import type { Clock } from '../platform/clock.ts';
import { type Queryable, ts } from '../platform/db.ts';
import type { Logger } from '../platform/log.ts';
import { storedView, viewOf } from './view/view.ts';
import type { KnownView } from './view/view-judge.ts';

interface Row {
  [column: string]: unknown;
  mono: boolean;
  origin: 'reference' | 'learned';
  cols: number;
  rows: number;
  width: number;
  height: number;
  luma: Buffer;
  sharpness: number | null;
}

const REFERENCE_SIDE = 1920;

/**
 * What a camera should show: the reference view that a person took, and what was learned of it since. What was learned before
 * the reference was taken says nothing any more.
 */
export async function loadViews(
  deps: { readonly db: Queryable; readonly blobs: Pick<BlobStore, 'get'>; readonly log: Logger },
  cameraId: string,
): Promise<KnownView[]> {
  const { db, blobs, log } = deps;
  const references = await db.query<{ blob_sha256: Buffer; taken_at: number }>(
    'select blob_sha256, taken_at from camera_references where camera_id = $1',
    [cameraId],
  );
  const reference = references.rows[0];
  const { rows } = await db.query<Row>(
    `select mono, origin, cols, rows, width, height, luma, sharpness from camera_views
     where camera_id = $1 and learned_at >= coalesce($2::timestamptz, learned_at) order by origin, mono`,
    [cameraId, reference === undefined ? null : ts(reference.taken_at)],
  );
  const known = rows.map(
    ({ luma, sharpness, origin, ...row }): KnownView => ({
      origin,
      sharpness,
      view: storedView({ ...row, luma, acuity: sharpness ?? 0 }),
    }),
  );
  if (reference === undefined || known.some(({ origin }) => origin === 'reference')) return known;
  try {
    const picture = await decodeImage(await blobs.get(reference.blob_sha256), { maxSide: REFERENCE_SIDE });
    return [...known, { origin: 'reference', sharpness: null, view: viewOf(fromRgb(picture)) }];
  } catch (error) {
    log.warn(
      { err: (error as Error).message },
      'the reference view of the camera cannot be read: it is watched without',
    );
    return known;
  }
}

export async function saveView(
  deps: { readonly db: Queryable; readonly clock: Clock },
  cameraId: string,
  { view, origin, sharpness }: KnownView,
): Promise<void> {
  await deps.db.query(
    `insert into camera_views (camera_id, mono, origin, cols, rows, width, height, luma, sharpness, learned_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
     on conflict (camera_id, mono, origin) do update set cols = excluded.cols, rows = excluded.rows, width = excluded.width,
       height = excluded.height, luma = excluded.luma, sharpness = excluded.sharpness, learned_at = excluded.learned_at`,
    [
      cameraId,
      view.mono,
      origin,
      view.cols,
      view.rows,
      view.width,
      view.height,
      Buffer.from(Uint8Array.from(view.luma, (value) => Math.round(value))),
      sharpness,
      ts(deps.clock.now()),
    ],
  );
}
