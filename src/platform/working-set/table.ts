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

/** A clinic's day. Few rows each, so they lie in a plain list, in order of arrival. */
interface Page<Row> {
  readonly clinic: string;
  readonly day: number;
  readonly entries: Entry<Row>[];
  /** The last flush that took rows of it. */
  flush: number;
}

/** A row with where it lies and what of it the database has not heard yet. */
interface Entry<Row> {
  row: Row;
  readonly key: string;
  page: Page<Row> | null;
  /** The moment under which it lies on its page. */
  at: number;
  /** Its values in the indexes, in their order. */
  values: readonly (string | null)[];
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

/** One change of a transaction, and how to undo it. */
export interface Change {
  readonly table: { undo(change: Change): void };
  readonly kind: 'insert' | 'replace' | 'delete';
  readonly entry: unknown;
  /** The row before; of an insert: the deleted row in whose place it came. */
  readonly row: object | undefined;
  readonly dirty: boolean;
}

const NO_VALUES: readonly (string | null)[] = [];

/**
 * A table in memory. Rows are values: put a new object, never change one in place. Keys and index values are compared as
 * text.
 */
export class Table<Row extends object> {
  readonly def: TableDef<Row>;
  readonly #entries = new Map<string, Entry<Row>>();
  readonly #indexes: readonly Index<Row>[];
  readonly #indexByName = new Map<string, Index<Row>>();
  readonly #pages = new Map<string, Map<number, Page<Row>>>();
  /** In the order in which they became dirty; some may be clean or gone again. */
  #dirty: Entry<Row>[] = [];
  #deleted = new Map<string, Row>();
  readonly #journal: () => Change[] | null;

