import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DomainError } from '../../platform/errors.ts';
import type { FeedKind, FeedMeta, TruthRow } from '../feed/feed-line.ts';
import type { BytesWriter } from './city-threads.ts';

const META = 'meta.json';
const FEED = 'feed.ndjson';
const TRUTH = 'truth.ndjson';
/** What a run writes until it is whole. */
const part = (name: string): string => `${name}.part`;
const OURS: ReadonlySet<string> = new Set([META, FEED, TRUTH, part(META), part(FEED), part(TRUTH)]);
const CHUNK_BYTES = 1 << 20;

export interface FeedFolder extends BytesWriter {
  readonly counts: Readonly<Partial<Record<FeedKind, number>>>;
  readonly bytes: () => number;
  /** Puts the feed in place, `meta.json` last: without it a folder is no feed. */
  finish(meta: FeedMeta): Promise<void>;
  /** Leaves what was there before, and nothing of this run. */
  abandon(): Promise<void>;
}

/**
 * A folder to write a feed into: new, empty, or an earlier feed's, which stays whole until this one is. Throws
 * `conflict` where it holds anything else, `config_invalid` where it cannot be written.
 */
export async function openFeedFolder(dir: string): Promise<FeedFolder> {
  await mkdir(dir, { recursive: true }).catch((cause: NodeJS.ErrnoException) => {
    throw new DomainError('config_invalid', `The folder ${dir} cannot be made (${cause.code}).`, {
      remedy: 'Choose another folder with --emit.',
    });
  });
  await assertOurs(dir);
  const feed = new Chunked(join(dir, part(FEED)));
  const truth = new Chunked(join(dir, part(TRUTH)));
  const counts: Partial<Record<FeedKind, number>> = {};
  return {
    counts,
    bytes: () => feed.bytes + truth.bytes,
    line(kind, text) {
      counts[kind] = (counts[kind] ?? 0) + 1;
      feed.line(text);
    },
    lineBytes(kind, bytes) {
      counts[kind] = (counts[kind] ?? 0) + 1;
      feed.lineBytes(bytes);
    },
    truth: (row: TruthRow) => truth.line(JSON.stringify(row)),
    get full() {
      return feed.full || truth.full;
    },
    async drain() {
      await feed.drain();
      await truth.drain();
    },
    async finish(meta) {
      await feed.end();
      await truth.end();
      await writeFile(join(dir, part(META)), `${JSON.stringify(meta, null, 2)}\n`);
      // Without its meta.json the folder is no feed, until the last of the three is in place.
      await rm(join(dir, META), { force: true });
      for (const name of [FEED, TRUTH, META]) await rename(join(dir, part(name)), join(dir, name));
    },
    async abandon() {
      await Promise.allSettled([feed.end(), truth.end()]);
      for (const name of [FEED, TRUTH, META]) await rm(join(dir, part(name)), { force: true });
    },
  };
}

async function assertOurs(dir: string): Promise<void> {
  const names = await readdir(dir).catch((cause: NodeJS.ErrnoException) => {
    throw new DomainError('config_invalid', `${dir} is no folder that can be read (${cause.code}).`, {
      remedy: 'Choose another folder with --emit.',
    });
  });
  if (names.length === 0) return;
  const strange = names.find((name) => !OURS.has(name));
  const earlier = names.includes(META)
    ? await isFeedMeta(join(dir, META))
    : names.every((name) => name.endsWith('.part'));
  if (strange === undefined && earlier) return;
  throw new DomainError(
    'conflict',
    strange === undefined
      ? `The folder ${dir} holds files that are no feed of this command.`
      : `The folder ${dir} holds ${strange}, which is no part of a feed.`,
    { remedy: 'Choose a new or empty folder with --emit, or one that holds an earlier feed only: that is replaced.' },
  );
}

async function isFeedMeta(path: string): Promise<boolean> {
  try {
    const meta: unknown = JSON.parse(await readFile(path, 'utf8'));
    return typeof meta === 'object' && meta !== null && 'templateVersion' in meta && 'calibration' in meta;
  } catch {
    return false;
  }
}

/** Lines gathered into large writes, with the stream's backpressure. */
class Chunked {
  readonly #stream: WriteStream;
  // Line by line into bytes: joined as text, one Chinese name would make all of it two bytes a letter.
  #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  #used = 0;
  #failed: Error | null = null;

  constructor(path: string) {
    this.#stream = createWriteStream(path, { highWaterMark: 4 * CHUNK_BYTES });
    this.#stream.on('error', (error) => {
      this.#failed = error;
    });
  }

  get bytes(): number {
    return this.#stream.bytesWritten + this.#stream.writableLength;
  }

  get full(): boolean {
    return this.#failed !== null || this.#stream.writableNeedDrain;
  }

  line(text: string): void {
    // UTF-8 takes at most three bytes for what counts one in a string.
    if (this.#used + 3 * text.length + 1 > CHUNK_BYTES) this.#flush();
    if (3 * text.length + 1 > CHUNK_BYTES) {
      this.#stream.write(`${text}\n`);
      return;
    }
    this.#used += this.#buffer.write(text, this.#used);
    this.#buffer[this.#used++] = 10;
  }

  /** A line with its end. */
  lineBytes(bytes: Uint8Array): void {
    if (this.#used + bytes.length > CHUNK_BYTES) this.#flush();
    if (bytes.length > CHUNK_BYTES) {
      this.#stream.write(Uint8Array.from(bytes));
      return;
    }
    this.#buffer.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#stream.write(this.#buffer.subarray(0, this.#used));
    this.#buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);
    this.#used = 0;
  }

  async drain(): Promise<void> {
    this.#check();
    if (!this.#stream.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#stream.off('drain', done);
        this.#stream.off('error', done);
        resolve();
      };
      this.#stream.once('drain', done);
      this.#stream.once('error', done);
    });
    this.#check();
  }

  async end(): Promise<void> {
    this.#flush();
    await new Promise<void>((resolve) => {
      if (this.#stream.closed) resolve();
      this.#stream.once('close', resolve);
      this.#stream.end();
    });
    this.#check();
  }

  #check(): void {
    if (!this.#failed) return;
    const code = (this.#failed as NodeJS.ErrnoException).code ?? 'error';
    throw new DomainError(
      'unavailable',
      `The feed cannot be written (${code}).`,
      {
        remedy:
          code === 'ENOSPC'
            ? 'Make room on the disk, or emit fewer clinics or days.'
            : 'Check the folder given with --emit.',
      },
      { cause: this.#failed },
    );
  }
}
