import { FEED_KINDS } from '../feed/feed-line.ts';
import type { ClinicRows } from './city-shard.ts';
import { HOUR_MS } from './city-time.ts';
import type { Telling } from './telling.ts';

/** Lines of one shard that arrive within one window, in order, as bytes that can be handed to another thread. */
export interface LinesParcel {
  /** UTF-8, each line with its end. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Where each line ends in `bytes`; its arrival; what breaks ties; its kind as an index of FEED_KINDS. */
  readonly ends: Uint32Array<ArrayBuffer>;
  readonly at: Float64Array<ArrayBuffer>;
  readonly order: Float64Array<ArrayBuffer>;
  readonly kinds: Uint8Array<ArrayBuffer>;
}

/** What a thread sends, in this order: the day's truth, its windows, and at last each clinic's row. */
export type Parcel = { readonly truth: readonly ClinicRows[] } | { readonly lines: LinesParcel };

export const WINDOW_MS = HOUR_MS / 2;

const KIND_NUMBER = new Map(FEED_KINDS.map((kind, i) => [kind, i]));

/** Writes out what arrives in a window. */
export function packLines(tellings: Iterable<Telling>): LinesParcel {
  let bytes = Buffer.allocUnsafeSlow(1 << 22);
  let used = 0;
  const ends: number[] = [];
  const at: number[] = [];
  const order: number[] = [];
  const kinds: number[] = [];
  for (const telling of tellings) {
    const text = telling.text();
    // UTF-8 takes at most three bytes for what counts one in a string.
    const most = used + 3 * text.length + 1;
    if (most > bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(most, 2 * bytes.length));
      bytes.copy(larger, 0, 0, used);
      bytes = larger;
    }
    used += bytes.write(text, used);
    bytes[used++] = 10;
    ends.push(used);
    at.push(telling.at);
    order.push(telling.order);
    kinds.push(KIND_NUMBER.get(telling.kind) ?? 0);
  }
  return {
    bytes: new Uint8Array(bytes.subarray(0, used)),
    ends: Uint32Array.from(ends),
    at: Float64Array.from(at),
    order: Float64Array.from(order),
    kinds: Uint8Array.from(kinds),
  };
}

/** Buffers that move with a parcel instead of being copied. */
export const transfersOf = ({ bytes, ends, at, order, kinds }: LinesParcel): ArrayBuffer[] => [
  bytes.buffer,
  ends.buffer,
  at.buffer,
  order.buffer,
  kinds.buffer,
];