  /** @param journal where changes are noted while a transaction runs */
  constructor(def: TableDef<Row>, journal: () => Change[] | null) {
    this.def = def;
    this.#journal = journal;
    this.#indexes = Object.entries(def.indexes).map(([name, of]) => {
      const index: Index<Row> = { of, lists: new Map() };
      this.#indexByName.set(name, index);
      return index;
    });
  }

  get size(): number {
    return this.#entries.size;
  }

  /** By the columns of the key, in their order. */
  get(...key: readonly (string | number)[]): Row | undefined {
    let text = String(key[0]);
    for (let i = 1; i < key.length; i++) text += KEY_SEPARATOR + String(key[i]);
    return this.#entries.get(text)?.row;
  }

  /** Rows of one value of an index, in order of insertion. */
  by(index: string, value: string): Row[] {
    const found = this.#indexByName.get(index);
    if (found === undefined) throw new Error(`${this.def.name} has no index ${index}`);
    const list = found.lists.get(value);
    if (list === undefined) return [];
    if (!Array.isArray(list)) return [list.row];
    const rows: Row[] = [];
    for (const entry of list) rows.push(entry.row);
    return rows;
  }

  /** Rows of a clinic whose moment lies in [from, to], in no order. Only of pages that are here: see `ensure`. */
  within(clinic: string, from: number, to: number): Row[] {
    if (typeof this.def.page === 'string') throw new Error(`${this.def.name} has no pages`);
    const found: Row[] = [];
    const days = this.#pages.get(clinic);
    if (days === undefined) return found;
    for (let day = pageDay(from), last = pageDay(to); day <= last; day++) {
      const page = days.get(day);
      if (page === undefined) continue;
      for (const entry of page.entries) if (entry.at >= from && entry.at <= to) found.push(entry.row);
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
      this.#journal()?.push({ table: this, kind: 'replace', entry: before, row: before.row, dirty: before.dirty });
      this.#replace(before, row);
      this.#soil(before);
      return;
    }
    const wasDeleted = this.#deleted.size === 0 ? undefined : this.#deleted.get(key);
    if (wasDeleted !== undefined) this.#deleted.delete(key);
    const entry = this.#add(key, row, wasDeleted !== undefined);
    this.#soil(entry);
    this.#journal()?.push({ table: this, kind: 'insert', entry, row: wasDeleted, dirty: false });
  }

  delete(row: Row): void {
    const key = this.#keyOf(row);
    const entry = this.#entries.get(key);
    if (!entry) return;
    const { row: old, dirty } = entry;
    this.#remove(entry);
    if (entry.stored) this.#deleted.set(key, old);
    this.#journal()?.push({ table: this, kind: 'delete', entry, row: old, dirty });
  }

  /** Undoes the latest change that is not undone yet. */
  undo(change: Change): void {
    const entry = change.entry as Entry<Row>;
    switch (change.kind) {
      case 'replace':
        this.#replace(entry, change.row as Row);
        entry.dirty = change.dirty;
        return;
      case 'insert':
        this.#remove(entry);
        if (change.row !== undefined) this.#deleted.set(entry.key, change.row as Row);
        return;
      case 'delete':
        this.#deleted.delete(entry.key);
        entry.gone = false;
        entry.dirty = false;
        this.#place(entry);
        if (change.dirty) this.#soil(entry);
    }
  }

  /** Rows that came back from the database. */
  restore(rows: readonly Row[]): void {
    for (const row of rows) {
      const key = this.#keyOf(row);
      // A row whose deletion is not written yet is still to be found in the database.
      if (!this.#entries.has(key) && !this.#deleted.has(key)) this.#add(key, row, true);
    }
  }

  /** Everything not written yet, and forgets that it was not. @param flush its number, the later the higher */
  takeChanges(flush: number): TableChanges<Row> | null {
    if (this.#dirty.length === 0 && this.#deleted.size === 0) return null;
    const inserts: Row[] = [];
    const updates: Row[] = [];
    for (const entry of this.#dirty) {
      if (!entry.dirty || entry.gone) continue;
      (entry.stored ? updates : inserts).push(entry.row);
      entry.stored = true;
      entry.dirty = false;
      if (entry.page !== null) entry.page.flush = flush;
      if (this.def.page === 'once_written') this.#remove(entry);
    }
    const deletes = [...this.#deleted.values()];
    this.#dirty = [];
    this.#deleted = new Map();
    return inserts.length + updates.length + deletes.length === 0 ? null : { def: this.def, inserts, updates, deletes };
  }

  /** Pages that are here of days before `day`. */
  *pagesBefore(day: number): Generator<{ readonly clinic: string; readonly day: number }> {
    for (const days of this.#pages.values()) for (const page of days.values()) if (page.day < day) yield page;
  }

  /** Whether all of a page was taken by flushes up to `flush`. */
  isClean(clinic: string, day: number, flush: number): boolean {
    const page = this.#pages.get(clinic)?.get(day);
    if (page === undefined) return true;
    return page.flush <= flush && page.entries.every((entry) => !entry.dirty && entry.stored);
  }

  /** Forgets a page that is written. */
  drop(clinic: string, day: number): void {
    for (const entry of [...(this.#pages.get(clinic)?.get(day)?.entries ?? [])].reverse()) this.#remove(entry);
  }

  #keyOf(row: Row): string {
    const { key } = this.def;
    const first: unknown = row[key[0] as keyof Row];
    let text = typeof first === 'string' ? first : String(first);
    for (let i = 1; i < key.length; i++) text += KEY_SEPARATOR + String(row[key[i] as keyof Row]);
    return text;
  }

  #soil(entry: Entry<Row>): void {
    if (entry.dirty) return;
    entry.dirty = true;
    this.#dirty.push(entry);
  }

  #valuesOf(row: Row): readonly (string | null)[] {
    return this.#indexes.length === 0 ? NO_VALUES : this.#indexes.map(({ of }) => of(row));
  }

  #add(key: string, row: Row, stored: boolean): Entry<Row> {
    const values = this.#valuesOf(row);
    const entry: Entry<Row> = { row, key, page: null, at: 0, values, stored, dirty: false, gone: false };
    this.#place(entry);
    return entry;
  }

  #place(entry: Entry<Row>): void {
    this.#entries.set(entry.key, entry);
    for (let i = 0; i < this.#indexes.length; i++) {
      const value = entry.values[i];
      if (value != null) addTo((this.#indexes[i] as Index<Row>).lists, value, entry);
    }
    this.#enterPage(entry);
  }

  #replace(entry: Entry<Row>, row: Row): void {
    const before = entry.values;
    const after = this.#valuesOf(row);
    for (let i = 0; i < this.#indexes.length; i++) {
      const [old, fresh] = [before[i], after[i]];
      if (old === fresh) continue;
      const { lists } = this.#indexes[i] as Index<Row>;
      if (old != null) dropFrom(lists, old, entry);
      if (fresh != null) addTo(lists, fresh, entry);
    }
    entry.values = after;
    entry.row = row;
    const { page } = entry;
    if (page === null || typeof this.def.page === 'string') return;
    const at = momentOf(row[this.def.page.at]);
    if (page.day === pageDay(at) && page.clinic === row[this.def.page.clinic]) entry.at = at;
    else {
      this.#leavePage(entry);
      this.#enterPage(entry);
    }
  }

  #remove(entry: Entry<Row>): void {
    if (entry.gone) return;
    entry.gone = true;
    this.#entries.delete(entry.key);
    for (let i = 0; i < this.#indexes.length; i++) {
      const value = entry.values[i];
      if (value != null) dropFrom((this.#indexes[i] as Index<Row>).lists, value, entry);
    }
    this.#leavePage(entry);
  }

  #enterPage(entry: Entry<Row>): void {
    if (typeof this.def.page === 'string') return;
    const clinic = entry.row[this.def.page.clinic] as string;
    entry.at = momentOf(entry.row[this.def.page.at]);
    const day = pageDay(entry.at);
    let days = this.#pages.get(clinic);
    if (days === undefined) {
      days = new Map();
      this.#pages.set(clinic, days);
    }
    let page = days.get(day);
    if (page === undefined) {
      page = { clinic, day, entries: [], flush: 0 };
      days.set(day, page);
    }
    page.entries.push(entry);
    entry.page = page;
  }

  #leavePage(entry: Entry<Row>): void {
    const { page } = entry;
    if (page === null) return;
    entry.page = null;
    takeOut(page.entries, entry);
    if (page.entries.length > 0) return;
    const days = this.#pages.get(page.clinic);
    days?.delete(page.day);
    if (days?.size === 0) this.#pages.delete(page.clinic);
  }
}

const KEY_SEPARATOR = '\u0001';

/** A secondary index. Most values have one row, which then needs no list. */
interface Index<Row> {
  readonly of: (row: Row) => string | null;
  readonly lists: Map<string, Entry<Row> | Entry<Row>[]>;
}

function addTo<Row>(lists: Index<Row>['lists'], value: string, entry: Entry<Row>): void {
  const list = lists.get(value);
  if (list === undefined) lists.set(value, entry);
  else if (Array.isArray(list)) list.push(entry);
  else lists.set(value, [list, entry]);
}

function dropFrom<Row>(lists: Index<Row>['lists'], value: string, entry: Entry<Row>): void {
  const list = lists.get(value);
  if (list === undefined) return;
  if (Array.isArray(list)) {
    takeOut(list, entry);
    if (list.length === 0) lists.delete(value);
  } else if (list === entry) lists.delete(value);
}

/** What comes late goes early, or all goes from the end. */
function takeOut<T>(list: T[], item: T): void {
  if (list.at(-1) === item) list.pop();
  else {
    const at = list.indexOf(item);
    if (at >= 0) list.splice(at, 1);
  }
}
