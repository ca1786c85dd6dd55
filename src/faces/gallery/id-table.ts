/** Bytes of a UUID. */
export const ID_BYTES = 16;

const HEX = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function idBytes(id: string): Buffer {
  if (!HEX.test(id)) throw new RangeError(`${id} is no UUID in small letters`);
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

export function idText(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at * ID_BYTES, (at + 1) * ID_BYTES);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * Ids in the order of their coming, 16 bytes each, found again by their content: millions of them would fill a Map with
 * gigabytes of text.
 */
export class IdTable {
  private ids = Buffer.alloc(64 * ID_BYTES);
  /** Place + 1 by hash, 0: free. A power of two, at most half full. */
  private places = new Int32Array(128);
  private length = 0;

  get count(): number {
    return this.length;
  }

  at = (place: number): string => idText(this.ids, place);

  /** Bytes of the ids from a place to another. */
  slice = (from: number, to: number): Buffer => Buffer.from(this.ids.subarray(from * ID_BYTES, to * ID_BYTES));

  /** −1: not here. Of an id that came twice, where it came last. */
  find(id: Buffer): number {
    const mask = this.places.length - 1;
    for (let at = hashOf(id, 0) & mask; ; at = (at + 1) & mask) {
      const place = (this.places[at] ?? 0) - 1;
      if (place < 0) return -1;
      if (this.ids.compare(id, 0, ID_BYTES, place * ID_BYTES, (place + 1) * ID_BYTES) === 0) return place;
    }
  }

  /** @returns its place */
  add(id: Buffer): number {
    if ((this.length + 1) * 2 > this.places.length) this.grow();
    const place = this.length++;
    id.copy(this.ids, place * ID_BYTES, 0, ID_BYTES);
    this.enter(place);
    return place;
  }

  private enter(place: number): void {
    const mask = this.places.length - 1;
    let at = hashOf(this.ids, place * ID_BYTES) & mask;
    for (; this.places[at] !== 0; at = (at + 1) & mask) {
      const other = (this.places[at] ?? 0) - 1;
      const [from, to] = [other * ID_BYTES, (other + 1) * ID_BYTES];
      if (this.ids.compare(this.ids, from, to, place * ID_BYTES, (place + 1) * ID_BYTES) === 0) break;
    }
    this.places[at] = place + 1;
  }

  private grow(): void {
    const ids = Buffer.alloc(this.ids.length * 2);
    this.ids.copy(ids);
    this.ids = ids;
    this.places = new Int32Array(this.places.length * 2);
    for (let place = 0; place < this.length; place++) this.enter(place);
  }
}

/** All of its bytes count, and the last bits of the number depend on all of them (the finalizer of MurmurHash3). */
function hashOf(bytes: Buffer, from: number): number {
  let h = 0;
  for (let word = 0; word < ID_BYTES; word += 4) h = Math.imul(h ^ bytes.readInt32LE(from + word), 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
