import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';
import { canonicalJson } from '../platform/canonical-json.ts';
import { sha256 } from '../platform/crypto.ts';
import { DomainError } from '../platform/errors.ts';
import type { Facts } from './facts.ts';

/** Facts as they are stored: their canonical JSON and its SHA-256. */
export interface PackedFacts {
  readonly hash: Buffer;
  readonly json: string;
}

export function packFacts(facts: Facts): PackedFacts {
  const json = canonicalJson(facts);
  return { hash: sha256(json), json };
}

// Facts are a few kilobytes, and many: half the time of quality 2 (25 µs instead of 47), an eighth more bytes.
const COMPRESSION = {
  chunkSize: 4096,
  params: { [constants.BROTLI_PARAM_QUALITY]: 0, [constants.BROTLI_PARAM_LGWIN]: 16 },
};

/** The stored form of packed facts: `facts.body`. */
export const compressFacts = (json: string): Buffer => brotliCompressSync(json, COMPRESSION);

/** @throws DomainError `not_found` for null, `integrity` when the bytes do not agree with the hash */
export function openFacts(body: Buffer | null, hash: Uint8Array): Facts {
  if (body === null) throw new DomainError('not_found', 'these facts are not kept here (any more)');
  const json = brotliDecompressSync(body);
  if (!sha256(json).equals(hash)) throw new DomainError('integrity', 'stored facts do not agree with their hash');
  return JSON.parse(json.toString('utf8')) as Facts;
}
