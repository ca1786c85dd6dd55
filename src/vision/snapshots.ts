import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileUrl } from '../media/ffmpeg/arguments.ts';
import type { MediaTools } from '../media/probe.ts';
import { encodeJpeg, extractStill } from '../media/still.ts';
import { toRgb } from '../media/yuv.ts';
import type { BlobStore } from '../platform/blobs.ts';
import { type Db, ts } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import type { Logger } from '../platform/log.ts';
import { segmentAt } from './footage-ring.ts';
import type { StillRing } from './still-ring.ts';

interface Deps {
  readonly db: Db;
  readonly blobs: BlobStore;
  readonly tools: MediaTools;
  readonly log: Logger;
}

const TOLERANCE_MS = 2_000;
const CLOSE_MS = 500;
/** A live stream's group of pictures is whole when the next one begins. */
const SOON_WHOLE_MS = 5_000;
/** Orders of moments that the footage reaches so soon are waited for. */
const SOON_MS = 60_000;
const BATCH = 50;

/**
 * Takes the stills that are ordered of a camera and whose moment its footage has reached: from the last pictures in memory,
 * the stream's last seconds, else from the recorded ring. What cannot be taken yet stays pending; what the camera's outage
 * made impossible is marked missed; the rest is housekeeping's to give up. Answers how many it took, and whether any is to
 * be looked for again soon.
 * @param reached device time up to which pictures have been read
 */
export async function takeStills(
  deps: Deps,
  camera: {
    readonly id: string;
    readonly ring: StillRing;
    readonly reached: number;
    readonly footageAt?: (at: number) => { readonly path: string; readonly from: number } | null;
  },
): Promise<{ readonly taken: number; readonly waiting: boolean }> {
  const { rows } = await deps.db.query<{ id: string; planned_at: number; retention_class: string }>(
    `select id, planned_at, retention_class from snapshots
     where camera_id = $1 and state = 'pending' and planned_at <= $2 order by planned_at limit ${BATCH}`,
    [camera.id, ts(camera.reached + SOON_MS)],
  );
  let taken = 0;
  for (const row of rows) {
    if (row.planned_at > camera.reached) continue;
    const still = await pictureAt(deps, camera, row.planned_at);
    if (still) {
      await deps.db.transaction(async (tx) => {
        const blob = await deps.blobs.put(tx, still.jpeg, {
          mediaType: 'image/jpeg',
          retentionClass: row.retention_class,
        });
        await tx.query(
          `update snapshots set state = 'taken', actual_at = $2, blob_sha256 = $3, reason = null where id = $1 and state = 'pending'`,
          [row.id, ts(still.at), blob.sha256],
        );
      });
      taken++;
    } else {
      await deps.db.query(
        `update snapshots s set state = 'missed', reason = 'camera_offline'
         where s.id = $1 and s.state = 'pending' and exists (
           select 1 from device_states d where d.camera_id = s.camera_id and d.state = 'offline'
             and d.from_at <= s.planned_at and (d.to_at is null or d.to_at > s.planned_at))`,
        [row.id],
      );
    }
  }
  return { taken, waiting: rows.length > taken };
}

async function pictureAt(
  deps: Deps,
  camera: Pick<Parameters<typeof takeStills>[1], 'id' | 'ring' | 'footageAt' | 'reached'>,
  at: number,
): Promise<{ at: number; jpeg: Buffer } | null> {
  const { footageAt } = camera;
  const frame = camera.ring.nearest(at, footageAt ? CLOSE_MS : TOLERANCE_MS);
  if (frame) return { at: frame.at, jpeg: await encodeJpeg(toRgb(frame.image)) };
  if (footageAt) {
    const fresh = footageAt(at);
    if (fresh) {
      const jpeg = await extractStill(deps.tools, fileUrl(fresh.path), at - fresh.from).catch(() => null);
      if (jpeg) return { at, jpeg };
    } else if (camera.reached - at < SOON_WHOLE_MS) return null;
    const near = camera.ring.nearest(at, TOLERANCE_MS);
    if (near) return { at: near.at, jpeg: await encodeJpeg(toRgb(near.image)) };
  }
  const segment = await segmentAt(deps.db, camera.id, at);
  if (!segment) return null;
  const dir = await mkdtemp(join(tmpdir(), 'claimsight-still-'));
  try {
    const path = join(dir, 'segment');
    await writeFile(path, await deps.blobs.get(segment.sha256), { mode: 0o600 });
    return { at, jpeg: await extractStill(deps.tools, fileUrl(path), at - segment.from) };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    deps.log.warn({ cameraId: camera.id, err: error.message }, 'a still could not be taken from the recorded footage');
    return null;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
