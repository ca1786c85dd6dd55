import { hash, randomFillSync } from 'node:crypto';
import { parse } from 'uuid';

const RANDOM_BYTES = 8;
/** Drawn many at a time: asking the system for each is slower than all the rest. */
const random = Buffer.alloc(RANDOM_BYTES * 1024);
let randomAt = random.length;
let lastMs = 0;
let count = 0;

/**
 * A fresh id (a UUID of version 7, RFC 9562); later ones sort behind earlier ones: those of one millisecond are counted
 * on from a random number (method 1 of its section 6.2).
 */
export function newId(): string {
  if (randomAt === random.length) {
    randomFillSync(random);
    randomAt = 0;
  }
  const high = random.readUInt32LE(randomAt);
  const low = random.readUInt32LE(randomAt + 4);
  randomAt += RANDOM_BYTES;
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    count = high & FIRST_COUNT;
  } else {
    count += 1;
    if (count > LAST_COUNT) {
      // The clock is run ahead of, rather than order lost.
      lastMs += 1;
      count = 0;
    }
  }
  const ms = lastMs.toString(16).padStart(12, '0');
  // The count fills rand_a and the first fourteen bits of rand_b, the rest is random.
  const a = hexOf(0x7000 | (count >>> 14), 4);
  const b = hexOf(0x8000 | (count & 0x3fff), 4);
  return `${ms.slice(0, 8)}-${ms.slice(8)}-${a}-${b}-${hexOf(high >>> 16, 4)}${hexOf(low, 8)}`;
}

/** 26 bits, of which a millisecond begins in the lower half. */
const FIRST_COUNT = 0x1ffffff;
const LAST_COUNT = 0x3ffffff;

const hexOf = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

const NAMESPACE = parse('6f1f2b1e-4116-5c4e-9d52-000000004116');
const NAMESPACE_BYTES = 16;
const SCRATCH_BYTES = 1024;
const scratch = Buffer.alloc(SCRATCH_BYTES);
scratch.set(NAMESPACE);

/** The id of a thing that is known by its parts (a UUID of version 5): the same parts give the same id, in any process, for ever. */
export function derivedId(...parts: readonly string[]): string {
  const name = parts.join('\u0000');
  // A UTF-16 unit is at most three bytes.
  const fits = name.length * 3 <= SCRATCH_BYTES - NAMESPACE_BYTES;
  const bytes = fits
    ? scratch.subarray(0, NAMESPACE_BYTES + scratch.write(name, NAMESPACE_BYTES))
    : Buffer.concat([NAMESPACE, Buffer.from(name)]);
  const hex = hash('sha1', bytes, 'hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
