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

const DAY_MS = 86_400_000;
const DAYS_KEPT = 4096;
const dayTexts = new Map<number, string>();
const two = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'));

/** As toISOString, of whole milliseconds; the days are met over and over. */
function momentText(ms: number): string {
  const day = Math.floor(ms / DAY_MS);
  let text = dayTexts.get(day);
  if (text === undefined) {
    text = new Date(ms).toISOString().slice(0, -'hh:mm:ss.mmmZ'.length);
    if (dayTexts.size >= DAYS_KEPT) dayTexts.clear();
    dayTexts.set(day, text);
  }
  const rest = Math.floor(ms - day * DAY_MS);
  const seconds = Math.floor(rest / 1000);
  const minutes = Math.floor(seconds / 60);
  const millis = rest % 1000;
  const fraction = `${Math.floor(millis / 100)}${two[millis % 100]}`;
  return `${text}${two[Math.floor(minutes / 60)]}:${two[minutes % 60]}:${two[seconds % 60]}.${fraction}Z`;
}

/** A value as text that PostgreSQL reads into a column of this type; null: NULL. */
export function columnText(type: ColumnType, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'timestamptz':
      return momentText(value as number);
    case 'bytea':
      return `\\x${(value as Buffer).toString('hex')}`;
    case 'jsonb':
      return JSON.stringify(value);
    case 'boolean':
      return value ? 't' : 'f';
    case 'text[]':
      return arrayLiteral(value as readonly (string | null)[]);
    case 'timestamptz[]':
      return arrayLiteral((value as readonly number[]).map(momentText));
    default:
      return String(value);
  }
}

/** A value as COPY's text format has it. */
function copyText(type: ColumnType, value: unknown): string {
  if (value === null || value === undefined) return '\\N';
  switch (type) {
    // What needs no look for characters to escape.
    case 'timestamptz':
      return momentText(value as number);
    case 'bytea':
      return `\\\\x${(value as Buffer).toString('hex')}`;
    case 'uuid':
    case 'date':
    case 'numeric':
      return value as string;
    case 'int':
    case 'bigint':
    case 'real':
      return String(value);
    case 'boolean':
      return value ? 't' : 'f';
    default:
      return escapeCopy(columnText(type, value) ?? '');
  }
}

const CHUNK_CHARACTERS = 512 * 1024;

/** Rows in COPY's text format, a line each, some thousand lines a piece. */
export function copyChunks(
  columns: readonly (readonly [name: string, type: ColumnType])[],
  rows: readonly object[],
): string[] {
  const chunks: string[] = [];
  let text = '';
  for (const row of rows) {
    const cells = row as Readonly<Record<string, unknown>>;
    for (let i = 0; i < columns.length; i++) {
      const [name, type] = columns[i] as (typeof columns)[number];
      if (i > 0) text += '\t';
      text += copyText(type, cells[name]);
    }
    text += '\n';
    if (text.length < CHUNK_CHARACTERS) continue;
    chunks.push(text);
    text = '';
  }
  if (text !== '') chunks.push(text);
  return chunks;
}
