import { sha256 } from '../../platform/crypto.ts';
import { ts } from '../../platform/db.ts';
import type { ColumnType } from '../../platform/working-set/column.ts';
import type { TableDef } from '../../platform/working-set/table.ts';
import type { CountChange } from './counts.store.ts';

type Values = Readonly<Record<string, unknown>>;

/** One change of one row, waiting to be written. */
export type Write =
  | { readonly kind: 'insert'; readonly table: TableDef<object>; readonly row: Values }
  | { readonly kind: 'change'; readonly table: TableDef<object>; readonly key: Values; readonly to: Values }
  | { readonly kind: 'remove'; readonly table: TableDef<object>; readonly key: Values };

export interface Statement {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Of the few forms that new messages take: each connection plans them once. */
  readonly name: string | undefined;
}

/**
 * Writes as few statements: removals first, then everything else as one. A row must not be written twice. The counts come
 * last, after all else of their statement: their rows are hot, and a lock on them lasts until the commit.
 */
export function statementsOf(writes: readonly Write[], counts: readonly CountChange[]): Statement[] {
  const removals = writes.filter((write) => write.kind === 'remove');
  const others = writes.filter((write) => write.kind !== 'remove');
  const statements: Statement[] = [];
  if (removals.length > 0) {
    const params = new Params();
    const parts = [...grouped(removals).values()].map((group) => removeSql(params, group));
    statements.push({ ...asOne(params, parts, null), name: undefined });
  }
  if (others.length + counts.length > 0) {
    const params = new Params();
    const parts = [...grouped(others).values()].map((group) =>
      group[0]?.kind === 'insert' ? insertSql(params, group) : changeSql(params, group),
    );
    const { sql, values } = asOne(params, parts, counts.length === 0 ? null : countSql(params, counts));
    const few = others.every((write) => write.kind === 'insert');
    statements.push({ sql, values, name: few ? `claims-${sha256(sql).toString('hex', 0, 12)}` : undefined });
  }
  return statements;
}

class Params {
  readonly values: unknown[] = [];

  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }
}

/** Parts of one statement; `last`, told what must be true of it, waits for the others. */
function asOne(
  params: Params,
  parts: readonly string[],
  last: ((condition: string) => string) | null,
): Omit<Statement, 'name'> {
  const named = parts.map((part, i) => `w${i} as (${part} returning 1)`).join(', ');
  const after = parts.map((_, i) => `(select count(*) from w${i}) >= 0`).join(' and ') || 'true';
  const main = last === null ? 'select 1' : last(after);
  return { sql: parts.length === 0 ? main : `with ${named} ${main}`, values: params.values };
}

/** Rows that one part can write: new ones of one table, or those of one table that become the same. */
function grouped<W extends Write>(writes: readonly W[]): Map<string, W[]> {
  const groups = new Map<string, W[]>();
  for (const write of writes) {
    const alike = write.kind === 'change' ? JSON.stringify(write.to) : '';
    const key = `${write.kind}|${write.table.name}|${alike}`;
    const group = groups.get(key);
    if (group) group.push(write);
    else groups.set(key, [write]);
  }
  return groups;
}

const typeOf = (table: TableDef<object>, column: string): ColumnType =>
  (table.columns as Readonly<Record<string, ColumnType>>)[column] ?? 'text';

function paramOf(type: ColumnType, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  if (type === 'timestamptz') return ts(value as number);
  return type === 'jsonb' ? JSON.stringify(value) : value;
}

function insertSql(params: Params, group: readonly Write[]): string {
  const rows = group.flatMap((write) => (write.kind === 'insert' ? [write.row] : []));
  const table = group[0]?.table;
  if (table === undefined) throw new Error('nothing to insert');
  const columns = Object.keys(table.columns);
  const into = `insert into ${table.name} (${columns.join(', ')})`;
  const [only] = rows;
  if (rows.length === 1 && only) {
    const values = columns.map((column) => params.add(paramOf(typeOf(table, column), only[column])));
    return `${into} values (${values.join(', ')})`;
  }
  const records = JSON.stringify(
    rows.map((row) =>
      Object.fromEntries(
        columns.map((column) => {
          const value = row[column];
          return [column, typeOf(table, column) === 'jsonb' ? value : paramOf(typeOf(table, column), value)];
        }),
      ),
    ),
  );
  const typed = columns.map((column) => `${column} ${typeOf(table, column)}`).join(', ');
  return `${into} select ${columns.join(', ')} from jsonb_to_recordset(${params.add(records)}::jsonb) as r (${typed})`;
}

function changeSql(params: Params, group: readonly Write[]): string {
  const [first] = group;
  if (first?.kind !== 'change') throw new Error('nothing to change');
  const set = Object.entries(first.to).map(
    ([column, value]) => `${column} = ${params.add(paramOf(typeOf(first.table, column), value))}`,
  );
  return `update ${first.table.name} set ${set.join(', ')} where ${whereSql(params, group)}`;
}

const removeSql = (params: Params, group: readonly Write[]): string =>
  `delete from ${group[0]?.table.name} where ${whereSql(params, group)}`;

function whereSql(params: Params, group: readonly Write[]): string {
  const [first] = group;
  if (first === undefined || first.kind === 'insert') throw new Error('nothing to find');
  const { table } = first;
  const keys = group.flatMap((write) => (write.kind === 'insert' ? [] : [write.key]));
  const columns = Object.keys(first.key);
  const of = (column: string): unknown[] => keys.map((key) => paramOf(typeOf(table, column), key[column]));
  if (keys.length === 1) return columns.map((column) => `${column} = ${params.add(of(column)[0])}`).join(' and ');
  const arrays = columns.map((column) => `${params.add(of(column))}::${typeOf(table, column)}[]`);
  return `(${columns.join(', ')}) in (select * from unnest(${arrays.join(', ')}))`;
}

/** In the order of their keys, so that two that count the same wait for each other in one direction only. */
function countSql(params: Params, counts: readonly CountChange[]): (condition: string) => string {
  const keyOf = (change: CountChange): string =>
    [change.clinicCode, change.regionCode, change.day, change.outcome].join('\u0000');
  const ordered = [...counts].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const column = (of: (change: CountChange) => unknown): string => params.add(ordered.map(of));
  const arrays = [
    `${column((change) => change.clinicCode)}::text[]`,
    `${column((change) => change.regionCode)}::text[]`,
    `${column((change) => change.day)}::date[]`,
    `${column((change) => change.outcome)}::text[]`,
    `${column((change) => change.n)}::bigint[]`,
  ];
  return (condition) => `insert into claim_intake_counts (clinic_code, region_code, day, outcome, n)
    select * from unnest(${arrays.join(', ')}) where ${condition}
    on conflict (clinic_code, region_code, day, outcome) do update set n = claim_intake_counts.n + excluded.n`;
}
