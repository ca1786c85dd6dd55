import type { Readable } from 'node:stream';

/** Lines of text with the number of the first, counted from 1. */
export interface TextBatch {
  readonly first: number;
  readonly lines: readonly string[];
}

const NEWLINE = 10;

/** Splits a stream of UTF-8 into lines, a batch for each piece that was read. A line may be as long as it likes. */
export async function* textLines(stream: Readable): AsyncGenerator<TextBatch> {
  let rest: Buffer[] = [];
  let number = 1;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      rest.push(chunk);
      continue;
    }
    const head = chunk.subarray(0, end);
    const whole = rest.length > 0 ? Buffer.concat([...rest, head]) : head;
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : [];
    const lines = linesOf(whole);
    if (number === 1) lines[0] = withoutMark(lines[0] ?? '');
    yield { first: number, lines };
    number += lines.length;
  }
  if (rest.length > 0) {
    const text = Buffer.concat(rest).toString('utf8');
    yield { first: number, lines: [number === 1 ? withoutMark(text) : text] };
  }
}

const withoutMark = (text: string): string => (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);

/** Line by line, not the piece as a whole: one Chinese name would make every character of the piece take two bytes. */
function linesOf(piece: Buffer): string[] {
  const lines: string[] = [];
  let from = 0;
  for (let to = piece.indexOf(NEWLINE); to >= 0; to = piece.indexOf(NEWLINE, from)) {
    lines.push(piece.toString('utf8', from, to));
    from = to + 1;
  }
  lines.push(piece.toString('utf8', from));
  return lines;
}
