import { DomainError } from '../../platform/errors.ts';
import { type FeedFile, listFeedFiles, openFeedFile } from './feed-files.ts';
import type { FeedKind } from './feed-line.ts';
import { createFeedClock } from './feed-time.ts';
import { createLineReader, type LineReader } from './line-reader.ts';
import { type ReadMeta, readMeta } from './meta.ts';
import type { NumberedLine } from './normal-line.ts';
import { createTemplateCodec } from './template-codec.ts';
import { textLines } from './text-lines.ts';
import { badLine } from './wrong-line.ts';

export interface FeedProgress {
  /** Bytes of the files as they lie there. */
  bytesRead: number;
  linesRead: number;
}

export interface Feed {
  readonly dir: string;
  readonly meta: ReadMeta;
  readonly files: readonly FeedFile[];
  readonly bytes: number;
  /** Grows while it is read. */
  readonly progress: Readonly<FeedProgress>;
  /** What was understood though it is not the format's own way, each once, with how often. Grows while it is read. */
  readonly warnings: ReadonlyMap<string, number>;
  /** Lines that were left out because something in them is senseless: what, how often and where first. Grows while it is read. */
  readonly refused: ReadonlyMap<string, RefusedLines>;
  /** All lines in the order of their arrival, some at a time. Only once. @throws DomainError `invalid_input` naming the line */
  readonly batches: () => AsyncGenerator<readonly NumberedLine[]>;
  /** The same, one at a time. */
  readonly lines: () => AsyncGenerator<NumberedLine>;
}

export interface RefusedLines {
  readonly n: number;
  /** file:line, and what stands there unless it is about somebody */
  readonly first: string;
}

export interface ReadFeedOptions {
  /** Only lines of these kinds. */
  readonly only?: ReadonlySet<FeedKind>;
  /** Only lines whose text passes: a quick look that saves reading what is not needed. Others are not even checked. */
  readonly when?: (text: string) => boolean;
}

const MAX_WARNINGS = 200;
/** What was sorted as text, or before it was rounded, may go back by less than a second. */
const SORTING_MS = 1_000;
const OUTCOME_ROW = /"kind"\s*:\s*"(alert|decision|verdict)"/;

/**
 * Opens a feed: DIR/meta.json and every *.ndjson or *.ndjson.gz beside it, merged by `at`, as a stream. The truth is never
 * opened. @throws DomainError `not_found`, `invalid_input`
 */
export async function openFeed(dir: string, options: ReadFeedOptions = {}): Promise<Feed> {
  const meta = await readMeta(dir);
  const files = await listFeedFiles(dir);
  if (files.length === 0)
    throw new DomainError('not_found', `There is no *.ndjson in ${dir}.`, {
      remedy: 'A feed is a folder with meta.json and feed.ndjson (or several *.ndjson).',
    });
  const warnings = new Map<string, number>(meta.warnings.map((what) => [what, 1]));
  const warn = (what: string): void => {
    const times = warnings.get(what);
    if (times !== undefined || warnings.size < MAX_WARNINGS) warnings.set(what, (times ?? 0) + 1);
  };
  const refused = new Map<string, RefusedLines>();
  const refuse = (what: string, where: string): void => {
    const before = refused.get(what);
    if (before !== undefined || refused.size < MAX_WARNINGS)
      refused.set(what, { n: (before?.n ?? 0) + 1, first: before?.first ?? where });
  };
  const progress: FeedProgress = { bytesRead: 0, linesRead: 0 };
  const reader = createLineReader({
    clock: createFeedClock(meta.timeZone),
    templates: createTemplateCodec(meta.dimension),
    warn,
    refuse,
    ...(options.only ? { only: options.only } : {}),
    ...(options.when ? { when: options.when } : {}),
  });
  async function* batches(): AsyncGenerator<readonly NumberedLine[]> {
    const streams = files.map((file) => fileLines(file, reader, progress, warn));
    const [only] = streams;
    yield* streams.length === 1 && only ? only : merged(streams);
  }
  async function* lines(): AsyncGenerator<NumberedLine> {
    for await (const batch of batches()) yield* batch;
  }
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return { dir, meta, files, bytes, progress, warnings, refused, batches, lines };
}

async function* fileLines(
  file: FeedFile,
  reader: LineReader,
  progress: FeedProgress,
  warn: (what: string) => void,
): AsyncGenerator<readonly NumberedLine[]> {
  const stream = await openFeedFile(file.path);
  let last = -Infinity;
  let before = 0;
  try {
    for await (const { first, lines } of textLines(stream)) {
      if (first === 1 && OUTCOME_ROW.test(lines.find((line) => line.trim() !== '') ?? '')) {
        warn(`${file.name} holds what run-feed wrote, no feed: passed by`);
        return;
      }
      const batch: NumberedLine[] = [];
      for (let i = 0; i < lines.length; i++) {
        const number = first + i;
        const line = reader.read(lines[i] ?? '', file.name, number);
        if (line === null) continue;
        if (line.at < last) {
          if (last - line.at >= SORTING_MS)
            throw badLine(file.name, number, line.kind, '"at" must not be before that of the line before it');
          warn(`${file.name} is sorted by the second only: within it lines are taken as they stand`);
          batch.push({ line: { ...line, at: last }, number, file: file.name });
          continue;
        }
        last = line.at;
        batch.push({ line, number, file: file.name });
      }
      progress.linesRead += lines.length;
      progress.bytesRead += stream.source.bytesRead - before;
      before = stream.source.bytesRead;
      if (batch.length > 0) yield batch;
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError(
      'invalid_input',
      `${file.name} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      { remedy: 'The file is damaged, or cut off while it was packed: get it once more.', file: file.name },
      { cause: error },
    );
  } finally {
    stream.destroy();
    stream.source.destroy();
  }
}

interface Head {
  readonly stream: AsyncGenerator<readonly NumberedLine[]>;
  readonly order: number;
  batch: readonly NumberedLine[];
  next: number;
}

const atOf = (head: Head): number => head.batch[head.next]?.line.at ?? Infinity;

/** Several sorted files as one; at the same moment in the order of their names. */
async function* merged(
  streams: readonly AsyncGenerator<readonly NumberedLine[]>[],
): AsyncGenerator<readonly NumberedLine[]> {
  const heads: Head[] = [];
  const refill = async (head: Head): Promise<boolean> => {
    const { value, done } = await head.stream.next();
    if (done) return false;
    head.batch = value;
    head.next = 0;
    return true;
  };
  try {
    for (const [order, stream] of streams.entries()) {
      const head: Head = { stream, order, batch: [], next: 0 };
      if (await refill(head)) heads.push(head);
    }
    while (heads.length > 0) {
      heads.sort((a, b) => atOf(a) - atOf(b) || a.order - b.order);
      const [first, second] = heads;
      if (!first) break;
      const until = second === undefined ? Infinity : atOf(second);
      const before = second !== undefined && second.order < first.order;
      const from = first.next;
      let to = from;
      while (to < first.batch.length) {
        const at = first.batch[to]?.line.at ?? Infinity;
        if (at > until || (at === until && before && to > from)) break;
        to++;
      }
      yield first.batch.slice(from, to);
      first.next = to;
      if (to === first.batch.length && !(await refill(first))) heads.splice(heads.indexOf(first), 1);
    }
  } finally {
    for (const stream of streams) await stream.return(undefined);
  }
}
