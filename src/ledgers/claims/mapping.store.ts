import { type Queryable, type Tx, ts } from '../../platform/db.ts';
import { DomainError } from '../../platform/errors.ts';
import { newId } from '../../platform/ids.ts';
import type { KeyMapping } from './nodes.ts';

/** A name that a province or a HIS vendor writes otherwise. `infno` null: in every transaction. */
export interface StoredMapping extends KeyMapping {
  readonly id: string;
  readonly note: string | null;
  readonly createdBy: string;
  readonly createdAt: number;
  /** Quarantined messages that its replay has healed, and that stayed. */
  readonly healed: number;
  readonly unhealed: number;
  /** null: its replay is still running. */
  readonly replayedAt: number | null;
}

const COLUMNS = `id, infno, from_key as "fromKey", to_key as "toKey", note, created_by as "createdBy",
  created_at as "createdAt", healed, unhealed, replayed_at as "replayedAt"`;

export async function listMappings(db: Queryable): Promise<StoredMapping[]> {
  const { rows } = await db.query<StoredMapping>(`select ${COLUMNS} from claim_key_mappings order by created_at, id`);
  return rows;
}

export async function getMapping(db: Queryable, id: string): Promise<StoredMapping | null> {
  const { rows } = await db.query<StoredMapping>(`select ${COLUMNS} from claim_key_mappings where id = $1`, [id]);
  return rows[0] ?? null;
}

/** @throws DomainError `conflict` when the key is mapped already */
export async function insertMapping(
  tx: Tx,
  mapping: KeyMapping & { readonly note: string | null; readonly createdBy: string; readonly createdAt: number },
): Promise<StoredMapping> {
  const { rows } = await tx.query<StoredMapping>(
    `insert into claim_key_mappings (id, infno, from_key, to_key, note, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7) on conflict (infno, from_key) do nothing returning ${COLUMNS}`,
    [newId(), mapping.infno, mapping.fromKey, mapping.toKey, mapping.note, mapping.createdBy, ts(mapping.createdAt)],
  );
  const stored = rows[0];
  if (!stored) {
    throw new DomainError('conflict', `${mapping.fromKey} is mapped already`, {
      remedy: 'Delete that mapping first, or choose another key.',
    });
  }
  return stored;
}

export async function deleteMapping(tx: Tx, id: string): Promise<StoredMapping | null> {
  const { rows } = await tx.query<StoredMapping>(`delete from claim_key_mappings where id = $1 returning ${COLUMNS}`, [
    id,
  ]);
  return rows[0] ?? null;
}

export async function addReplayResult(
  db: Queryable,
  id: string,
  result: { readonly healed: number; readonly unhealed: number; readonly finishedAt: number | null },
): Promise<void> {
  await db.query(
    `update claim_key_mappings set healed = healed + $2, unhealed = unhealed + $3, replayed_at = coalesce($4, replayed_at)
     where id = $1`,
    [id, result.healed, result.unhealed, result.finishedAt === null ? null : ts(result.finishedAt)],
  );
}

export interface MappingCache {
  current(): Promise<readonly KeyMapping[]>;
  /** After a change in this process; others notice by themselves within seconds. */
  forget(): void;
}

const REMEMBERED_MS = 2_000;

export function createMappingCache(options: { readonly db: Queryable }): MappingCache {
  let known: { readonly mappings: Promise<readonly KeyMapping[]>; readonly until: number } | undefined;
  return {
    current() {
      if (known && known.until > performance.now()) return known.mappings;
      const mappings = listMappings(options.db);
      known = { mappings, until: performance.now() + REMEMBERED_MS };
      mappings.catch(() => {
        known = undefined;
      });
      return mappings;
    },
    forget() {
      known = undefined;
    },
  };
}
