import { deleteTemplates } from '../people/template.store.ts';
import type { Clock } from '../platform/clock.ts';
import { type Db, ts } from '../platform/db.ts';
import type { RetentionPolicy } from '../platform/retention.ts';

const BATCH = 500;

export interface SweepReport {
  readonly appearances: number;
  readonly stills: number;
}

/**
 * Forgets faces whose time is over: shots and templates of appearances, and the reference to stills, each by the
 * retention class of its row. The appearance itself (when, where, how many) stays: it is no face. The files go with
 * `blobs.sweep`, which knows their own expiry.
 */
export async function sweepEvidence(options: {
  readonly db: Db;
  readonly clock: Clock;
  readonly retention: RetentionPolicy;
}): Promise<SweepReport> {
  const { db, clock, retention } = options;
  /** What ended before this is to go; null: the class is kept. */
  const cutoff = (retentionClass: string): string | null => {
    const keptMs = retention.expiresAt(retentionClass, 0);
    return keptMs === null ? null : ts(clock.now() - keptMs);
  };
  return {
    appearances: await forgetAppearances(db, cutoff),
    stills: await forgetStills(db, cutoff),
  };
}

async function forgetAppearances(db: Db, cutoff: (retentionClass: string) => string | null): Promise<number> {
  let forgotten = 0;
  for (const retentionClass of ['appearance', 'alert']) {
    const before = cutoff(retentionClass);
    if (before === null) continue;
    for (let batch = BATCH; batch === BATCH; ) {
      batch = await db.transaction(async (tx) => {
        const due = await tx.query<{ id: string; template_id: string | null }>(
          `select id, template_id from appearances a
           where retention_class = $1 and state <> 'open' and to_at < $2
             and (template_id is not null or exists (select 1 from appearance_shots s where s.appearance_id = a.id))
           limit ${BATCH} for update skip locked`,
          [retentionClass, before],
        );
        const ids = due.rows.map((row) => row.id);
        await tx.query('delete from appearance_shots where appearance_id = any($1::uuid[])', [ids]);
        await tx.query('update appearances set template_id = null where id = any($1::uuid[])', [ids]);
        await deleteTemplates(
          tx,
          due.rows.flatMap((row) => (row.template_id === null ? [] : [row.template_id])),
        );
        return ids.length;
      });
      forgotten += batch;
    }
  }
  return forgotten;
}

async function forgetStills(db: Db, cutoff: (retentionClass: string) => string | null): Promise<number> {
  let forgotten = 0;
  for (const retentionClass of ['still', 'alert']) {
    const before = cutoff(retentionClass);
    if (before === null) continue;
    const swept = await db.query(
      `update snapshots set blob_sha256 = null, reason = 'expired'
       where retention_class = $1 and blob_sha256 is not null and coalesce(actual_at, planned_at) < $2`,
      [retentionClass, before],
    );
    forgotten += swept.rowCount;
  }
  return forgotten;
}
