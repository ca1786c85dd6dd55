import { createGallery, type Gallery } from '../../faces/gallery/gallery.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Keyring } from '../../platform/crypto.ts';
import { type Db, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import { countAll, type GalleryScope, type Members, membersOf } from './members.store.ts';
import { dropShard, type Model, membersInUse, readShard, SHARD_AT_REST, shardIds, unpacked } from './shards.store.ts';
import { vectorsOf } from './vectors.ts';

/** A gallery as it stands now, and who of its scope is not in it. */
export interface OpenGallery {
  readonly gallery: Gallery;
  /** Only a template by another model, or one of another dimension. */
  readonly otherVersion: number;
  /** null: not counted. */
  readonly withoutPortrait: number | null;
}

/** Galleries in memory, brought up to the portraits in use whenever one is asked for. */
export interface GalleryKeeper {
  readonly model: Model;
  open(scope: GalleryScope): Promise<OpenGallery>;
  close(): Promise<void>;
}

interface KeeperDeps {
  readonly db: Db;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Logger;
  readonly model: Model;
  /** Catchments that stay in memory; the one that was not asked for longest goes. */
  readonly most?: number;
}

const BATCH = 2_000;
/** Who was accepted while an earlier look was under way, by a clock that was behind. */
const OVERLAP_MS = 60_000;

export function createGalleryKeeper(deps: KeeperDeps): GalleryKeeper {
  const { db, clock, model, most = 32 } = deps;
  const catchments = new Map<string, { readonly gallery: Gallery; turn: Promise<unknown> }>();
  let all: { readonly gallery: Gallery; turn: Promise<unknown>; seenAt: number | null } | null = null;

  const fresh = (): Gallery => createGallery({ version: model.version, dimension: model.dimension });

  const addMissing = (gallery: Gallery, ids: readonly string[]): Promise<number> => addStored(deps, gallery, ids);

  const sync = async (gallery: Gallery, members: Members): Promise<OpenGallery> => {
    const wanted = new Set(members.ids);
    gallery.remove([...gallery.ids()].filter((id) => !wanted.has(id)));
    const misfits = await addMissing(
      gallery,
      members.ids.filter((id) => !gallery.has(id)),
    );
    return {
      gallery,
      otherVersion: members.otherVersion + misfits,
      withoutPortrait: members.withoutPortrait,
    };
  };

  const openCatchment = async (scope: Exclude<GalleryScope, { kind: 'all' }>): Promise<OpenGallery> => {
    const key = scope.kind === 'clinic' ? `clinic:${scope.clinicCode}` : `region:${scope.prefix}`;
    let kept = catchments.get(key);
    // Many have left: less to do from the beginning.
    if (kept !== undefined && kept.gallery.removed > kept.gallery.size + BATCH) kept = undefined;
    const entry = kept ?? { gallery: fresh(), turn: Promise.resolve() };
    catchments.delete(key);
    catchments.set(key, entry);
    // Not closed: somebody may be searching it. It goes when nobody holds it any more.
    for (const oldest of catchments.keys()) {
      if (catchments.size <= most) break;
      catchments.delete(oldest);
    }
    const open = entry.turn.then(async () =>
      sync(entry.gallery, await membersOf(db, model.version, scope, clock.now())),
    );
    entry.turn = open.catch(() => undefined);
    return open;
  };

  const openAll = (): Promise<OpenGallery> => {
    all ??= { gallery: fresh(), turn: Promise.resolve(), seenAt: null };
    const entry = all;
    const open = entry.turn.then(async () => {
      const from = clock.now();
      if (entry.seenAt === null) await loadAll(deps, entry.gallery);
      else await addMissing(entry.gallery, await acceptedSince(deps, entry.gallery, entry.seenAt - OVERLAP_MS));
      entry.seenAt = from;
      const { otherVersion } = await countAll(db, model.version);
      return { gallery: entry.gallery, otherVersion, withoutPortrait: null };
    });
    entry.turn = open.catch(() => undefined);
    return open;
  };

  return {
    model,
    open: (scope) => (scope.kind === 'all' ? openAll() : openCatchment(scope)),
    async close() {
      const open = [...catchments.values(), ...(all === null ? [] : [all])];
      catchments.clear();
      all = null;
      for (const { gallery, turn } of open) {
        await turn;
        await gallery.close();
      }
    },
  };
}

/** @returns how many of them do not fit into this gallery */
async function addStored(
  deps: Pick<KeeperDeps, 'db' | 'keyring' | 'model'>,
  gallery: Gallery,
  ids: readonly string[],
): Promise<number> {
  let misfits = 0;
  for (let from = 0; from < ids.length; from += BATCH) {
    const vectors = await vectorsOf(deps, deps.model.version, ids.slice(from, from + BATCH));
    const fitting = [...vectors].flatMap(([id, vector]) =>
      vector.length === gallery.dimension ? [{ id, vector }] : [],
    );
    misfits += vectors.size - fitting.length;
    await gallery.add(fitting);
  }
  return misfits;
}

/** Everybody, from the packed shards, and from their templates who is in none of them. A damaged shard is packed anew later. */
async function loadAll(deps: KeeperDeps, gallery: Gallery): Promise<void> {
  const { db, keyring, log, model } = deps;
  for (const id of await shardIds(db, model.version)) {
    try {
      const shard = await readShard(db, keyring, id);
      const inUse = await membersInUse(db, id);
      if (shard !== null) await gallery.addPacked(shard, (templateId) => inUse.has(templateId));
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== 'integrity') throw error;
      log.error({ shard: id, err: error.message, remedy: error.details.remedy }, 'a packed gallery shard is damaged');
      await dropShard(db, id);
    }
  }
  for (let after: string | null = null; ; ) {
    const ids: string[] = await unpacked(db, model.version, after, SHARD_AT_REST);
    await addStored(deps, gallery, ids);
    if (ids.length < SHARD_AT_REST) return;
    after = ids.at(-1) ?? null;
  }
}

async function acceptedSince({ db, model }: KeeperDeps, gallery: Gallery, since: number): Promise<string[]> {
  const { rows } = await db.query<{ template_id: string }>(
    `select p.template_id from portraits p
     where p.state = 'accepted' and p.template_id is not null and p.decided_at >= $2
       and exists (select 1 from biometric.templates t
                   where (t.id = p.template_id or t.of_id = p.template_id) and t.model_version = $1)`,
    [model.version, ts(since)],
  );
  return rows.flatMap(({ template_id: id }) => (gallery.has(id) ? [] : [id]));
}
