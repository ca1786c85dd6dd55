import { CAMERA_CHANNEL } from '../devices/camera.store.ts';
import type { Db, Tx } from '../platform/db.ts';
import { DomainError } from '../platform/errors.ts';
import { newId } from '../platform/ids.ts';

/**
 * Which worker reads which camera, in PostgreSQL, on its clock: each camera by exactly one. A lease that is not renewed runs
 * out and another worker takes it, with a higher token; whoever holds the older one writes nothing any more.
 */
export interface CameraLeases {
  /**
   * Renews what is held, takes what is free, as far as this worker's fair share goes. `surplus`: what it should give up, since
   * another worker has room.
   * @param wanted all cameras that are to be watched
   */
  round(
    wanted: readonly string[],
  ): Promise<{ readonly held: ReadonlyMap<string, number>; readonly surplus: readonly string[] }>;
  /** Lets cameras go at once; other workers hear of it. */
  release(cameraIds: readonly string[]): Promise<void>;
  /** What a camera's writes are guarded by. */
  guard(cameraId: string, token: number): LeaseGuard;
  /**
   * Which of these this worker surely holds under these tokens; until the transaction ends nobody takes them over. Waits for
   * nobody: those that are being renewed at this moment are left out.
   * @param tokens by camera
   */
  surelyHeld(tx: Tx, tokens: ReadonlyMap<string, number>): Promise<ReadonlySet<string>>;
  /** Lets all go, and this worker is gone. */
  close(): Promise<void>;
}

/** To be asked first in every transaction that writes for a camera. @throws LeaseLost */
export type LeaseGuard = (tx: Tx) => Promise<void>;

/** Another worker reads this camera now. */
export class LeaseLost extends DomainError {
  constructor(cameraId: string) {
    super('conflict', 'another worker reads this camera', { cameraId });
  }
}

export function createCameraLeases(options: {
  readonly db: Db;
  /** A lease that is not renewed is free after this long. */
  readonly leaseMs: number;
  /** So many cameras at most. */
  readonly capacity: number;
}): CameraLeases {
  const { db, leaseMs, capacity } = options;
  const worker = newId();
  const lease = `make_interval(secs => ${leaseMs / 1000})`;

  const takeFree = async (wanted: readonly string[], count: number): Promise<Map<string, number>> => {
    if (count <= 0 || wanted.length === 0) return new Map();
    const { rows } = await db.query<{ camera_id: string; token: number }>(
      `insert into camera_leases as l (camera_id, owner, until_at)
       select camera_id, $1, clock_timestamp() + ${lease} from (
         select w.camera_id from unnest($2::text[]) as w (camera_id)
         join cameras c on c.id = w.camera_id
         left join camera_leases free on free.camera_id = w.camera_id
         where free.camera_id is null or free.owner is null or free.until_at < clock_timestamp()
         -- Workers that look at the same moment should not all want the same ones.
         order by random() limit $3) as free_ones
       order by camera_id
       on conflict (camera_id) do update set owner = excluded.owner, token = l.token + 1, until_at = excluded.until_at
         where l.owner is null or l.until_at < clock_timestamp()
       returning camera_id, token`,
      [worker, wanted, count],
    );
    return new Map(rows.map((row) => [row.camera_id, row.token]));
  };

  return {
    async round(wanted) {
      await db.query(
        `insert into camera_workers (id, seen_at) values ($1, clock_timestamp())
         on conflict (id) do update set seen_at = excluded.seen_at`,
        [worker],
      );
      const { rows: mine } = await db.query<{ camera_id: string; token: number }>(
        `update camera_leases set until_at = clock_timestamp() + ${lease} where owner = $1 returning camera_id, token`,
        [worker],
      );
      const { rows: others } = await db.query<{ workers: number }>(
        `with gone as (delete from camera_workers where seen_at < clock_timestamp() - 10 * ${lease})
         select count(*) as workers from camera_workers where id <> $1 and seen_at >= clock_timestamp() - ${lease}`,
        [worker],
      );
      const held = new Map(mine.map((row) => [row.camera_id, row.token]));
      const share = Math.min(capacity, Math.ceil(wanted.length / (1 + (others[0]?.workers ?? 0))));
      const wantedHere = wanted.filter((id) => held.has(id));
      const missing = wanted.filter((id) => !held.has(id));
      for (const [id, token] of await takeFree(missing, share - wantedHere.length)) held.set(id, token);
      return { held, surplus: wantedHere.slice(share) };
    },
    async release(cameraIds) {
      if (cameraIds.length === 0) return;
      await db.query(`update camera_leases set owner = null where owner = $1 and camera_id = any($2::text[])`, [
        worker,
        cameraIds,
      ]);
      await db.query('select pg_notify($1, $2)', [CAMERA_CHANNEL, '']);
    },
    guard: (cameraId, token) => async (tx) => {
      // Shared with nobody who would take it over: that waits for our commit, or we find it gone.
      const { rowCount } = await tx.query(
        'select 1 from camera_leases where camera_id = $1 and owner = $2 and token = $3 for share',
        [cameraId, worker, token],
      );
      if (rowCount === 0) throw new LeaseLost(cameraId);
    },
    async surelyHeld(tx, tokens) {
      // To wait for many rows at once, while our own renewal locks them in another order, would end in a deadlock.
      const { rows } = await tx.query<{ camera_id: string }>(
        `select l.camera_id from camera_leases l
         join unnest($1::text[], $2::bigint[]) as held (camera_id, token) using (camera_id, token)
         where l.owner = $3 for share of l skip locked`,
        [[...tokens.keys()], [...tokens.values()], worker],
      );
      return new Set(rows.map((row) => row.camera_id));
    },
    async close() {
      await db.query('update camera_leases set owner = null where owner = $1', [worker]);
      await db.query('delete from camera_workers where id = $1', [worker]);
      await db.query('select pg_notify($1, $2)', [CAMERA_CHANNEL, '']);
    },
  };
}
