import pg from 'pg';
import type { Queryable } from '../db.ts';
import type { ColumnType } from './column.ts';
import { type Change, pageDay, Table, type TableDef } from './table.ts';
import { prepareWrite, type TableWrite } from './write-behind.ts';
import { openWriterThread } from './write-in-thread.ts';
import { openWriter } from './writer.ts';

/**
 * Tables of the database worked on in memory and written behind: what bulk work reads and writes, while the database
 * follows. Rows of a clinic's day that nobody needs any more leave memory (`evict`) and come back when they are asked for
 * (`ensure`), so memory does not grow with the work. Only one program may write to these tables meanwhile.
 */
export interface WorkingSet {
  table<Row extends object>(def: TableDef<Row>): Table<Row>;
  /** Brings paged-out rows of a clinic and span (epoch ms) back; costs nothing when all are here. */
  ensure(clinic: string, from: number, to: number): Promise<void>;
  /** All changes of `work` are undone when it throws. One at a time, no transaction within another. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** Hands everything changed so far to the writer; at most one flush behind. Resolves when the one before is written. */
  flush(): Promise<void>;
  /** Resolves when everything handed over is written. */
  written(): Promise<void>;
  /** Forgets pages older than a moment, but those of which anything is not written yet. @returns how many pages left */
  evict(beforeMs: number): number;
  readonly stats: { rowsWritten: number; flushes: number; pagesOut: number; pagesBack: number; writeMs: number };
  close(): Promise<void>;
}

export async function openWorkingSet(options: {
  readonly connectionString: string;
  readonly db: Queryable;
  /** Writes in a thread of its own. */
  readonly inThread?: boolean;
}): Promise<WorkingSet> {
  const { db, connectionString } = options;
  const writer = options.inThread ? openWriterThread(connectionString) : await openWriter(connectionString);
  const tables = new Map<string, Table<object>>();
  const out = new Map<string, Set<number>>();
  let journal: Change[] | null = null;
  let writing: Promise<void> = Promise.resolve();
  let flushesTaken = 0;
  let flushesWritten = 0;
  const stats = { rowsWritten: 0, flushes: 0, pagesOut: 0, pagesBack: 0, writeMs: 0 };

  const write = async (writes: readonly TableWrite[]): Promise<void> => {
    const startedAt = performance.now();
    await writer.write(writes);
    stats.writeMs += performance.now() - startedAt;
    stats.flushes += 1;
    stats.rowsWritten += writes.reduce((sum, { rows }) => sum + rows, 0);
  };

  const written = (): Promise<void> => writing;

  const load = async (clinic: string, day: number): Promise<void> => {
    await written();
    for (const table of tables.values()) {
      const { page, columns, name } = table.def;
      if (typeof page === 'string') continue;
      const at = pg.escapeIdentifier(page.at);
      // A date begins with its day in UTC, whatever the session's time zone.
      const utc = (columns as Readonly<Record<string, ColumnType>>)[page.at] === 'date' ? ` at time zone 'UTC'` : '';
      const { rows } = await db.query(
        `select ${Object.keys(columns).map(pg.escapeIdentifier).join(', ')} from ${name.split('.').map(pg.escapeIdentifier).join('.')}
         where ${pg.escapeIdentifier(page.clinic)} = $1 and ${at} >= to_timestamp($2)${utc} and ${at} < to_timestamp($3)${utc}`,
        [clinic, day * 86_400, (day + 1) * 86_400],
      );
      table.restore(rows);
    }
    stats.pagesBack += 1;
  };

  return {
    stats,
    table<Row extends object>(def: TableDef<Row>): Table<Row> {
      let table = tables.get(def.name);
      if (!table) {
        table = new Table<Row>(def, () => journal) as unknown as Table<object>;
        tables.set(def.name, table);
      }
      return table as unknown as Table<Row>;
    },

    async ensure(clinic, from, to) {
      const days = out.get(clinic);
      if (!days || days.size === 0) return;
      for (let day = pageDay(from); day <= pageDay(to); day++) {
        if (!days.has(day)) continue;
        await load(clinic, day);
        days.delete(day);
      }
    },

    async transaction(work) {
      if (journal !== null) throw new Error('a transaction of the working set is open already');
      journal = [];
      try {
        return await work();
      } catch (error) {
        const undo = journal;
        journal = null;
        for (const change of undo.reverse()) change.table.undo(change);
        throw error;
      } finally {
        journal = null;
      }
    },

    async flush() {
      flushesTaken += 1;
      const flush = flushesTaken;
      const writes = [...tables.values()].flatMap((table) => {
        const changes = table.takeChanges(flush);
        return changes === null ? [] : [prepareWrite(changes)];
      });
      const before = writing;
      if (writes.length > 0) {
        // Set before anything is waited for: whoever reads the database meanwhile waits for these rows too.
        writing = before.then(async () => {
          await write(writes);
          flushesWritten = flush;
        });
        writing.catch(() => undefined); // told to whoever waits for it
      }
      await before;
    },

    written,

    evict(beforeMs) {
      const paged = [...tables.values()].filter(({ def }) => typeof def.page !== 'string');
      const pages = new Map<string, { clinic: string; day: number }>();
      for (const table of paged) {
        for (const page of table.pagesBefore(pageDay(beforeMs))) pages.set(`${page.clinic}|${page.day}`, page);
      }
      let left = 0;
      for (const { clinic, day } of pages.values()) {
        if (!paged.every((table) => table.isClean(clinic, day, flushesWritten))) continue;
        for (const table of paged) table.drop(clinic, day);
        const days = out.get(clinic) ?? new Set();
        out.set(clinic, days.add(day));
        left += 1;
      }
      stats.pagesOut += left;
      return left;
    },

    async close() {
      await written().catch(() => undefined);
      await writer.close();
    },
  };
}
