import type { Telling } from './telling.ts';

const BUCKET_MS = 60_000;

/**
 * What is still to arrive, in order of arrival: a bucket for each minute, sorted when its turn comes. It holds one day
 * and what of the days before is late, however long the run.
 */
export class Timeline {
  readonly #buckets = new Map<number, Telling[]>();
  /** No bucket before this one holds anything. */
  #first = Number.POSITIVE_INFINITY;
  #next = Number.NEGATIVE_INFINITY;
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  /** Throws `RangeError` for a moment that has been written already. */
  push(telling: Telling): void {
    const bucket = Math.floor(telling.at / BUCKET_MS);
    if (bucket < this.#next) throw new RangeError('A line arrives before lines that have been written.');
    this.#first = Math.min(this.#first, bucket);
    const there = this.#buckets.get(bucket);
    if (there) there.push(telling);
    else this.#buckets.set(bucket, [telling]);
    this.#waiting++;
  }

  /** Everything that arrives before `until` (a whole minute), in order. */
  *until(until: number): Generator<Telling> {
    const last = Math.floor(until / BUCKET_MS);
    for (let bucket = Math.max(this.#next, this.#first); bucket < last; bucket++) {
      const tellings = this.#buckets.get(bucket);
      if (!tellings) continue;
      this.#buckets.delete(bucket);
      this.#waiting -= tellings.length;
      this.#next = bucket + 1;
      for (const telling of tellings.sort((a, b) => a.at - b.at || a.order - b.order)) {
        yield telling;
        if (telling.advance()) this.push(telling);
      }
    }
    this.#next = Math.max(this.#next, last);
  }
}
