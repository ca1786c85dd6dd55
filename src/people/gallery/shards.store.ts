import { openShard, type PackedShard, packShard, sealShard, thinnedShard } from '../../faces/gallery/packed-shard.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Db, type Queryable, type Tx, ts } from '../../platform/db.ts';
import { newId } from '../../platform/ids.ts';
import { vectorsOf } from './vectors.ts';

/** Templates of one packed shard at rest: a few megabytes, read and written in one go. */
export const SHARD_AT_REST = 16_384;

interface Deps {
  readonly db: Db;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

export interface Model {
  readonly version: string;
  readonly dimension: number;
}

const IN_USE = `exists (select 1 from portraits p where p.template_id = m.template_id and p.state = 'accepted')`;

/** Ids of the packed shards of a model, oldest first. */
export async function shardIds(db: Queryable, version: string): Promise<string[]> {
  const { rows } = await db.query<{ id: string }>(
    'select id from biometric.gallery_shards where model_version = $1 order by created_at, id',
    [version],
  );
  return rows.map(({ id }) => id);
}

/** Opens one. @returns null when it is gone. @throws DomainError `integrity` when it was damaged */
export async function readShard(db: Queryable, keyring: Keyring, id: string): Promise<PackedShard | null> {
  const { rows } = await db.query<{ sealed: Buffer }>('select sealed from biometric.gallery_shards where id = $1', [
    id,
  ]);
  return rows[0] === undefined ? null : openShard(keyring, id, rows[0].sealed);
}

/** Of a shard's templates, those whose portraits are still in use. */
export async function membersInUse(db: Queryable, id: string): Promise<ReadonlySet<string>> {
  const { rows } = await db.query<{ template_id: string }>(
    `select m.template_id from biometric.gallery_members m where m.shard_id = $1 and ${IN_USE}`,
    [id],
  );
  return new Set(rows.map((row) => row.template_id));
}

/** Drops a shard; its templates are packed again from what is stored. */
export async function dropShard(db: Queryable, id: string): Promise<void> {
  await db.query('delete from biometric.gallery_shards where id = $1', [id]);
}

/** Portraits in use that are in no shard of the model, in the order of their ids. */
export async function unpacked(db: Queryable, version: string, after: string | null, limit: number): Promise<string[]> {
  const { rows } = await db.query<{ template_id: string }>(
    `select p.template_id from portraits p
     where p.state = 'accepted' and p.template_id is not null and ($2::uuid is null or p.template_id > $2)
       and exists (select 1 from biometric.templates t
                   where (t.id = p.template_id or t.of_id = p.template_id) and t.model_version = $1)
       and not exists (select 1 from biometric.gallery_members m
                       where m.template_id = p.template_id and m.model_version = $1)
     order by p.template_id limit $3`,
    [version, after, limit],
  );
  return rows.map((row) => row.template_id);
}

/**
 * Keeps the packed shards of a model up with the portraits in use: faces that are not any more leave the shards, so that
 * nothing of them is left; new ones are packed as soon as `least` of them wait. Shards of other models go.
 * @returns how many were packed and how many left
 */
export async function packGallery(
  deps: Deps,
  model: Model,
  least = SHARD_AT_REST / 4,
): Promise<{ readonly packed: number; readonly left: number }> {
  const { db } = deps;
  await db.query('delete from biometric.gallery_shards where model_version <> $1', [model.version]);
  const left = await thinShards(deps, model.version);
  let packed = 0;
  for (;;) {
    const ids = await unpacked(db, model.version, null, SHARD_AT_REST);
    if (ids.length < Math.max(1, least)) return { packed, left };
    const written = await db.transaction((tx) => packOne(tx, deps, model, ids));
    if (written === 0) return { packed, left };
    packed += written;
  }
}

async function packOne(tx: Tx, deps: Deps, model: Model, ids: readonly string[]): Promise<number> {
  const vectors = await vectorsOf({ db: tx, keyring: deps.keyring }, model.version, ids);
  const templates = [...vectors].flatMap(([id, vector]) => (vector.length === model.dimension ? [{ id, vector }] : []));
  if (templates.length === 0) return 0;
  const shard = packShard(model, templates);
  const id = newId();
  await tx.query(
    `insert into biometric.gallery_shards (id, model_version, dimension, templates, sealed, created_at)
     values ($1, $2, $3, $4, $5, $6)`,
    [id, model.version, model.dimension, templates.length, sealShard(deps.keyring, id, shard), ts(deps.clock.now())],
  );
  await tx.query(
    `insert into biometric.gallery_members (template_id, model_version, shard_id)
     select unnest($1::uuid[]), $2, $3 on conflict do nothing`,
    [templates.map((template) => template.id), model.version, id],
  );
  return templates.length;
}

async function thinShards({ db, keyring }: Deps, version: string): Promise<number> {
  const { rows } = await db.query<{ shard_id: string }>(
    `select distinct m.shard_id from biometric.gallery_members m where m.model_version = $1 and not ${IN_USE}`,
    [version],
  );
  let left = 0;
  for (const { shard_id: id } of rows) {
    left += await db.transaction(async (tx) => {
      await tx.query('select 1 from biometric.gallery_shards where id = $1 for update', [id]);
      const shard = await readShard(tx, keyring, id).catch(() => null);
      // Damaged: packed again from what is stored.
      if (shard === null) {
        await dropShard(tx, id);
        return 0;
      }
      const inUse = await membersInUse(tx, id);
      const thin = thinnedShard(shard, (templateId) => inUse.has(templateId));
      if (thin.ids.length === 0) await dropShard(tx, id);
      else {
        await tx.query('update biometric.gallery_shards set sealed = $2, templates = $3 where id = $1', [
          id,
          sealShard(keyring, id, thin),
          thin.ids.length,
        ]);
        await tx.query(
          'delete from biometric.gallery_members where shard_id = $1 and not (template_id = any($2::uuid[]))',
          [id, thin.ids],
        );
      }
      return shard.ids.length - thin.ids.length;
    });
  }
  return left;
}
