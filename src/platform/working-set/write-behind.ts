import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { columnText, copyLine } from './column.ts';
import type { TableChanges, TableDef } from './table.ts';

/** What one flush writes of one table, already as text: rows may change in memory while it is being written. */
export interface TableWrite {
  readonly def: TableDef<object>;
  readonly copy: string | null;
  readonly upserts: string | null;
  readonly deletes: string | null;
  readonly rows: number;
}

const columnsOf = (def: TableDef<object>): [string, (typeof def.columns)[never]][] =>
  Object.entries(def.columns) as [string, (typeof def.columns)[never]][];

const cellOf = (row: object, column: string): unknown => (row as Record<string, unknown>)[column];

const nameOf = (def: TableDef<object>): string => def.name.split('.').map(pg.escapeIdentifier).join('.');

/** Turns changes into text. New rows go by COPY, unless the first of a key stands. */
export function prepareWrite({ def, inserts, updates, deletes }: TableChanges): TableWrite {
  const columns = columnsOf(def);
  const names = columns.map(([name]) => name);
  const types = columns.map(([, type]) => type);
  const lines = def.firstStands
    ? []
    : inserts.map((row) =>
        copyLine(
          types,
          names.map((name) => cellOf(row, name)),
        ),
      );
  const upserted = def.firstStands ? [...inserts, ...updates] : updates;
  return {
    def,
    copy: lines.length > 0 ? `${lines.join('\n')}\n` : null,
    upserts: upserted.length > 0 ? recordsOf(upserted, columns) : null,
    deletes: deletes.length > 0 ? recordsOf(deletes, keyColumnsOf(def)) : null,
    rows: inserts.length + updates.length + deletes.length,
  };
}

/** Rows as JSON in which every value is the text that its column reads; jsonb stays JSON. */
const recordsOf = (rows: readonly object[], columns: ReturnType<typeof columnsOf>): string =>
  JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(
        columns.map(([name, type]) => {
          const value = cellOf(row, name) ?? null;
          return [name, type === 'jsonb' ? value : columnText(type, value)];
        }),
      ),
    ),
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

const keyColumnsOf = (def: TableDef<object>): ReturnType<typeof columnsOf> =>
  columnsOf(def).filter(([name]) => (def.key as readonly string[]).includes(name));

const keyNamesOf = (def: TableDef<object>): string =>
  def.key.map((name) => pg.escapeIdentifier(name as string)).join(', ');

const recordType = (columns: ReturnType<typeof columnsOf>): string =>
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

/** Writes new and changed rows of one table, in the caller's transaction on `client`. */
export async function writeRows(client: pg.ClientBase, write: TableWrite): Promise<void> {
  const { def } = write;
  const columns = columnsOf(def);
  const names = columns.map(([name]) => pg.escapeIdentifier(name)).join(', ');
  if (write.copy !== null) {
    const stream = client.query(copyFrom(`copy ${nameOf(def)} (${names}) from stdin`));
    await pipeline(Readable.from(chunksOf(write.copy)), stream);
  }
  if (write.upserts !== null) {
    const rest = columns.map(([name]) => name).filter((name) => !(def.key as readonly string[]).includes(name));
    const conflict =
      def.firstStands || rest.length === 0
        ? 'do nothing'
        : `do update set ${rest.map((name) => `${pg.escapeIdentifier(name)} = excluded.${pg.escapeIdentifier(name)}`).join(', ')}`;
    await client.query(
      `insert into ${nameOf(def)} (${names}) overriding system value
       select ${names} from jsonb_to_recordset($1::jsonb) as r (${recordType(columns)}) on conflict (${keyNamesOf(def)}) ${conflict}`,
      [write.upserts],
    );
  }
}

const CHUNK = 1 << 20;

function* chunksOf(text: string): Generator<Buffer> {
  for (let at = 0; at < text.length; at += CHUNK) {
    // A pair of surrogates must not be torn apart.
    let end = Math.min(text.length, at + CHUNK);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end -= 1;
    yield Buffer.from(text.slice(at, end), 'utf8');
    at = end - CHUNK;
  }
}
