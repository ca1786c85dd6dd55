/** How the values of a column look in memory, exactly as `db.query` returns them, and how they are written in bulk. */
export type ColumnType =
  | 'text'
  | 'uuid'
  | 'timestamptz' // epoch ms
  | 'int'
  | 'bigint' // number
  | 'real'
  | 'numeric' // string
  | 'boolean'
  | 'date' // 'yyyy-mm-dd'
  | 'jsonb'
  | 'bytea'
  | 'text[]'
  | 'timestamptz[]';

const NEEDS_ESCAPE = /[\\\n\r\t]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escapeCopy = (text: string): string =>
  NEEDS_ESCAPE.test(text) ? text.replace(/[\\\n\r\t]/g, (char) => ESCAPES[char] ?? char) : text;

const arrayLiteral = (items: readonly (string | null)[]): string =>
  `{${items.map((item) => (item === null ? 'NULL' : `"${item.replace(/(["\\])/g, '\\$1')}"`)).join(',')}}`;

/** A value as text that PostgreSQL reads into a column of this type; null: NULL. */
export function columnText(type: ColumnType, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'timestamptz':
      return new Date(value as number).toISOString();
    case 'bytea':
      return `\\x${(value as Buffer).toString('hex')}`;
    case 'jsonb':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 't' : 'f';
    case 'text[]':
      return arrayLiteral(value as readonly (string | null)[]);
    case 'timestamptz[]':
      return arrayLiteral((value as readonly number[]).map((ms) => new Date(ms).toISOString()));
    default:
      return String(value);
  }
}

/** One line of COPY's text format, without its line end. */
export function copyLine(types: readonly ColumnType[], values: readonly unknown[]): string {
  let line = '';
  for (let i = 0; i < types.length; i++) {
    if (i > 0) line += '\t';
    const text = columnText(types[i] as ColumnType, values[i]);
    line += text === null ? '\\N' : escapeCopy(text);
  }
  return line;
}
