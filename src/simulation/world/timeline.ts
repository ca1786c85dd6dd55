import type { FeedKind } from '../feed/feed-line.ts';

/** A line of the feed that is written when its moment comes. */
export interface Happening {
  /** Arrival, true time, whole milliseconds. */
  readonly at: number;
  /** Breaks ties, so that the order does not depend on who was asked first. */
  readonly order: number;
  readonly kind: FeedKind;
  readonly text: () => string;
}

const BUCKET_MS = 60_000;

/**
 * What is still to arrive, in order of arrival: a bucket for each minute, sorted when its turn comes. It holds one day
 * and what of the days before is late, however long the run.
 */
export class Timeline {
  readonly #buckets = new Map<number, Happening[]>();
  #next = Number.NEGATIVE_INFINITY;
  #waiting = 0;

  get waiting(): number {
    return this.#waiting;
  }

  /** Throws `RangeError` for a moment that has been written already. */
  push(happening: Happening): void {
    const bucket = Math.floor(happening.at / BUCKET_MS);
    if (bucket < this.#next) throw new RangeError('A line arrives before lines that have been written.');
    const there = this.#buckets.get(bucket);
    if (there) there.push(happening);
    else this.#buckets.set(bucket, [happening]);
    this.#waiting++;
  }

  /** Everything that arrives before `until` (a whole minute), in order. */
  *until(until: number): Generator<Happening> {
    const last = Math.floor(until / BUCKET_MS);
    const due = [...this.#buckets.keys()].filter((bucket) => bucket < last).sort((a, b) => a - b);
    for (const bucket of due) {
      const happenings = this.#buckets.get(bucket) ?? [];
      this.#buckets.delete(bucket);
      this.#waiting -= happenings.length;
      yield* happenings.sort((a, b) => a.at - b.at || a.order - b.order);
    }
    this.#next = Math.max(this.#next, last);
  }
}
