import { basename } from 'node:path';
import type { TObject } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { DomainError } from '../../platform/errors.ts';
import type { FeedClock } from '../feed/feed-time.ts';
import { openPacked } from '../feed/packed-file.ts';
import { textLines } from '../feed/text-lines.ts';
import { badLine, toldOf, whatIsWrong } from '../feed/wrong-line.ts';

/** One sort of row of a file: how it is told from others, what it must look like, and what becomes of it. */
export interface RowKind {
  readonly name: string;
  readonly is: (fields: Readonly<Record<string, unknown>>) => boolean;
  readonly schema: TObject;
  readonly take: (fields: Record<string, unknown>, line: number) => void;
}

/** Reads a time of a row; one that no calendar has is refused with its line. */
export const momentReader =
  (clock: FeedClock, file: string) =>
  (line: number, field: string, value: string | number): number => {
    const ms = clock.msOf(value);
    if (Number.isNaN(ms)) throw badLine(file, line, null, `"${field}" must be a moment that exists`);
    return ms;
  };

/**
 * Reads an NDJSON file row by row. A row that none of the kinds knows is counted, not refused.
 * @throws DomainError `not_found`, `invalid_input` naming the line
 */
export async function readRows(path: string, kinds: readonly RowKind[]): Promise<{ readonly unknown: number }> {
  const name = basename(path);
  const validators = new Map<RowKind, Validator>();
  let unknown = 0;
  const stream = openPacked(path);
  try {
    for await (const { first, lines } of textLines(stream)) {
      for (let i = 0; i < lines.length; i++) {
        const text = lines[i] ?? '';
        if (text.length < 3 && text.trim() === '') continue;
        const number = first + i;
        let row: unknown;
        try {
          row = JSON.parse(text);
        } catch {
          if (text.trim() === '') continue;
          throw badLine(name, number, null, 'it is not JSON');
        }
        if (typeof row !== 'object' || row === null || Array.isArray(row))
          throw badLine(name, number, null, 'it must be one JSON object');
        const fields = row as Record<string, unknown>;
        const kind = kinds.find((each) => each.is(fields));
        if (!kind) {
          unknown++;
          continue;
        }
        let validator = validators.get(kind);
        if (!validator) {
          validator = Compile(kind.schema) as unknown as Validator;
          validators.set(kind, validator);
        }
        if (!validator.Check(fields))
          throw badLine(name, number, kind.name, toldOf(whatIsWrong(kind.schema, fields, validator)));
        kind.take(fields, number);
      }
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    const said = error instanceof Error ? error.message : String(error);
    throw new DomainError(
      missing ? 'not_found' : 'invalid_input',
      missing ? `There is no ${path}.` : `${name} cannot be read: ${said}.`,
      { remedy: 'claimsight score DIR FILE: DIR holds feed and truth, FILE is what run-feed wrote about it.' },
      { cause: error },
    );
  } finally {
    stream.destroy();
    stream.source.destroy();
  }
  return { unknown };
}

/** Rows of a file that are asked for, as they stand there. Lines that cannot be read are passed by: the file was read before. */
export async function pickRows(
  path: string,
  take: (fields: Readonly<Record<string, unknown>>, text: string) => void,
): Promise<void> {
  const stream = openPacked(path);
  try {
    for await (const { lines } of textLines(stream)) {
      for (const text of lines) {
        if (!text.startsWith('{')) continue;
        const row: unknown = JSON.parse(text);
        if (typeof row === 'object' && row !== null) take(row as Record<string, unknown>, text.trim());
      }
    }
  } finally {
    stream.destroy();
    stream.source.destroy();
  }
}
