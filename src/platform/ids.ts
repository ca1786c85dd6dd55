import { hash } from 'node:crypto';
import { parse, v7 } from 'uuid';

/** A fresh id; later ones sort behind earlier ones. */
export const newId = (): string => v7();

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
