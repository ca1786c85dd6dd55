import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { type ColumnType, columnText, copyChunks } from './column.ts';
import type { TableChanges, TableDef } from './table.ts';

/** The database's side of a table: what a thread that only writes must know of it. */
type WrittenTable = Pick<TableDef<object>, 'name' | 'columns' | 'key' | 'firstStands'>;

/**
 * What one flush writes of one table, already as text: rows may change in memory while it is being written. Plain data, so
 * that it can be handed to another thread.
 */
export interface TableWrite {
  readonly def: WrittenTable;
  readonly copy: readonly string[];
  readonly upserts: readonly string[];
  readonly deletes: string | null;
  readonly rows: number;
}

type Columns = readonly (readonly [name: string, type: ColumnType])[];

const columnsOf = (def: WrittenTable): Columns => Object.entries(def.columns) as [string, ColumnType][];

const cellOf = (row: object, column: string): unknown => (row as Record<string, unknown>)[column];

const nameOf = (def: WrittenTable): string => def.name.split('.').map(pg.escapeIdentifier).join('.');

/** Turns changes into what COPY reads. New rows go straight to their table, unless the first of a key stands. */
export function prepareWrite({ def, inserts, updates, deletes }: TableChanges): TableWrite {
  const columns = columnsOf(def);
  const { name, key, firstStands = false } = def;
  return {
    def: { name, columns: def.columns, key, firstStands },
    copy: def.firstStands ? [] : copyChunks(columns, inserts),
    upserts: copyChunks(columns, def.firstStands ? [...inserts, ...updates] : updates),
    deletes: deletes.length > 0 ? keysOf(deletes, keyColumnsOf(def)) : null,
    rows: inserts.length + updates.length + deletes.length,
  };
}

/** Keys as JSON in which every value is the text that its column reads. */
const keysOf = (rows: readonly object[], columns: Columns): string =>
  JSON.stringify(
    rows.map((row) => Object.fromEntries(columns.map(([name, type]) => [name, columnText(type, cellOf(row, name))]))),
  );

/** How deep a table lies: what it refers to must be written before it. By the table's name as SQL writes it. */
export async function rankByReference(client: pg.ClientBase): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ of: string; to: string }>(
    `select conrelid::regclass::text as of, confrelid::regclass::text as to from pg_constraint
     where contype = 'f' and conrelid <> confrelid`,
  );
  const rank = new Map<string, number>();
  const rankOf = (name: string): number => {
    const known = rank.get(name);
    if (known !== undefined) return known;
    const own = Math.max(0, ...rows.filter((row) => row.of === name).map((row) => rankOf(row.to) + 1));
    rank.set(name, own);
    return own;
  };
  for (const { of } of rows) rankOf(of);
  return rank;
}

const keyColumnsOf = (def: WrittenTable): Columns =>
  columnsOf(def).filter(([name]) => (def.key as readonly string[]).includes(name));

const keyNamesOf = (def: WrittenTable): string => def.key.map((name) => pg.escapeIdentifier(name as string)).join(', ');

const recordType = (columns: Columns): string =>
  columns.map(([name, type]) => `${pg.escapeIdentifier(name)} ${type}`).join(', ');

export async function deleteRows(client: pg.ClientBase, { def, deletes }: TableWrite): Promise<void> {
  if (deletes === null) return;
  const keyNames = keyNamesOf(def);
  await client.query(
    `delete from ${nameOf(def)} where (${keyNames}) in
       (select ${keyNames} from jsonb_to_recordset($1::jsonb) as r (${recordType(keyColumnsOf(def))}))`,
    [deletes],
  );
}

/**
 * Writes new and changed rows of one table, in the caller's transaction on `client`.
 * @param waitingTables those that this session has made already; a session whose transaction failed writes no more
 */
export async function writeRows(
  client: pg.ClientBase,
  { def, copy, upserts }: TableWrite,
  waitingTables: Set<string>,
): Promise<void> {
  const columns = columnsOf(def);
  const names = columns.map(([name]) => pg.escapeIdentifier(name)).join(', ');
  if (copy.length > 0) await copyInto(client, `${nameOf(def)} (${names})`, copy);
  if (upserts.length === 0) return;
  // By a table of the session's own, which a commit empties: nothing reads rows quicker than COPY.
  const waiting = pg.escapeIdentifier(`waiting_${def.name.replaceAll('.', '_')}`);
  if (!waitingTables.has(waiting)) {
    await client.query(
      `create temp table ${waiting} on commit delete rows as select ${names} from ${nameOf(def)} with no data`,
    );
    waitingTables.add(waiting);
  }
  await copyInto(client, `${waiting} (${names})`, upserts);
  const rest = columns.map(([name]) => name).filter((name) => !(def.key as readonly string[]).includes(name));
  const conflict =
    def.firstStands || rest.length === 0
      ? 'do nothing'
      : `do update set ${rest.map((name) => `${pg.escapeIdentifier(name)} = excluded.${pg.escapeIdentifier(name)}`).join(', ')}`;
  await client.query(
    `insert into ${nameOf(def)} (${names}) overriding system value
     select ${names} from ${waiting} on conflict (${keyNamesOf(def)}) ${conflict}`,
  );
}

async function copyInto(client: pg.ClientBase, target: string, chunks: readonly string[]): Promise<void> {
  await pipeline(Readable.from(bytesOf(chunks)), client.query(copyFrom(`copy ${target} from stdin`)));
}

function* bytesOf(chunks: readonly string[]): Generator<Buffer> {
  for (const chunk of chunks) yield Buffer.from(chunk, 'utf8');
}
