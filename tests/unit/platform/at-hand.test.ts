import { describe, expect, it } from 'vitest';
import { Lru } from '../../../src/platform/lru.ts';
import { SeenKeys } from '../../../src/platform/seen-keys.ts';

describe('what is kept at hand', () => {
  it('is what was used last, within bounds', () => {
    const lru = new Lru<number, string>(10);
    for (let i = 0; i < 1_000; i++) {
      lru.set(i, `value ${i}`);
      expect(lru.get(7)).toBe(i < 7 ? undefined : 'value 7');
      expect(lru.size).toBeLessThanOrEqual(20);
    }
    for (let i = 991; i < 1_000; i++) expect(lru.get(i)).toBe(`value ${i}`);
    expect(lru.has(500)).toBe(false);
    lru.delete(7);
    expect(lru.get(7)).toBeUndefined();
  });

  it('lets go what was not used between two calls to age', () => {
    const lru = new Lru<string, number>(10);
    lru.set('used', 1);
    lru.set('unused', 2);
    lru.age();
    expect(lru.get('used')).toBe(1);
    lru.age();
    expect(lru.has('unused')).toBe(false);
    expect(lru.get('used')).toBe(1);
  });
});

describe('keys that were met', () => {
  it('are never denied, and others almost never affirmed', () => {
    const seen = new SeenKeys(20);
    const key = (n: number): string => `41162419700101${n}`;
    for (let n = 0; n < 50_000; n++) seen.add(key(n));
    let wrong = 0;
    for (let n = 0; n < 50_000; n++) {
      expect(seen.mayHave(key(n))).toBe(true);
      if (seen.mayHave(key(n + 50_000))) wrong += 1;
    }
    // (1 − e^(−4·50000/2^20))^4 is one in a thousand.
    expect(wrong).toBeLessThan(250);
  });
});
