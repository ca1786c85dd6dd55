import type { ColumnType } from './column.ts';

export type { ColumnType } from './column.ts';

/** A table of the database that can be worked on in memory. */
export interface TableDef<Row extends object> {
  /** As SQL writes it: `settlements`, `biometric.templates`. */
  readonly name: string;
  readonly columns: { readonly [K in keyof Row & string]: ColumnType };
  /** Its unique key in the database (the primary key's columns). */
  readonly key: readonly (keyof Row & string)[];
  /**
   * What leaves memory when. `{clinic, at}`: the columns (`at`: a timestamptz or a date) under which a row lies on the page of
   * a clinic's UTC day, which is brought back when it is asked for · `never`: stays · `once_written`: leaves as soon as it is written, and is not read again.
   */
  readonly page: { readonly clinic: keyof Row & string; readonly at: keyof Row & string } | 'never' | 'once_written';
  /** Secondary indexes: a row's value in it; null: it is not in this index. */
  readonly indexes: { readonly [name: string]: (row: Row) => string | null };
  /** The same key may be written twice, and the first stands (content-addressed rows). */
  readonly firstStands?: boolean;
}

export const defineTable =
  <Row extends object>() =>
  <const Indexes extends TableDef<Row>['indexes']>(
    def: Omit<TableDef<Row>, 'indexes'> & { readonly indexes: Indexes },
  ): TableDef<Row> & { readonly indexes: Indexes } =>
    def;

export const DAY_MS = 86_400_000;
export const pageDay = (ms: number): number => Math.floor(ms / DAY_MS);

/** Of a timestamptz, or of a date: its beginning in UTC. */
const momentOf = (value: unknown): number => (typeof value === 'string' ? Date.parse(value) : (value as number));

/** A row with where it lies and what of it the database has not heard yet. */
interface Entry<Row> {
  row: Row;
  readonly key: string;
  pageKey: string | null;
  /** The database has a row of this key. */
  stored: boolean;
  dirty: boolean;
  gone: boolean;
}

/** What one table has to write. `rows` in the order in which they became dirty. */
export interface TableChanges<Row extends object = object> {
  readonly def: TableDef<Row>;
  readonly inserts: readonly Row[];
  readonly updates: readonly Row[];
  readonly deletes: readonly Row[];
}

/** Undoes one change; kept while a transaction runs. */
export type Undo = () => void;

/**
 * A table in memory. Rows are values: put a new object, never change one in place. Keys and index values are compared as
 * text.
 */
export class Table<Row extends object> {
  readonly def: TableDef<Row>;
  readonly #entries = new Map<string, Entry<Row>>();
  readonly #indexes: { readonly of: (row: Row) => string | null; readonly lists: Map<string, Entry<Row>[]> }[];
  readonly #indexByName = new Map<string, number>();
  readonly #pages = new Map<string, Set<Entry<Row>>>();
  #dirty = new Set<Entry<Row>>();
  #deleted = new Map<string, Row>();
  readonly #journal: () => Undo[] | null;

