/**
 * A map that keeps what was used last: at least the last `cap` entries (unless it is told to `age`), never more than twice as many. Two generations
 * instead of an order: an entry that is at hand costs one look-up.
 */
export class Lru<K, V> {
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #cap: number;

  constructor(cap: number) {
    this.#cap = Math.max(1, cap);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  has(key: K): boolean {
    return this.#young.has(key) || this.#old.has(key);
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: K, value: V): void {
    this.#old.delete(key);
    this.#young.set(key, value);
    if (this.#young.size >= this.#cap) this.age();
  }

  /** Forgets what was not used since it was called before: called now and then, what is kept follows what is used. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
