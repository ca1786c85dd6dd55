import pg from 'pg';
import { DomainError } from '../errors.ts';
import { deleteRows, rankByReference, type TableWrite, writeRows } from './write-behind.ts';

/** Writes flushes to the database, each in a transaction. One at a time. */
export interface Writer {
  /** @throws DomainError `unavailable` when the database went away; whatever it says about a row that it refuses */
  write(writes: readonly TableWrite[]): Promise<void>;
  close(): Promise<void>;
}

export async function openWriter(connectionString: string): Promise<Writer> {
  const client = new pg.Client({ connectionString, application_name: 'working-set' });
  // What broke is told by the next query; unheard it would end the process.
  let broken: Error | null = null;
  client.on('error', (error) => {
    broken ??= error;
  });
  await client.connect();
  // A flush that is lost with the machine is lost with the run that made it.
  await client.query('set synchronous_commit = off');
  const waitingTables = new Set<string>();
  let rank: ReadonlyMap<string, number> | null = null;
  return {
    async write(writes) {
      try {
        await client.query('begin');
        rank ??= await rankByReference(client);
        const order = rank;
        const sorted = writes.toSorted((a, b) => (order.get(a.def.name) ?? 0) - (order.get(b.def.name) ?? 0));
        for (const each of sorted.toReversed()) await deleteRows(client, each);
        for (const each of sorted) await writeRows(client, each, waitingTables);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback').catch(() => undefined);
        const gone = broken ?? (error instanceof pg.DatabaseError && error.code?.startsWith('57P') ? error : null);
        if (gone === null) throw error;
        throw new DomainError(
          'unavailable',
          `the database went away while rows were being written (${gone.message})`,
          { remedy: 'See whether it runs and its disk has room, then begin the work again: it was not finished.' },
          { cause: error },
        );
      }
    },
    close: () => client.end(),
  };
}