  constructor(def: TableDef<Row>, journal: () => Undo[] | null) {
    this.def = def;
    this.#journal = journal;
    this.#indexes = Object.entries(def.indexes).map(([name, of], i) => {
      this.#indexByName.set(name, i);
      return { of, lists: new Map() };
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** By the columns of the key, in their order. */
  get(...key: readonly (string | number)[]): Row | undefined {
    return this.#entries.get(key.length === 1 ? String(key[0]) : key.join(KEY_SEPARATOR))?.row;
  }

  /** Rows of one value of an index, in order of insertion. */
  by(index: string, value: string): Row[] {
    const at = this.#indexByName.get(index);
    if (at === undefined) throw new Error(`${this.def.name} has no index ${index}`);
    return this.#indexes[at]?.lists.get(value)?.map(({ row }) => row) ?? [];
  }

  /** Rows of a clinic whose moment lies in [from, to], in no order. Only of pages that are here: see `ensure`. */
  within(clinic: string, from: number, to: number): Row[] {
    const { page } = this.def;
    if (typeof page === 'string') throw new Error(`${this.def.name} has no pages`);
    const found: Row[] = [];
    for (let day = pageDay(from); day <= pageDay(to); day++) {
      for (const { row } of this.#pages.get(`${clinic}|${day}`) ?? []) {
        const at = momentOf(row[page.at]);
        if (at >= from && at <= to) found.push(row);
      }
    }
    return found;
  }

  all(): Row[] {
    return [...this.#entries.values()].map(({ row }) => row);
  }

  /** Inserts, or replaces the row of the same key. */
  put(row: Row): void {
    const key = this.#keyOf(row);
    const before = this.#entries.get(key);
    if (before) {
      const old = { row: before.row, dirty: before.dirty };
      this.#replace(before, row);
      before.dirty = true;
      this.#dirty.add(before);
      this.#journal()?.push(() => {
        this.#replace(before, old.row);
        before.dirty = old.dirty;
        if (!old.dirty) this.#dirty.delete(before);
      });
      return;
    }
    const wasDeleted = this.#deleted.get(key);
    this.#deleted.delete(key);
    const entry = this.#add(key, row, wasDeleted !== undefined, true);
    this.#dirty.add(entry);
    this.#journal()?.push(() => {
      this.#remove(entry);
      if (wasDeleted !== undefined) this.#deleted.set(key, wasDeleted);
    });
  }

  delete(row: Row): void {
    const key = this.#keyOf(row);
    const entry = this.#entries.get(key);
    if (!entry) return;
    const { row: old, dirty } = entry;
    this.#remove(entry);
    if (entry.stored) this.#deleted.set(key, old);
    this.#journal()?.push(() => {
      this.#deleted.delete(key);
      entry.gone = false;
      this.#place(entry);
      entry.dirty = dirty;
      if (dirty) this.#dirty.add(entry);
    });
  }

  /** Rows that came back from the database. */
  restore(rows: readonly Row[]): void {
    for (const row of rows) {
      const key = this.#keyOf(row);
      if (!this.#entries.has(key)) this.#add(key, row, true, false);
    }
  }

  /** Everything not written yet, and forgets that it was not. */
  takeChanges(): TableChanges<Row> | null {
    if (this.#dirty.size === 0 && this.#deleted.size === 0) return null;
    const inserts: Row[] = [];
    const updates: Row[] = [];
    for (const entry of this.#dirty) {
      (entry.stored ? updates : inserts).push(entry.row);
      entry.stored = true;
      entry.dirty = false;
      if (this.def.page === 'once_written') this.#remove(entry);
    }
    const deletes = [...this.#deleted.values()];
    this.#dirty = new Set();
    this.#deleted = new Map();
    return { def: this.def, inserts, updates, deletes };
  }

  /** Days of pages that are here and wholly written, older than a day. */
  *pagesBefore(day: number): Generator<{ readonly clinic: string; readonly day: number }> {
    for (const pageKey of this.#pages.keys()) {
      const at = pageKey.lastIndexOf('|');
      const pageDayNumber = Number(pageKey.slice(at + 1));
      if (pageDayNumber < day) yield { clinic: pageKey.slice(0, at), day: pageDayNumber };
    }
  }

  isClean(clinic: string, day: number): boolean {
    for (const entry of this.#pages.get(`${clinic}|${day}`) ?? []) if (entry.dirty || !entry.stored) return false;
    return true;
  }

  /** Forgets a page that is written. */
  drop(clinic: string, day: number): void {
    for (const entry of [...(this.#pages.get(`${clinic}|${day}`) ?? [])]) this.#remove(entry);
  }

  #keyOf(row: Row): string {
    const { key } = this.def;
    return key.length === 1
      ? String(row[key[0] as keyof Row])
      : key.map((column) => String(row[column])).join(KEY_SEPARATOR);
  }

  #pageKeyOf(row: Row): string | null {
    const { page } = this.def;
    return typeof page === 'string' ? null : `${row[page.clinic] as string}|${pageDay(momentOf(row[page.at]))}`;
  }

  #add(key: string, row: Row, stored: boolean, dirty: boolean): Entry<Row> {
    const entry: Entry<Row> = { row, key, pageKey: this.#pageKeyOf(row), stored, dirty, gone: false };
    this.#place(entry);
    return entry;
  }

  #place(entry: Entry<Row>): void {
    this.#entries.set(entry.key, entry);
    for (const { of, lists } of this.#indexes) {
      const value = of(entry.row);
      if (value !== null) listIn(lists, value).push(entry);
    }
    if (entry.pageKey !== null) this.#pageOf(entry.pageKey).add(entry);
  }

  #replace(entry: Entry<Row>, row: Row): void {
    for (const { of, lists } of this.#indexes) {
      const [old, fresh] = [of(entry.row), of(row)];
      if (old === fresh) continue;
      if (old !== null) dropFrom(lists, old, entry);
      if (fresh !== null) listIn(lists, fresh).push(entry);
    }
    const pageKey = this.#pageKeyOf(row);
    if (pageKey !== entry.pageKey) {
      this.#leavePage(entry);
      entry.pageKey = pageKey;
      if (pageKey !== null) this.#pageOf(pageKey).add(entry);
    }
    entry.row = row;
  }

  #remove(entry: Entry<Row>): void {
    if (entry.gone) return;
    entry.gone = true;
    this.#entries.delete(entry.key);
    this.#dirty.delete(entry);
    for (const { of, lists } of this.#indexes) {
      const value = of(entry.row);
      if (value !== null) dropFrom(lists, value, entry);
    }
    this.#leavePage(entry);
  }

  #pageOf(pageKey: string): Set<Entry<Row>> {
    let page = this.#pages.get(pageKey);
    if (!page) {
      page = new Set();
      this.#pages.set(pageKey, page);
    }
    return page;
  }

  #leavePage(entry: Entry<Row>): void {
    if (entry.pageKey === null) return;
    const page = this.#pages.get(entry.pageKey);
    page?.delete(entry);
    if (page?.size === 0) this.#pages.delete(entry.pageKey);
  }
}

const KEY_SEPARATOR = '\u0001';

function listIn<T>(lists: Map<string, T[]>, value: string): T[] {
  let list = lists.get(value);
  if (!list) {
    list = [];
    lists.set(value, list);
  }
  return list;
}

function dropFrom<T>(lists: Map<string, T[]>, value: string, entry: T): void {
  const list = lists.get(value);
  if (!list) return;
  const at = list.indexOf(entry);
  if (at >= 0) list.splice(at, 1);
  if (list.length === 0) lists.delete(value);
}
