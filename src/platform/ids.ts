import { createHash } from 'node:crypto';
import { parse, v7 } from 'uuid';

/** A fresh id; later ones sort behind earlier ones. */
export const newId = (): string => v7();

const NAMESPACE = parse('6f1f2b1e-4116-5c4e-9d52-000000004116');

/** The id of a thing that is known by its parts (a UUID of version 5): the same parts give the same id, in any process, for ever. */
export function derivedId(...parts: readonly string[]): string {
  const bytes = createHash('sha1').update(NAMESPACE).update(parts.join('\u0000')).digest();
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
