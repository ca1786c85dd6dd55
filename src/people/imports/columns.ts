import { DomainError } from '../../platform/errors.ts';
import { RowRefusal } from './refusals.ts';

/** A column of a feed, as published in docs/feeds.md. */
export interface Column {
  readonly name: string;
  readonly zh: string;
  /** Other headers that mean the same. */
  readonly aliases?: readonly string[];
  readonly required?: boolean;
  readonly about: string;
}

const normalised = (header: string): string =>
  header
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_*\-()（）]/g, '');

/** Where each column of a feed stands. @throws DomainError `invalid_input` when one is missing or stands twice */
export function placeColumns(columns: readonly Column[], header: readonly string[]): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const headers = header.map(normalised);
  for (const column of columns) {
    const names = [column.name, column.zh, ...(column.aliases ?? [])].map(normalised);
    const found = headers.flatMap((text, i) => (names.includes(text) ? [i] : []));
    if (found.length > 1) {
      throw new DomainError('invalid_input', `列“${column.zh}”重复 / the column ${column.name} stands there twice`);
    }
    if (found[0] !== undefined) places.set(column.name, found[0]);
  }
  const missing = columns.filter((column) => column.required === true && !places.has(column.name));
  if (missing.length > 0) {
    const zh = missing.map((column) => column.zh).join('、');
    const en = missing.map((column) => column.name).join(', ');
    throw new DomainError('invalid_input', `缺少列：${zh} / missing columns: ${en}`, {
      remedy: '列名见 docs/feeds.md / see docs/feeds.md for the names',
    });
  }
  return places;
}

/** What offices write where there is nothing (DOMAIN.md 1.11). */
const EMPTY = new Set(['', '无', '-', '--', '/', 'null', 'none', 'n/a']);
const LONGEST = 200;

/** One row's values by column name. */
export class Cells {
  constructor(
    private readonly places: ReadonlyMap<string, number>,
    private readonly values: readonly string[],
  ) {}

  /** null when the column is not there or says nothing. @throws RowRefusal */
  text(name: string): string | null {
    const place = this.places.get(name);
    const value = place === undefined ? '' : (this.values[place] ?? '').trim();
    if (EMPTY.has(value.toLowerCase())) return null;
    if (value.length > LONGEST) throw new RowRefusal('too_long', name);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not reach the database
    if (/[\u0000-\u001f\u007f]/.test(value)) throw new RowRefusal('bad_value', name);
    return value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === null) throw new RowRefusal('missing', name);
    return value;
  }

  /** A value in another form. `read` answers null for what it does not understand. */
  read<T>(name: string, read: (text: string) => T | null): T | null {
    const text = this.text(name);
    if (text === null) return null;
    const value = read(text);
    if (value === null) throw new RowRefusal('bad_value', name);
    return value;
  }

  requiredRead<T>(name: string, read: (text: string) => T | null): T {
    const value = this.read(name, read);
    if (value === null) throw new RowRefusal('missing', name);
    return value;
  }

  matching(name: string, form: RegExp): string | null {
    return this.read(name, (text) => (form.test(text) ? text : null));
  }
}
