import { createHash, timingSafeEqual } from 'node:crypto';

/** Digest access authentication (RFC 2617, RFC 7616) for both sides: cameras that ask us, and cameras that we ask. */

export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | null;
  readonly algorithm: 'MD5' | 'SHA-256';
  /** `auth`, or null where the challenge knows no qop (RFC 2069). */
  readonly qop: 'auth' | null;
}

/** The words of an authentication header after its scheme: `a="b", c=d`. */
export function parseAuthWords(header: string): ReadonlyMap<string, string> {
  const words = new Map<string, string>();
  for (const match of header.matchAll(/([a-z_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/gi)) {
    words.set((match[1] ?? '').toLowerCase(), match[2]?.replace(/\\(.)/g, '$1') ?? match[3] ?? '');
  }
  return words;
}

/** A challenge that we can answer among the headers of a 401; null: none. */
export function parseChallenge(headers: readonly string[]): DigestChallenge | null {
  const understood = headers.flatMap((header) => {
    const words = /^\s*digest\s+/i.test(header) ? parseAuthWords(header.replace(/^\s*digest\s+/i, '')) : null;
    const nonce = words?.get('nonce');
    if (words === null || nonce === undefined) return [];
    const algorithm = (words.get('algorithm') ?? 'MD5').toUpperCase();
    if (algorithm !== 'MD5' && algorithm !== 'SHA-256') return [];
    const qops = words
      .get('qop')
      ?.split(',')
      .map((qop) => qop.trim().toLowerCase());
    if (qops !== undefined && !qops.includes('auth')) return [];
    const challenge: DigestChallenge = {
      realm: words.get('realm') ?? '',
      nonce,
      opaque: words.get('opaque') ?? null,
      algorithm,
      qop: qops === undefined ? null : 'auth',
    };
    return [challenge];
  });
  return understood.find(({ algorithm }) => algorithm === 'SHA-256') ?? understood[0] ?? null;
}

const hashOf = (algorithm: 'MD5' | 'SHA-256', text: string): string =>
  createHash(algorithm === 'MD5' ? 'md5' : 'sha256')
    .update(text)
    .digest('hex');

export interface DigestParts {
  readonly username: string;
  readonly password: string;
  readonly method: string;
  readonly uri: string;
  readonly nc: string;
  readonly cnonce: string;
}

/** The `response` of an answer to a challenge, in hexadecimal. */
export function digestResponse(challenge: Omit<DigestChallenge, 'opaque'>, parts: DigestParts): string {
  const { algorithm, realm, nonce, qop } = challenge;
  const a1 = hashOf(algorithm, `${parts.username}:${realm}:${parts.password}`);
  const a2 = hashOf(algorithm, `${parts.method}:${parts.uri}`);
  const middle = qop === null ? nonce : `${nonce}:${parts.nc}:${parts.cnonce}:${qop}`;
  return hashOf(algorithm, `${a1}:${middle}:${a2}`);
}

const quoted = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** The Authorization header that answers a challenge. */
export function digestHeader(challenge: DigestChallenge, parts: DigestParts): string {
  const { realm, nonce, opaque, algorithm, qop } = challenge;
  return [
    `Digest username=${quoted(parts.username)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(parts.uri)}`,
    `response="${digestResponse(challenge, parts)}"`,
    `algorithm=${algorithm}`,
    ...(opaque === null ? [] : [`opaque=${quoted(opaque)}`]),
    ...(qop === null ? [] : [`qop=${qop}`, `nc=${parts.nc}`, `cnonce=${quoted(parts.cnonce)}`]),
  ].join(', ');
}

/** Whether two hexadecimal digests are equal, in a time that does not tell where they differ. */
export function sameDigest(a: string, b: string): boolean {
  const [x, y] = [Buffer.from(a.toLowerCase()), Buffer.from(b.toLowerCase())];
  return x.length === y.length && timingSafeEqual(x, y);
}
