import { Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { DomainError } from '../../platform/errors.ts';

/** Longer than any honest row: an unclosed quotation mark would else swallow the file. */
const MAX_RECORD_CHARACTERS = 65_536;
const CHUNK_BYTES = 65_536;

/**
 * The text of a CSV as UTF-8 bytes. Offices send UTF-8 with or without a byte order mark, GB18030 (what a Chinese Excel
 * writes) and UTF-16 ("Unicode text"). @throws DomainError `invalid_input` for anything else
 */
export function toUtf8(file: Buffer): Buffer {
  if (file[0] === 0xff && file[1] === 0xfe) return Buffer.from(new TextDecoder('utf-16le').decode(file));
  if (file[0] === 0xfe && file[1] === 0xff) return Buffer.from(new TextDecoder('utf-16be').decode(file));
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      const text = new TextDecoder(encoding, { fatal: true }).decode(file);
      if (!text.includes('\0')) return Buffer.from(text);
    } catch {
      // not this one
    }
  }
  throw new DomainError(
    'invalid_input',
    '文件不是 CSV 文本（UTF-8 或 GB18030） / the file is no CSV text in UTF-8 or GB18030',
    {
      remedy: '请在 Excel 中另存为“CSV UTF-8” / save it as "CSV UTF-8" in Excel',
    },
  );
}

export interface CsvRecord {
  /** Line of the file that it ends on; the header's is 1. */
  readonly line: number;
  readonly values: readonly string[];
}

/** The records of a CSV, the header first; empty lines left out. @throws DomainError `invalid_input` naming the line */
export async function* readCsv(utf8: Buffer): AsyncGenerator<CsvRecord> {
  const parser = parse({
    delimiter: delimiterOf(utf8),
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    trim: true,
    info: true,
    max_record_size: MAX_RECORD_CHARACTERS,
  });
  const source = Readable.from(chunksOf(utf8));
  source.on('error', (error) => parser.destroy(error));
  source.pipe(parser);
  try {
    for await (const found of parser) {
      const { info, record } = found as { info: { lines: number }; record: string[] };
      yield { line: info.lines, values: record };
    }
  } catch (error) {
    const line = (error as { lines?: number }).lines;
    throw new DomainError(
      'invalid_input',
      `CSV 第 ${line ?? '?'} 行附近格式错误 / the CSV is broken near line ${line ?? '?'}: ${(error as Error).message.slice(0, 200)}`,
      { remedy: '检查该行的引号 / check the quotation marks there' },
      { cause: error },
    );
  } finally {
    source.destroy();
  }
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

/** The one of comma, tab and semicolon that the first line has most of. */
function delimiterOf(utf8: Buffer): string {
  const end = utf8.indexOf(0x0a);
  const header = utf8.subarray(0, end < 0 ? utf8.length : end).toString('utf8');
  const counts = [',', '\t', ';'].map((delimiter) => ({ delimiter, count: header.split(delimiter).length }));
  return counts.sort((a, b) => b.count - a.count)[0]?.delimiter ?? ',';
}
