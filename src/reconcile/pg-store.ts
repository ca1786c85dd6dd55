import { getTemplates } from '../people/template.store.ts';
import type { Keyring } from '../platform/crypto.ts';
import type { Db, TransactionOptions, Tx } from '../platform/db.ts';
import type { Outbox, OutboxItem } from '../platform/outbox.ts';
import { bookReads } from './book/pg.ts';
import { clinicScoreReads } from './clinic-score/pg.ts';
import { completenessReads } from './completeness/pg.ts';
import { holdingReads, holdingWrites } from './holding/pg.ts';
import { inRequestReads } from './in-request/pg.ts';
import { periodReads } from './periods/pg.ts';
import { expectedReads } from './pg/expected.ts';
import { presenceReads } from './pg/presence.ts';
import { type Later, type Read, readsAhead } from './pg/reader.ts';
import { touchedReads } from './pg/touched.ts';
import { visitReads } from './pg/visits.ts';
import { writes } from './pg/writes.ts';
import type { ReconcileStore } from './store.ts';

export interface PgStoreDeps {
  readonly keyring: Keyring;
  readonly outbox: Outbox;
}

/** Runs work on a store in a transaction of its own. */
export type InStore = <T>(
  work: (store: ReconcileStore, tx: Tx) => Promise<T>,
  limits?: TransactionOptions,
) => Promise<T>;

/**
 * The room's store on the database, within one transaction. What is put and told is collected, and written before the
 * next read and at the end, when `finish` must be called.
 */
export function createPgReconcileStore(
  tx: Tx,
  { keyring, outbox }: PgStoreDeps,
): ReconcileStore & { finish(): Promise<void> } {
  const { flush: flushRows, ...puts } = writes(tx);
  const { flush: flushHolding, ...holding } = holdingWrites(tx);
  const flush = async (): Promise<void> => {
    const wroteRows = await flushRows();
    const wroteHolding = await flushHolding();
    if (wroteRows || wroteHolding) forget();
  };
  const told: OutboxItem[] = [];
  const ask: Read = async (name, sql, values) => {
    await flush();
    return (await tx.query<never>(sql, values, name)).rows;
  };
  const { read, expect, forget } = readsAhead(ask);
  const later: Later = async (name, sql, values) => {
    await flush();
    tx.later(sql, values, name);
  };
  return {
    ...visitReads(read, later),
    ...presenceReads(read),
    ...touchedReads(read),
    ...bookReads(read),
    ...clinicScoreReads(read),
    ...periodReads(read),
    ...inRequestReads(read),
    ...holdingReads(read),
    ...completenessReads(read),
    ...puts,
    ...holding,
    expect: (asked) => expectedReads(asked(), { ask, expect }),
    templates: (ids) => getTemplates(tx, keyring, ids),
    tell(topic, items) {
      for (const item of items) told.push({ ...item, topic });
    },
    async finish() {
      await flush();
      await outbox.addMixed(tx, told.splice(0));
    },
  };
}

/** Stores on transactions: the caller's, or one each. */
export function createPgStores(deps: PgStoreDeps & { readonly db: Db }): {
  storeOn<T>(tx: Tx, work: (store: ReconcileStore) => Promise<T>): Promise<T>;
  readonly inStore: InStore;
} {
  const on = async <T>(tx: Tx, work: (store: ReconcileStore, tx: Tx) => Promise<T>): Promise<T> => {
    const store = createPgReconcileStore(tx, deps);
    const result = await work(store, tx);
    await store.finish();
    return result;
  };
  return { storeOn: on, inStore: (work, limits) => deps.db.transaction((tx) => on(tx, work), limits) };
}
