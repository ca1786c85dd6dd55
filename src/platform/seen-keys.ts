/**
 * Which keys have been met, in a fixed amount of memory (a Bloom filter, 10.1145/362686.362692): "no" is certain, "yes"
 * may be wrong. Saves the question to the database for what is new.
 */
export class SeenKeys {
  readonly #bits: Uint32Array;
  readonly #mask: number;

  /** @param log2Bits size: 2 to this power bits */
  constructor(log2Bits = 26) {
    this.#bits = new Uint32Array(2 ** (log2Bits - 5));
    this.#mask = 2 ** log2Bits - 1;
  }

  add(key: string): void {
    const [first, step] = hashes(key);
    for (let i = 0; i < PROBES; i++) {
      const bit = (first + i * step) & this.#mask;
      const at = bit >>> 5;
      this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (bit & 31));
    }
  }

  /** False: certainly not. */
  mayHave(key: string): boolean {
    const [first, step] = hashes(key);
    for (let i = 0; i < PROBES; i++) {
      const bit = (first + i * step) & this.#mask;
      if (((this.#bits[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return false;
    }
    return true;
  }
}

const PROBES = 4;

/** FNV-1a with two seeds: the second steps from probe to probe, odd so that it reaches every place. */
function hashes(key: string): readonly [number, number] {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b);
    b ^= b >>> 13;
  }
  return [a ^ (a >>> 15), b | 1];
}
