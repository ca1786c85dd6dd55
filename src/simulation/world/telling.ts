import type { FeedKind } from '../feed/feed-line.ts';

/** A line of the feed that is written when its moment comes. One object each: there are millions. */
export abstract class Telling {
  /** Breaks ties, so that the order does not depend on who was asked first. */
  order = 0;
  abstract readonly kind: FeedKind;

  constructor(
    /** Arrival, true time, whole milliseconds. */
    public at: number,
  ) {}

  abstract text(): string;

  /** Moves on to its next line, in a later minute; false: that was the last. Only a series has several. */
  advance(): boolean {
    return false;
  }
}

/** Whatever there is little of. */
export class TellingOf extends Telling {
  readonly kind: FeedKind;
  readonly #text: () => string;

  constructor(at: number, kind: FeedKind, text: () => string) {
    super(at);
    this.kind = kind;
    this.#text = text;
  }

  override text(): string {
    return this.#text();
  }
}
