import { Worker } from 'node:worker_threads';
import { DomainError } from '../../platform/errors.ts';
import { FEED_KINDS, type FeedKind } from '../feed/feed-line.ts';
import type { City } from './city.ts';
import type { FeedWriter } from './city-feed.ts';
import { type ClinicRows, openingLines } from './city-shard.ts';
import { DAY_MS } from './city-time.ts';
import type { CityOptions } from './make-city.ts';
import { type LinesParcel, type Parcel, WINDOW_MS } from './shard-parcel.ts';
import type { ShardTask } from './shard-thread.ts';

export interface BytesWriter extends FeedWriter {
  /** A line with its end. */
  lineBytes(kind: FeedKind, bytes: Uint8Array): void;
}

const AHEAD = 3;

/**
 * Writes a city's feed and truth, its clinics shared out among threads. The bytes are those of `writeCity`, whatever the
 * number of threads: each sorts its own lines, and here they are merged.
 */
export async function writeCityInThreads(
  city: City,
  options: CityOptions,
  threads: number,
  writer: BytesWriter,
  onDay: (done: number) => void = () => {},
): Promise<void> {
  for (const line of openingLines(city)) {
    writer.line(line.kind, JSON.stringify(line));
    if (writer.full) await writer.drain();
  }
  const shards = Array.from(
    { length: threads },
    (_, shard) => new ShardOutput({ options, shard, of: threads, ahead: AHEAD }),
  );
  try {
    for (let day = 0; day < city.days; day++) {
      await writeTruth();
      for (let i = 0; i < DAY_MS / WINDOW_MS; i++) await writeWindow();
      onDay(day + 1);
    }
    await writeWindow();
    await writeTruth();
  } finally {
    await Promise.all(shards.map((shard) => shard.stop()));
  }

  async function writeTruth(): Promise<void> {
    const parcels = await Promise.all(shards.map((shard) => shard.next()));
    const all: ClinicRows[] = parcels.flatMap((parcel) => ('truth' in parcel ? parcel.truth : []));
    for (const { rows } of all.sort((a, b) => a.clinic - b.clinic)) for (const row of rows) writer.truth(row);
    if (writer.full) await writer.drain();
  }

  async function writeWindow(): Promise<void> {
    const parcels = await Promise.all(shards.map((shard) => shard.next()));
    for (const { parcel, line } of merged(parcels.flatMap((each) => ('lines' in each ? [each.lines] : [])))) {
      const from = line === 0 ? 0 : (parcel.ends[line - 1] ?? 0);
      writer.lineBytes(
        FEED_KINDS[parcel.kinds[line] ?? 0] ?? 'message',
        parcel.bytes.subarray(from, parcel.ends[line]),
      );
      if (writer.full) await writer.drain();
    }
  }
}

/** Lines of several sorted parcels, by arrival, then by order. */
function* merged(parcels: readonly LinesParcel[]): Generator<{ readonly parcel: LinesParcel; readonly line: number }> {
  const heads = parcels.filter(({ ends }) => ends.length > 0).map((parcel) => ({ parcel, line: 0 }));
  for (;;) {
    let first: (typeof heads)[number] | null = null;
    for (const head of heads) {
      if (head.line >= head.parcel.ends.length) continue;
      if (first === null || isBefore(head, first)) first = head;
    }
    if (first === null) return;
    yield first;
    first.line++;
  }
}

function isBefore(
  a: { readonly parcel: LinesParcel; readonly line: number },
  b: { readonly parcel: LinesParcel; readonly line: number },
): boolean {
  const [atA = 0, atB = 0] = [a.parcel.at[a.line], b.parcel.at[b.line]];
  return atA !== atB ? atA < atB : (a.parcel.order[a.line] ?? 0) < (b.parcel.order[b.line] ?? 0);
}

/** The parcels of one thread, in order, as they are asked for. */
class ShardOutput {
  readonly #worker: Worker;
  readonly #parcels: Parcel[] = [];
  #waiting: { resolve: (parcel: Parcel) => void; reject: (error: Error) => void } | null = null;
  #failed: Error | null = null;

  constructor(task: ShardTask) {
    this.#worker = new Worker(new URL('./shard-thread.mjs', import.meta.url), { workerData: task });
    this.#worker.on('message', (parcel: Parcel) => {
      if (!this.#waiting) {
        this.#parcels.push(parcel);
        return;
      }
      this.#waiting.resolve(parcel);
      this.#waiting = null;
    });
    this.#worker.on('error', (error) => this.#fail(error instanceof Error ? error : new Error(String(error))));
    this.#worker.on('exit', () => this.#fail(new Error('it ended early')));
  }

  #fail(cause: Error): void {
    this.#failed ??= new DomainError(
      'internal',
      `A thread of the simulation failed: ${cause.message}.`,
      { remedy: 'Try again with --threads 1; if that fails too, report the message.' },
      { cause },
    );
    this.#waiting?.reject(this.#failed);
    this.#waiting = null;
  }

  async next(): Promise<Parcel> {
    const ready = this.#parcels.shift();
    const parcel =
      ready ??
      (await new Promise<Parcel>((resolve, reject) => {
        if (this.#failed) reject(this.#failed);
        else this.#waiting = { resolve, reject };
      }));
    this.#worker.postMessage('next');
    return parcel;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
