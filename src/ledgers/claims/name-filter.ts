/**
 * A set of names that may say yes to one that it does not hold, and never no to one that it does, in memory that does not
 * grow (a Bloom filter, 32 MB: a hundred million names make it say yes too often, not wrong).
 */
export interface NameFilter {
  add(hash: number): void;
  mayHold(hash: number): boolean;
}

const BITS = 2 ** 28;
const PROBES = 4;

export function createNameFilter(): NameFilter {
  let bits: Uint32Array | undefined;
  return {
    add(hash) {
      bits ??= new Uint32Array(BITS / 32);
      const step = stepOf(hash);
      for (let i = 0, bit = startOf(hash); i < PROBES; i++, bit = (bit + step) % BITS) {
        bits[bit >>> 5] = (bits[bit >>> 5] ?? 0) | (1 << (bit & 31));
      }
    },
    mayHold(hash) {
      if (bits === undefined) return false;
      const step = stepOf(hash);
      for (let i = 0, bit = startOf(hash); i < PROBES; i++, bit = (bit + step) % BITS) {
        if (((bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
      }
      return true;
    },
  };
}

const startOf = (hash: number): number => hash % BITS;
const stepOf = (hash: number): number => (Math.floor(hash / BITS) % BITS) | 1;

/** 52 bits of a name's hash (two of FNV-1a's kind, mixed). */
export function hashOf(name: string): number {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < name.length; i++) {
    const unit = name.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit, 0x85ebca6b) + (b >>> 15);
  }
  a = Math.imul(a ^ (a >>> 16), 0x7feb352d);
  b = Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  return ((a ^ (a >>> 15)) >>> 0) * 2 ** 20 + ((b ^ (b >>> 16)) >>> 12);
}
